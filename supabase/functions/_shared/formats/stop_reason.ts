import type { Stop, StopReason } from "../core/answer.ts";
import { storableText } from "../core/storable_text.ts";

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

function readStop(value: unknown, known: ReadonlyMap<unknown, StopReason>): Stop {
  return {
    stopReason: known.get(value) ?? "unknown",
    providerStopReason: typeof value === "string"
      ? storableText(value.slice(0, maxProviderWord))
      : null,
  };
}
