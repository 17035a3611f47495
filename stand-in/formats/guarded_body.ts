import type { Answer } from "../answers/answer.ts";

/** What InvokeModel adds to a guarded answer, or to the last chunk of its stream. */
export function invokeGuarded({ guarded }: Answer): Record<string, unknown> {
  if (guarded === undefined || guarded === null) return {};
  const { id, trace } = guarded;
  return {
    "amazon-bedrock-guardrailAction": guarded.intervened ? "INTERVENED" : "NONE",
    ...trace !== null && {
      "amazon-bedrock-trace": {
        guardrail: {
          ...trace.input !== null && { input: { [id]: trace.input } },
          ...trace.output !== null && { outputs: [{ [id]: trace.output }] },
        },
      },
    },
  };
}

/** What Converse adds to a guarded answer, or to the metadata of its stream. */
export function converseGuarded({ guarded }: Answer): Record<string, unknown> {
  const trace = guarded?.trace ?? null;
  if (guarded === undefined || guarded === null || trace === null) return {};
  const { id } = guarded;
  return {
    trace: {
      guardrail: {
        ...trace.input !== null && { inputAssessment: { [id]: trace.input } },
        ...trace.output !== null && { outputAssessments: { [id]: [trace.output] } },
      },
    },
  };
}
