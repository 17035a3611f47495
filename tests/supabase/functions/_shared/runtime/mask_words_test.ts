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
    ["first second-question", ["one", "a second-question"], "first …"],
    [`NEAR ${question.toUpperCase()}`, [question], "NEAR …."],
    ["near a RASH\n  on her\tleft", [question], "near …"],
    ["near a rash\\non her \\u006ceft arm", [question], "near …"],
    ["near a%20rash%20on%20her+left", [question], "near …"],
    ["near &quot;a rash&#32;on her&quot; &lt;", [question], "near &quot;…&quot; &lt;"],
    ["near Müller und Söhne", ["MU\u0308LLER UND SÖHNE"], "near …"],
    ["the word 'HIV', the word HIV", ["Is it HIV?"], "the word '…', the word HIV"],
    ["it isn't valid, don't", ["isnt valid dont", "n"], "it …"],
    ["near боль, \u75db\u307f", ["Other words"], "near …, …"],
    ["", [question], ""],
  ];
  for (const [text, words, expected] of table) expect(maskWords(text, words)).toBe(expected);
});

Deno.test("maskWords() masks a question that is escaped as often as one likes, and cut anywhere", () => {
  const words = 'Sie fragt: "Hat Frau Öztürk\n\tHIV?" \\ 世界 👋🏽 ' + question;
  for (let text = words, times = 0; times < 4; times++, text = JSON.stringify(text)) {
    for (let cut = 0; cut < text.length; cut += 7) {
      const masked = maskWords(`x ${text.slice(cut, cut + 40)}`, [words]);
      // Less than ten letters and digits in a row tell nothing.
      expect(masked.replace(/[^\p{L}\p{N}]/gu, "").length).toBeLessThan(12);
    }
  }
});

Deno.test("maskWords() leaves nothing of a text where there are too many words to compare", () => {
  const startedAt = performance.now();
  expect(maskWords("near a rash", Array(20).fill("lorem ipsum ".repeat(100_000)))).toBe("…");
  expect(performance.now() - startedAt).toBeLessThan(500);
});

Deno.test("maskWords() copes with a long conversation", () => {
  const words = Array.from({ length: 100 }, (_, n) => `${n} ${"lorem ipsum ".repeat(300)}`);
  const startedAt = performance.now();
  expect(maskWords("x".repeat(2000), words)).toBe("x".repeat(2000));
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
