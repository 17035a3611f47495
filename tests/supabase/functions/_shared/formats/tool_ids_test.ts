import { expect } from "@std/expect";
import fc from "fast-check";
import type { Message } from "../../../../../supabase/functions/_shared/core/content.ts";
import { fitToolIds } from "../../../../../supabase/functions/_shared/formats/tool_ids.ts";
import { answerOf, toolResult, toolUse, user } from "./blocks.ts";

function idsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.type === "tool-use" ? [block.id] : block.type === "tool-result" ? [block.toolUseId] : []
    )
  );
}

const turn = (...ids: string[]) => [
  answerOf("m", ...ids.map((id) => toolUse(id))),
  user(...ids.map((id) => toolResult(id))),
];

Deno.test("fitToolIds() leaves ids that fit as they are", () => {
  const any = turn("toolu_bdrk_01-A", "a".repeat(64));
  expect(fitToolIds(any, "any")).toEqual(any);
  const nine = turn("abcDEF123");
  expect(fitToolIds(nine, "nine")).toEqual(nine);
});

Deno.test("fitToolIds() rewrites a call and its result alike", () => {
  for (const rule of ["any", "nine"] as const) {
    const pattern = rule === "any" ? /^[a-zA-Z0-9_-]{1,64}$/ : /^[a-zA-Z0-9]{9}$/;
    for (const id of ["functions.Bash:0", `call_1|fc_${"x".repeat(90)}`, "", "日本", "\uD800"]) {
      const [call, result] = idsOf(fitToolIds(turn(id), rule));
      expect(call).toMatch(pattern);
      expect(result).toBe(call);
    }
  }
});

Deno.test("fitToolIds() gives each call of a repeated id one of its own, with its own result", () => {
  const [a, b, resultA, resultB, c, resultC] = idsOf(
    fitToolIds([...turn("call_0", "call_0"), ...turn("call_0")], "any"),
  );
  expect(a).toBe("call_0");
  expect(new Set([a, b, c]).size).toBe(3);
  expect([resultA, resultB, resultC]).toEqual([a, b, c]);
});

Deno.test("fitToolIds() never gives two calls the same id, and the same ids every time", () => {
  const id = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.string({ maxLength: 100, unit: "binary" }),
    fc.constantFrom("aaaaaaaaa", "aaaaaaaab", "call_0"),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 30 }), fc.constantFrom("any", "nine"), (ids, rule) => {
      const messages = turn(...ids);
      const fitted = fitToolIds(messages, rule);
      const all = idsOf(fitted);
      const calls = all.slice(0, ids.length);
      expect(new Set(calls).size).toBe(ids.length);
      expect(all.slice(ids.length)).toEqual(calls);
      expect(fitToolIds(messages, rule)).toEqual(fitted);
      expect(fitToolIds(fitted, rule)).toEqual(fitted);
    }),
  );
});
