import { expect } from "@std/expect";
import fc from "fast-check";
import { fitHistory } from "../../../../../supabase/functions/_shared/runs/history_window.ts";
import { estimateTokens } from "../../../../../supabase/functions/_shared/formats/token_estimate.ts";
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

/** A question without results of tools. */
const question = message("user", "And now?");

Deno.test("fitHistory() keeps the newest turns whole", () => {
  const history = turns(["a", "b"], ["c".repeat(3000), "d"], ["e", "f"]);
  expect(fitHistory(history, question, 10_000)).toEqual(history);
  expect(fitHistory(history, question, 1000)).toEqual(history.slice(4));
  expect(fitHistory(history, question, 10)).toEqual([]);
  expect(fitHistory(history, question, -5)).toEqual([]);
});

Deno.test("fitHistory() never exceeds its budget, begins with a question, and keeps a suffix", () => {
  const turn = fc.tuple(fc.string(), fc.string({ unit: "grapheme" }));
  fc.assert(fc.property(fc.array(turn), fc.nat(200), (texts, budget) => {
    const history = turns(...texts);
    const messages = fitHistory(history, question, budget);
    expect(messages).toEqual(history.slice(history.length - messages.length));
    if (messages.length > 0) expect(messages[0]?.role).toBe("user");
    const text = messages.flatMap(({ blocks }) => blocks).map((block) =>
      block.type === "text" ? block.text : ""
    ).join("");
    expect(estimateTokens(text)).toBeLessThanOrEqual(budget);
  }));
});
