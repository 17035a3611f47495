import { expect } from "@std/expect";
import { callUnit } from "../../../../../supabase/functions/_shared/calls/call_unit.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";

function said(role: Message["role"], ...blocks: ContentBlock[]): Message {
  return { role, blocks, modelId: null };
}

const text = (text: string) => ({ type: "text", text }) as const;
const ask = said("user", text("What is the weather in Berlin?"));
const call = said("assistant", {
  type: "tool-use",
  id: "t1",
  name: "weather",
  input: { place: "Berlin" },
});
const result = said("user", {
  type: "tool-result",
  toolUseId: "t1",
  content: [text("Rain.")],
  isError: false,
});

const plain = new Headers();

Deno.test("callUnit() is the same for all calls of a loop of tools, and another for another task", () => {
  const first = callUnit(plain, { history: [], question: ask });
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(callUnit(plain, { history: [ask, call], question: result })).toBe(first);
  const other = said("user", text("What is the weather in Paris?"));
  expect(callUnit(plain, { history: [], question: other })).not.toBe(first);
});

Deno.test("callUnit() goes by the session that the client names", () => {
  for (const name of ["x-switchboard-session", "x-claude-code-session-id"]) {
    const of = (session: string, question: Message) =>
      callUnit(new Headers({ [name]: session }), { history: [], question });
    expect(of("a", ask)).toBe(of("a", result));
    expect(of("a", ask)).not.toBe(of("b", ask));
    expect(of("a", ask)).not.toBe(callUnit(plain, { history: [], question: ask }));
  }
});
