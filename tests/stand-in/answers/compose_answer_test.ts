import { expect } from "@std/expect";
import fc from "fast-check";
import {
  type AskedMessage,
  messageText,
  plainQuestion,
  type Question,
} from "../../../stand-in/answers/question.ts";
import { composeAnswer } from "../../../stand-in/answers/compose_answer.ts";
import { splitText } from "../../../stand-in/answers/split_text.ts";
import { servedModels } from "../../../stand-in/models/served_models.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 });
const say = (role: AskedMessage["role"], text: string): AskedMessage => ({
  role,
  parts: [{ type: "text", text, guarded: null, at: "messages.0.content.0" }],
});
const history = fc.array(text, { minLength: 1, maxLength: 6 }).map((texts) =>
  texts.map((each, index): AskedMessage => say(index % 2 === 0 ? "user" : "assistant", each))
);
const anyModel = fc.constantFrom(...servedModels);
const question: fc.Arbitrary<Question> = fc.record({
  system: fc.oneof(fc.constant([]), text.map((each) => [{ text: each }])),
  messages: history,
  settings: fc.record({
    maxTokens: fc.constant(null),
    temperature: fc.option(fc.constantFrom(0, 0.5, 1)),
    topP: fc.option(fc.constantFrom(0.1, 0.9)),
    topK: fc.constant(null),
    stopSequences: fc.constant([]),
  }),
  thinks: fc.boolean(),
}).map((asked) => ({ ...plainQuestion, ...asked }));

const textOf = (asked: Question, model = servedModels[0]!) => {
  const block = composeAnswer(asked, model).blocks.at(-1);
  if (block?.type !== "text") throw new Error("The answer has no text.");
  return block.text;
};

Deno.test("composeAnswer() is a pure function, and names the model", () => {
  fc.assert(fc.property(question, anyModel, (asked, model) => {
    const answer = composeAnswer(asked, model);
    expect(composeAnswer(structuredClone(asked), model)).toEqual(answer);
    expect(textOf(asked, model)).toMatch(/^\[stand-in: /);
    expect(textOf(asked, model)).toContain(model.name);
    expect(answer.blocks[0]?.type).toBe(asked.thinks ? "thinking" : "text");
  }));
});

Deno.test("composeAnswer() tells system prompts, histories, settings and models apart", () => {
  fc.assert(fc.property(question, text, fc.nat(), (asked, other, seed) => {
    const before = textOf(asked);
    if (other !== asked.system[0]?.text) {
      expect(textOf({ ...asked, system: [{ text: other }] })).not.toBe(before);
    }
    // Any one message, the oldest as well as the last.
    const at = seed % asked.messages.length;
    const changed = asked.messages.map((message, index) =>
      index === at ? say(message.role, `${messageText(message)}!`) : message
    );
    expect(textOf({ ...asked, messages: changed })).not.toBe(before);
    if (asked.messages.length > 1) {
      expect(textOf({ ...asked, messages: asked.messages.slice(1) })).not.toBe(before);
    }
    const settings = { ...asked.settings, temperature: 0.25 };
    expect(textOf({ ...asked, settings })).not.toBe(before);
    expect(textOf(asked, servedModels[1])).not.toBe(before);
  }));
});

Deno.test("composeAnswer() never exceeds max_tokens, and says max_tokens just when it cut", () => {
  fc.assert(
    fc.property(question, anyModel, fc.integer({ min: 1, max: 200 }), (asked, model, most) => {
      const settings = { ...asked.settings, maxTokens: most };
      const answer = composeAnswer({ ...asked, settings }, model);
      expect(answer.usage?.outputTokens).toBeLessThanOrEqual(most);
      if (answer.stopReason === "max_tokens") expect(answer.usage?.outputTokens).toBe(most);
      else {
        expect(answer.stopReason).toBe("end_turn");
        expect(JSON.stringify(answer.blocks)).toContain(`max tokens ${most}`);
      }
    }),
  );
});

Deno.test("composeAnswer() ends before a stop sequence and never contains it", () => {
  fc.assert(
    fc.property(
      question,
      fc.constantFrom("a", "stand-in", "seen: ", "“", "zzzz"),
      (asked, stop) => {
        const settings = { ...asked.settings, stopSequences: [stop] };
        const answer = composeAnswer({ ...asked, settings, thinks: false }, servedModels[0]!);
        const said = answer.blocks.map((block) => block.type === "text" ? block.text : "").join("");
        expect(said).not.toContain(stop);
        const whole = textOf({ ...asked, thinks: false });
        expect(answer.stopReason).toBe(whole.includes(stop) ? "stop_sequence" : "end_turn");
        expect(answer.stopSequence).toBe(whole.includes(stop) ? stop : null);
      },
    ),
  );
});

Deno.test("splitText() loses nothing and never cuts a character in two", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 9 }), (whole, length) => {
      const pieces = splitText(whole, length);
      expect(pieces.join("")).toBe(whole);
      for (const piece of pieces) expect(piece.isWellFormed() || !whole.isWellFormed()).toBe(true);
    }),
  );
});
