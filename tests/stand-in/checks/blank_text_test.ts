import { expect } from "@std/expect";
import { claude, converse, nova, user } from "./support.ts";

Deno.test("blank text is refused wherever it stands, in each format's words", () => {
  const hi = user({ text: "Hi" });
  for (const text of [" ", "\n\t"]) {
    expect(converse({ messages: [user({ text })] })).toContain(
      "The text field in the ContentBlock object at messages.0.content.0 is blank.",
    );
    expect(converse({ messages: [user({ guardContent: { text: { text } } })] }))
      .toContain("is blank");
    expect(nova({ messages: [user({ text })] })).toContain("Malformed input request");
    for (const check of [converse, nova]) {
      expect(check({ system: [{ text }], messages: [hi] })).toContain("system.0 is blank");
    }
    const own = [user({ type: "text", text: "Hi" })];
    expect(claude({ messages: own, system: [{ type: "text", text }] }))
      .toBe("system: text content blocks must be non-empty");
    expect(claude({ messages: [user({ type: "text", text })] }))
      .toBe("messages: text content blocks must contain non-whitespace text");
  }
});

Deno.test("half a pair of surrogates is no text, and a prefill does not end in white space", () => {
  const text = "The request body is not valid JSON: no low surrogate in string";
  const broken = "a\ud83d";
  expect(converse({ messages: [user({ text: broken })] })).toContain(text);
  expect(nova({ messages: [user({ text: broken })] })).toBe(text);
  expect(claude({ messages: [user({ type: "text", text: broken })] })).toBe(text);
  const prefill = (text: string) => ({
    messages: [user({ type: "text", text: "Hi" }), { role: "assistant", content: text }],
  });
  expect(claude(prefill("So"))).toBeNull();
  expect(claude(prefill("So "))).toContain("cannot end with trailing whitespace");
});
