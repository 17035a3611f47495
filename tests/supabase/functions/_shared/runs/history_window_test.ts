import { expect } from "@std/expect";
import fc from "fast-check";
import {
  estimateTokens,
  fitHistory,
} from "../../../../../supabase/functions/_shared/runs/history_window.ts";
import type { Message } from "../../../../../supabase/functions/_shared/core/content.ts";

function message(role: Message["role"], text: string): Message {
  return { role, blocks: [{ type: "text", text }], modelId: role === "user" ? null : "a.model" };
}

function turns(...texts: [string, string][]): Message[] {
  return texts.flatMap(([question, answer]) => [
    message("user", question),
    message("assistant", answer),
  ]);
}

Deno.test("estimateTokens() takes three bytes of UTF-8 for a token", () => {
  expect([estimateTokens(""), estimateTokens("four"), estimateTokens("世界")]).toEqual([0, 2, 2]);
});

Deno.test("fitHistory() keeps the newest turns whole", () => {
  const history = turns(["a", "b"], ["c".repeat(3000), "d"], ["e", "f"]);
  expect(fitHistory(history, 10_000)).toEqual(history);
  expect(fitHistory(history, 1000)).toEqual(history.slice(4));
  expect(fitHistory(history, 10)).toEqual([]);
  expect(fitHistory(history, -5)).toEqual([]);
});

Deno.test("fitHistory() never exceeds its budget, begins with a question, and keeps a suffix", () => {
  const turn = fc.tuple(fc.string(), fc.string({ unit: "grapheme" }));
  fc.assert(fc.property(fc.array(turn), fc.nat(200), (texts, budget) => {
    const history = turns(...texts);
    const messages = fitHistory(history, budget);
    expect(messages).toEqual(history.slice(history.length - messages.length));
    if (messages.length > 0) expect(messages[0]?.role).toBe("user");
    const text = messages.flatMap(({ blocks }) => blocks).map((block) =>
      block.type === "text" ? block.text : ""
    ).join("");
    expect(estimateTokens(text)).toBeLessThanOrEqual(budget);
  }));
});
