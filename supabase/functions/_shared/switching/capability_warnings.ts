import type { Assistant } from "../registry/assistant.ts";
import type { ModelCheck } from "../registry/check_model.ts";
import type { Model } from "../registry/model.ts";
import { lostContent, lostWays } from "./compare_capabilities.ts";

/** What an assistant loses by another model, as far as their rows say. */
export function lossWarning(type: string, from: Model | null, to: Model | null): string[] {
  if (from === null || to === null) return [];
  const content = lostContent(from.capabilities, to.capabilities);
  const ways = lostWays(from.capabilities, to.capabilities);
  return [
    ...content.length === 0 ? [] : [
      `${type}: ${to.model_id} takes less than ${from.model_id}: ${
        content.join("; ")
      }. Turns that ` +
      "need more are answered by a fallback that takes it, or refused (modality_not_supported).",
    ],
    ...ways.length === 0 ? [] : [
      `${type}: ${to.model_id} can do less than ${from.model_id}: ${ways.join("; ")}. Its turns ` +
      "are answered all the same.",
    ],
  ];
}

/** What an assistant sets that its model cannot do. */
export function effortWarning({ assistant_type, model_config }: Assistant, model: Model): string[] {
  const { effort } = model_config;
  const { thinking } = model.capabilities;
  if (effort === undefined) return [];
  const what = `${assistant_type}: its effort ${effort} `;
  if (effort === "none") {
    return thinking?.by_default === true && thinking.off === "omitted"
      ? [`${what}asks for its lowest effort: ${model.model_id} cannot be kept from thinking.`]
      : [];
  }
  return thinking === undefined ? [`${what}has no effect: ${model.model_id} does not think.`] : [];
}

/** Whether a model can do what the assistants set that have it as theirs, with their guardrails. */
export function checkAssistants(model: Model, assistants: readonly Assistant[]): ModelCheck {
  const own = assistants.filter(({ is_active, model_version: id }) =>
    is_active && (id === null ? model.is_default : id === model.model_id)
  );
  const problems = own.flatMap((assistant) => effortWarning(assistant, model));
  const names = own.map(({ assistant_type: type, guardrail_id: id, guardrail_version }) =>
    id === null ? type : `${type} (guardrail ${id}, version ${guardrail_version})`
  );
  const served = names.length === 0
    ? "No assistant has it as its model."
    : `It is the model of ${names.join(", ")}.`;
  return {
    name: "assistants",
    ok: problems.length === 0,
    message: problems.length === 0 ? served : problems.join(" "),
  };
}
