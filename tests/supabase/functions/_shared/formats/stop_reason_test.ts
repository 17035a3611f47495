import { expect } from "@std/expect";
import { stopReasons } from "../../../../../supabase/functions/_shared/core/answer.ts";
import {
  claudeStop,
  converseStop,
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

const unknown = ["", "END_TURN", "a_reason_of_next_year", "constructor", null, undefined, 1, {}];

Deno.test("claudeStop() maps every reason of the Messages API", () => {
  for (const [value, stopReason] of claude) {
    expect(claudeStop(value)).toEqual({ stopReason, providerStopReason: value });
  }
});

Deno.test("converseStop() maps every reason of Converse and Nova", () => {
  for (const [value, stopReason] of converse) {
    expect(converseStop(value)).toEqual({ stopReason, providerStopReason: value });
  }
});

Deno.test("a stop reason that is not known is unknown, and no exception", () => {
  for (const value of unknown) {
    const providerStopReason = typeof value === "string" ? value : null;
    expect(claudeStop(value)).toEqual({ stopReason: "unknown", providerStopReason });
    expect(converseStop(value)).toEqual({ stopReason: "unknown", providerStopReason });
  }
});

Deno.test("a provider's word is cut to 100 characters that Postgres can hold", () => {
  const { providerStopReason } = claudeStop(`\0${"😀".repeat(60)}`);
  expect(providerStopReason).toBe(`\uFFFD${"😀".repeat(49)}\uFFFD`);
});

Deno.test("every stop reason but unknown is reached from some vocabulary", () => {
  const reached = new Set<string>([...claude, ...converse].map(([, reason]) => reason));
  expect(stopReasons.filter((reason) => !reached.has(reason))).toEqual(["unknown"]);
});
