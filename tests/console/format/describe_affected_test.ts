import { expect } from "@std/expect";
import type { Affected } from "../../../console/src/api/manage_actions.ts";
import { describeAffected } from "../../../console/src/format/describe_affected.ts";

const affected = {
  assistants: [{
    assistant_type: "health",
    name: "Health assistant",
    from_model_id: "lite",
    to_model_id: null,
    reason: null,
    turns: 1,
  }],
  conversations: { pinned: 1200, recent: 7, keep_model: true, to_model_id: null },
  cost: {
    days: 30,
    turns: 9,
    unpriced: 0,
    actual_usd: 1.2,
    what_if_usd: 3.4,
    difference_usd: 2.2,
  },
} satisfies Affected;
const nameOf = (id: string | null) => id === null ? "no model" : `Model ${id}`;
const describe = (changes: Partial<Affected>) =>
  describeAffected({ ...affected, ...changes }, nameOf).map(({ term, text }) => `${term}: ${text}`);

Deno.test("describeAffected() says who answers instead, what is pinned, and the cost", () => {
  expect(describe({})).toEqual([
    "Health assistant: Model lite → no model, 1 turn in 30 days",
    "Conversations: 1,200 pinned, 7 of them used in 30 days; they keep their model.",
    "Cost: $1.20 in the last 30 days; the same tokens at the new model's prices: $3.40 (+$2.20).",
  ]);
});

Deno.test("describeAffected() says that nobody is affected, and no cost", () => {
  const conversations = { pinned: 0, recent: 0, keep_model: true, to_model_id: null };
  expect(describe({ assistants: [], conversations })).toEqual([
    "Assistants: No assistant is answered by another model.",
    "Conversations: No pinned conversation is affected.",
  ]);
});

Deno.test("describeAffected() names who takes the conversations over, or that none can", () => {
  const moved = { pinned: 2, recent: 1, keep_model: false, to_model_id: "pro" };
  expect(describe({ conversations: moved })[1]).toContain("; Model pro answers them.");
  expect(describe({ conversations: { ...moved, to_model_id: null } })[1])
    .toContain("; no model answers them.");
});

Deno.test("describeAffected() never shows a cost that is not known as a figure", () => {
  const cost = { ...affected.cost, what_if_usd: null, difference_usd: null, unpriced: 2 };
  expect(describe({ cost })[2]).toBe(
    "Cost: $1.20 in the last 30 days; at the new model's prices not known, as one is missing. The cost of 2 calls is not known.",
  );
  expect(describe({ cost: { ...cost, turns: 0 } })[2]).toBe("Cost: No turns in the last 30 days.");
});

Deno.test("describeAffected() says what could not be read, and never a figure in its place", () => {
  const assistants = affected.assistants.map((each) => ({ ...each, turns: null }));
  const conversations = { ...affected.conversations, pinned: null, recent: null };
  expect(describe({ assistants, conversations, cost: null })).toEqual([
    "Health assistant: Model lite → no model",
    "Conversations: not known, as the ledger could not be read",
    "Cost: not known, as the ledger could not be read",
  ]);
});
