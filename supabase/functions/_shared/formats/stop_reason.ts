import type { Stop, StopReason } from "../core/answer.ts";
import type { ContentBlock } from "../core/content.ts";
import { storableText } from "../core/storable_text.ts";
import type { GuardrailWatch } from "./guardrail_watch.ts";
import type { ModelRequest } from "./model_format.ts";
import { answersByTool } from "./tool_answer.ts";

/** Claude's `stop_reason`. @see https://platform.claude.com/docs/en/api/handling-stop-reasons */
const claudeStopReasons: ReadonlyMap<unknown, StopReason> = new Map<unknown, StopReason>([
  ["end_turn", "end_turn"],
  ["max_tokens", "max_tokens"],
  ["stop_sequence", "stop_sequence"],
  ["tool_use", "tool_use"],
  ["pause_turn", "pause_turn"],
  ["refusal", "refusal"],
  ["model_context_window_exceeded", "context_window_exceeded"],
]);

/**
 * `stopReason` of Converse; Nova's own answers use a subset of it. `refusal` is not in the API
 * reference, but Claude may answer it through Converse.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
const converseStopReasons: ReadonlyMap<unknown, StopReason> = new Map<unknown, StopReason>([
  ["end_turn", "end_turn"],
  ["max_tokens", "max_tokens"],
  ["stop_sequence", "stop_sequence"],
  ["tool_use", "tool_use"],
  ["guardrail_intervened", "guardrail_intervened"],
  ["content_filtered", "content_filtered"],
  ["malformed_model_output", "malformed_output"],
  ["malformed_tool_use", "malformed_output"],
  ["model_context_window_exceeded", "context_window_exceeded"],
  ["refusal", "refusal"],
]);

/** Most characters of a provider's word that are kept. */
const maxProviderWord = 100;

/** Reads Claude's `stop_reason`; one that this version does not know is `unknown`. */
export function claudeStop(value: unknown): Stop {
  return readStop(value, claudeStopReasons);
}

/** The stop sequence that Claude met. */
export function metSequence(value: unknown): Pick<Stop, "stopSequence"> {
  return typeof value === "string" ? { stopSequence: value } : {};
}

/** Reads `stopReason` of Converse and of Nova; one that this version does not know is `unknown`. */
export function converseStop(value: unknown): Stop {
  return readStop(value, converseStopReasons);
}

/** What tells what a stop means. */
interface StopContext {
  readonly blocks: readonly ContentBlock[];
  readonly request: ModelRequest;
  readonly guardrail: GuardrailWatch;
}

/**
 * What a stop means to the caller. A guardrail that blocked goes before the model's own word; one
 * that only masked leaves an answer, and its trace in Bedrock's word for it, which Converse alone
 * gives. A call of a tool waits for its result whatever the model says,
 * as some say that they are done; where a tool gives the answer, the answer ends with its call.
 */
export function meantStop(stop: Stop, { blocks, request, guardrail }: StopContext): Stop {
  const isIntervention = stop.stopReason === "guardrail_intervened";
  const did = guardrail.intervention(isIntervention);
  if (did === "blocked") return { ...stop, stopReason: "guardrail_intervened" };
  const own = isIntervention ? "end_turn" : stop.stopReason;
  const providerStopReason = did === "masked" ? "guardrail_intervened" : stop.providerStopReason;
  if (own === "tool_use" && answersByTool(request)) {
    return { providerStopReason, stopReason: "end_turn" };
  }
  const waits = own === "end_turn" && blocks.some(({ type }) => type === "tool-use");
  return { providerStopReason, stopReason: waits ? "tool_use" : own };
}

function readStop(value: unknown, known: ReadonlyMap<unknown, StopReason>): Stop {
  return {
    stopReason: known.get(value) ?? "unknown",
    providerStopReason: typeof value === "string"
      ? storableText(value.slice(0, maxProviderWord))
      : null,
  };
}
