import { expect } from "@std/expect";
import fc from "fast-check";
import { fitHistory as fitBudget } from "../../../../../supabase/functions/_shared/runs/history_window.ts";
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

/** With one budget for text and media. */
function fitHistory(history: readonly Message[], question: Message, total: number) {
  return fitBudget(history, question, { text: total, total });
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

/** A turn about a file of so many bytes. */
function mediaTurn(type: "image" | "document", bytes: number): Message[] {
  const source = { kind: "base64", data: "A".repeat(bytes / 3 * 4) } as const;
  const file: ContentBlock = type === "image"
    ? { type, mediaType: "image/png", source }
    : { type, mediaType: "application/pdf", name: "Lab", source };
  return [
    { ...message("user", ""), blocks: [{ type: "text", text: "What is this?" }, file] },
    message("assistant", "A report."),
  ];
}

const kinds = (messages: readonly Message[]) =>
  messages.flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.type === "image" || block.type === "document" ? [block.source.kind] : []
    )
  );

Deno.test("fitHistory() keeps a conversation about a large document, whatever the budget of its text", () => {
  const history = mediaTurn("document", 1_050_000);
  expect(fitBudget(history, question, { text: 32_000, total: 150_000 })).toEqual(history);
  // Without room for it the words stay.
  const sent = fitBudget(history, question, { text: 32_000, total: 34_000 });
  expect(sent).toHaveLength(2);
  expect(sent[0]?.blocks[1]).toMatchObject({
    type: "document",
    name: "Lab",
    source: { kind: "storage", size: 1_050_000 },
  });
});

Deno.test("fitHistory() gives room to the newest media, and to none before one that has none", () => {
  const turns = [mediaTurn("image", 3), mediaTurn("document", 900_000), mediaTurn("image", 3)];
  const budget = (total: number) => fitBudget(turns.flat(), question, { text: 1_000, total });
  expect(kinds(budget(40_000))).toEqual(["base64", "base64", "base64"]);
  expect(kinds(budget(20_000))).toEqual(["storage", "storage", "base64"]);
  expect(kinds(budget(1_000))).toEqual(["storage", "storage", "storage"]);
  expect(kinds(fitBudget(turns.flat(), question, { text: 0, total: 40_000 }))).toEqual([]);
});

Deno.test("fitHistory() counts media within results of tools as media", () => {
  const [, answer] = toolTurn("x", null, "1");
  const [asked] = mediaTurn("document", 900_000);
  if (answer === undefined || asked === undefined) throw new Error("a turn has two messages");
  const part = asked.blocks[1] as Extract<ContentBlock, { type: "document" }>;
  const result: ContentBlock = {
    type: "tool-result",
    toolUseId: "1",
    content: [part],
    isError: false,
  };
  const history = [
    message("user", "?"),
    answer,
    { ...message("user", ""), blocks: [result] },
    message("assistant", "Done."),
  ];
  expect(fitBudget(history, question, { text: 1_000, total: 100_000 })).toEqual(history);
  expect(fitBudget(history, question, { text: 1_000, total: 10_000 })).toHaveLength(4);
});
