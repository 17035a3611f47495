import { expect } from "@std/expect";
import { maskWords } from "../../../../../supabase/functions/_shared/runtime/mask_words.ts";

const question = "My mother has had a rash on her left arm since Monday.";

Deno.test("maskWords() masks what a text quotes of somebody's words, and nothing else", () => {
  const table: [string, readonly string[], string][] = [
    [`text '${question}' is not valid`, [question], "text '…' is not valid"],
    ["near 'a rash on her left arm', found", [question], "near '…', found"],
    ["a 'has had a rash on' b 'left arm since Mon'", [question], "a '…' b '…'"],
    ["near 'HIV test?'", ["HIV test?"], "near '…'"],
    ["Too many tokens, please wait.", [question, "Hi", ""], "Too many tokens, please wait."],
    ["first second-question", ["one", "a second-question"], "first…"],
    ["", [question], ""],
  ];
  for (const [text, words, expected] of table) expect(maskWords(text, words)).toBe(expected);
});

Deno.test("maskWords() copes with a long conversation", () => {
  const words = Array.from({ length: 100 }, (_, n) => `${n} ${"lorem ipsum ".repeat(300)}`);
  const startedAt = performance.now();
  expect(maskWords("x".repeat(2000), words)).toBe("x".repeat(2000));
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
