import { expect } from "@std/expect";
import { stopReasons } from "../../../../../supabase/functions/_shared/core/answer.ts";
import {
  claudeStopReason,
  converseStopReason,
} from "../../../../../supabase/functions/_shared/formats/stop_reason.ts";

const claude = [
  ["end_turn", "end_turn"],
  ["max_tokens", "max_tokens"],
  ["stop_sequence", "stop_sequence"],
  ["tool_use", "tool_use"],
  ["pause_turn", "pause_turn"],
  ["refusal", "refusal"],
  ["model_context_window_exceeded", "context_window_exceeded"],
] as const;

const converse = [
  ["end_turn", "end_turn"],
  ["tool_use", "tool_use"],
  ["max_tokens", "max_tokens"],
  ["stop_sequence", "stop_sequence"],
  ["guardrail_intervened", "guardrail_intervened"],
  ["content_filtered", "content_filtered"],
  ["malformed_model_output", "malformed_output"],
  ["malformed_tool_use", "malformed_output"],
  ["model_context_window_exceeded", "context_window_exceeded"],
  ["refusal", "refusal"],
] as const;

const unknown = [
  "",
  "END_TURN",
  "a_reason_of_next_year",
  "constructor",
  null,
  undefined,
  1,
  {},
];

Deno.test("claudeStopReason() maps every reason of the Messages API", () => {
  for (const [value, reason] of claude) {
    expect(claudeStopReason(value)).toBe(reason);
  }
});

Deno.test("converseStopReason() maps every reason of Converse and Nova", () => {
  for (const [value, reason] of converse) {
    expect(converseStopReason(value)).toBe(reason);
  }
});

Deno.test("a stop reason that is not known is unknown, and no exception", () => {
  for (const value of unknown) {
    expect(claudeStopReason(value)).toBe("unknown");
    expect(converseStopReason(value)).toBe("unknown");
  }
});

Deno.test("every stop reason but unknown is reached from some vocabulary", () => {
  const reached = new Set<string>(
    [...claude, ...converse].map(([, reason]) => reason),
  );
  expect(stopReasons.filter((reason) => !reached.has(reason))).toEqual([
    "unknown",
  ]);
});
