import type { Stop, StopReason } from "../core/answer.ts";
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

/** Reads `stopReason` of Converse and of Nova; one that this version does not know is `unknown`. */
export function converseStop(value: unknown): Stop {
  return readStop(value, converseStopReasons);
}

/**
 * What a stop means to the caller. A guardrail that blocked goes before the model's own word; one
 * that only masked leaves an answer; and an answer that is given by a tool ends with its call.
 */
export function meantStop(stop: Stop, request: ModelRequest, guardrail: GuardrailWatch): Stop {
  const isIntervention = stop.stopReason === "guardrail_intervened";
  switch (guardrail.intervention(isIntervention)) {
    case "blocked":
      return { ...stop, stopReason: "guardrail_intervened" };
    case "masked":
      if (isIntervention) return { ...stop, stopReason: "end_turn" };
      break;
    case null:
      break;
  }
  const endsWithTool = stop.stopReason === "tool_use" && answersByTool(request);
  return endsWithTool ? { ...stop, stopReason: "end_turn" } : stop;
}

function readStop(value: unknown, known: ReadonlyMap<unknown, StopReason>): Stop {
  return {
    stopReason: known.get(value) ?? "unknown",
    providerStopReason: typeof value === "string"
      ? storableText(value.slice(0, maxProviderWord))
      : null,
  };
}
