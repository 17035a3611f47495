import type { StopReason } from "../core/answer.ts";

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

/** Reads Claude's `stop_reason`; one that this version does not know is `unknown`. */
export function claudeStopReason(value: unknown): StopReason {
  return claudeStopReasons.get(value) ?? "unknown";
}

/** Reads `stopReason` of Converse and of Nova; one that this version does not know is `unknown`. */
export function converseStopReason(value: unknown): StopReason {
  return converseStopReasons.get(value) ?? "unknown";
}
