import { expect } from "@std/expect";
import fc from "fast-check";
import { fitHistory } from "../../../../../supabase/functions/_shared/runs/history_window.ts";
import { estimateTokens } from "../../../../../supabase/functions/_shared/formats/token_estimate.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";

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

/** A turn that asks for a tool, or brings the result of the tool that the turn before asked for. */
function toolTurn(text: string, brings: string | null, asks: string | null): Message[] {
  const result: ContentBlock[] = brings === null ? [] : [{
    type: "tool-result",
    toolUseId: brings,
    content: [{ type: "text", text }],
    isError: false,
  }];
  const call: ContentBlock[] = asks === null
    ? []
    : [{ type: "tool-use", id: asks, name: "look", input: {} }];
  return [
    { ...message("user", text), blocks: [{ type: "text", text }, ...result] },
    { ...message("assistant", text), blocks: [{ type: "text", text }, ...call] },
  ];
}

Deno.test("fitHistory() keeps a call of a tool and its result together, or neither", () => {
  const history = [
    ...turns(["a".repeat(3000), "b"]),
    ...toolTurn("x".repeat(3000), null, "1"),
    ...toolTurn("y", "1", "2"),
    ...toolTurn("z", "2", null),
    ...turns(["c", "d"]),
  ];
  expect(fitHistory(history, question, 10_000)).toEqual(history);
  expect(fitHistory(history, question, 2_500)).toEqual(history.slice(2));
  // There is room for the results, but not for the first call.
  expect(fitHistory(history, question, 1_000)).toEqual(history.slice(8));
  // A chain whose beginning was not read.
  expect(fitHistory(history.slice(4), question, 10_000)).toEqual(history.slice(8));
});

Deno.test("fitHistory() keeps the calls whose results the question brings, whatever the budget", () => {
  const chain = [...toolTurn("x".repeat(300), null, "1"), ...toolTurn("y", "1", "2")];
  const [bringing] = toolTurn("z", "2", null);
  if (bringing === undefined) throw new Error("a turn has a question");
  const history = [...turns(["a", "b"]), ...chain];
  expect(fitHistory(history, bringing, 0)).toEqual(chain);
  expect(fitHistory(history, bringing, -1000)).toEqual(chain);
  expect(fitHistory(history, bringing, 10_000)).toEqual(history);
  expect(fitHistory(chain.slice(2), bringing, 0)).toEqual(chain.slice(2));
});

Deno.test("fitHistory() never begins with a result, nor cuts between a call and its result", () => {
  const turn = fc.record({ text: fc.string(), goesOn: fc.boolean() });
  fc.assert(fc.property(fc.array(turn), fc.boolean(), fc.nat(400), (drawn, asksOn, budget) => {
    const history = drawn.flatMap(({ text, goesOn }, n) =>
      toolTurn(text, goesOn && n > 0 ? `${n}` : null, drawn[n + 1]?.goesOn ? `${n + 1}` : null)
    );
    const [next] = toolTurn("next", asksOn && drawn.length > 0 ? `${drawn.length}` : null, null);
    if (next === undefined) throw new Error("a turn has a question");
    const messages = fitHistory(history, next, budget);
    expect(messages).toEqual(history.slice(history.length - messages.length));
    const first = [...messages, next][0];
    expect(first?.blocks.some(({ type }) => type === "tool-result")).toBe(false);
  }));
});
