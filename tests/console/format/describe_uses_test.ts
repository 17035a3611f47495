import { expect } from "@std/expect";
import { describeSuccessor, describeUses } from "../../../console/src/format/describe_uses.ts";

const unused = {
  is_default: false,
  assistants: [],
  fallback_lists: [],
  allowed_lists: [],
  aliases: [],
  api_keys: [],
  successor_of: [],
  rollouts: [],
  pins: [],
  conversations: 0,
  recent_conversations: 0,
};
const nameOf = (id: string | null) => id === null ? "no model" : `Model ${id}`;

Deno.test("describeUses() names every way in which a model is used, and says so of none", () => {
  expect(describeUses(unused, nameOf)).toEqual([{ term: "Uses", text: "Nothing uses it." }]);
  expect(describeUses({
    is_default: true,
    assistants: ["health", "clinical"],
    fallback_lists: ["platform"],
    allowed_lists: ["health"],
    aliases: ["claude-main"],
    api_keys: [{ id: "1", name: "Docs bot", prefix: "bsk_Ab3_x9" }],
    successor_of: ["old"],
    rollouts: [7],
    pins: [{ assistant_type: "health", conversations: 1200, recent: 7 }],
    conversations: 1200,
    recent_conversations: 7,
  }, nameOf)).toEqual([
    { term: "Default", text: "yes" },
    { term: "Model of", text: "health, clinical" },
    { term: "In the fallbacks of", text: "platform" },
    { term: "Named by callers of", text: "health" },
    { term: "Aliases", text: "claude-main" },
    { term: "API keys", text: "Docs bot (bsk_Ab3_x9…)" },
    { term: "Rollouts", text: "7, which ends" },
    { term: "Successor of", text: "Model old" },
    { term: "Pinned conversations", text: "health: 1,200, 7 of them used in 30 days" },
  ]);
});

Deno.test("describeSuccessor() tells a proposal, prices that are known, and what is not available", () => {
  const successor = {
    model_id: "new",
    is_recorded: true,
    is_available: true,
    input_price_ratio: null,
    output_price_ratio: null,
  };
  expect(describeSuccessor(null, nameOf)).toBe("none");
  expect(describeSuccessor(successor, nameOf)).toBe("Model new");
  expect(describeSuccessor({
    ...successor,
    is_recorded: false,
    is_available: false,
    input_price_ratio: 1.5,
    output_price_ratio: 0.75,
  }, nameOf)).toBe(
    "Model new (proposed), 1.5 × the price of input, 0.75 × of output, not available",
  );
});
