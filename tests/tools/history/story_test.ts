import { expect } from "@std/expect";
import type { AssistantRow, ModelRow } from "../../../tools/history/cast.ts";
import { tellStory } from "../../../tools/history/story.ts";

function model(model_id: string, output: number | null, more: Partial<ModelRow> = {}): ModelRow {
  return {
    model_id,
    is_available: true,
    is_default: false,
    lifecycle: "active",
    input_cost: output,
    output_cost: output,
    cache_read_cost: null,
    cache_write_cost: null,
    ...more,
  };
}

function assistant(assistant_type: string, model_version: string | null): AssistantRow {
  return { id: assistant_type, assistant_type, model_version, max_tokens: null };
}

const caching = { cache_read_cost: 0.1, cache_write_cost: 1 };
const models = [
  model("default", 4, { is_default: true }),
  model("everyday", 0.3),
  model("cheap", 0.5, caching),
  model("careful", 11, caching),
  model("dear", 22, caching),
  model("old", 15, { lifecycle: "legacy" }),
];
const assistants = [
  assistant("health", "everyday"),
  assistant("clinical", "old"),
  assistant("platform", null),
];
const endsAt = new Date("2026-11-26T01:00:00Z");

for (const days of [2, 10, 90]) {
  Deno.test(`tellStory() ends ${days} days with everything as it is today`, () => {
    const { changes, choices } = tellStory({ models, assistants, days, endsAt });
    const moments = changes.map(({ moment }) => moment.getTime());
    expect(moments).toEqual([...moments].sort((one, other) => one - other));
    expect(new Set(moments).size).toBe(moments.length);
    expect(moments.at(-1)).toBeLessThan(endsAt.getTime());
    const now = choices.filter(({ to_at }) => to_at === endsAt);
    expect(now.map(({ assistant_type, model_id }) => [assistant_type, model_id])).toEqual([
      ["default", "default"],
      ["health", "everyday"],
      ["clinical", "old"],
      ["platform", "default"],
    ]);
  });
}

Deno.test("tellStory() takes back what it says it takes back", () => {
  const { changes } = tellStory({ models, assistants, days: 90, endsAt });
  const rollbacks = changes.filter(({ undoes }) => undoes !== null);
  expect(rollbacks).toHaveLength(2);
  for (const { undoes, patches } of rollbacks) {
    const undone = changes.find(({ place }) => place === undoes)!;
    expect(patches.map(({ before, after }) => [after, before]))
      .toEqual(undone.patches.map(({ before, after }) => [before, after]));
  }
});

Deno.test("tellStory() leaves out what one model alone cannot show", () => {
  const only = [model("only", 4, { is_default: true })];
  const { changes } = tellStory({
    models: only,
    days: 90,
    endsAt,
    assistants: [assistant("health", "only")],
  });
  expect(changes.map(({ table, patches }) => [table, patches.map(({ key }) => key)]))
    .toEqual([["bedrock_models", ["only"]]]);
  expect(() => tellStory({ models: [], assistants, days: 90, endsAt })).toThrow(RangeError);
});
