import { expect } from "@std/expect";
import { type Conversation, countCalls } from "../../../bench/caching/conversation.ts";
import { servedModels } from "../../../stand-in/models/served_models.ts";
import { modelSchema } from "../../../supabase/functions/_shared/registry/model.ts";

const conversation: Conversation = {
  turns: 6,
  systemPrompt: 8_000,
  question: 400,
  answer: 1_200,
  seconds: 60,
};
const sonnet = servedModels.find(({ name }) => name === "Claude Sonnet 4.5")!;
const textOnly = {
  output_schema: false,
  betas: [],
  prefill: false,
  stop_sequences: false,
  count_tokens: false,
};
const unset = [
  ...["region", "geographies", "temperature", "top_p", "long_prompt_tokens", "long_prompt_factor"],
  ...["input_cost_per_mtok", "output_cost_per_mtok", "cache_read_cost_per_mtok", "use_case"],
  ...["cache_write_cost_per_mtok", "cache_write_1h_cost_per_mtok", "retires_on", "source_url"],
  ...["successor_model_id", "checked_on", "description", "canary_share", "rollout_id"],
  ...["legacy_on", "extended_access_on"],
];
const uncached = modelSchema.parse({
  ...Object.fromEntries(unset.map((column) => [column, null])),
  model_id: `eu.${sonnet.id}`,
  model_name: sonnet.name,
  provider: sonnet.provider,
  format: "claude",
  max_tokens: 1_000,
  context_window: 200_000,
  priority: 1,
  is_available: true,
  is_default: false,
  serves_pinned: false,
  provider_retention: "none",
  provider_retention_source: "https://docs.aws.amazon.com/bedrock/",
  provider_retention_checked_on: "2026-11-30",
  lifecycle: "active",
  sampling: "none",
  system_prompt: "supported",
  capabilities: textOnly,
  aliases: [],
});
const cached = modelSchema.parse({
  ...uncached,
  capabilities: {
    ...textOnly,
    caching: {
      min_tokens: 1_024,
      max_points: 4,
      ttls: ["5m"],
      places: ["system", "messages"],
      automatic: true,
    },
  },
});

const totals = (calls: ReturnType<typeof countCalls>) =>
  calls.map(({ input, read, write }) => input + read + write);

Deno.test("countCalls() caches the system prompt and the history, and counts the same tokens", () => {
  const without = countCalls(uncached, sonnet, conversation);
  const [first, second, third] = countCalls(cached, sonnet, conversation);
  expect(without.every(({ read, write }) => read === 0 && write === 0)).toBe(true);
  expect(totals(countCalls(cached, sonnet, conversation))).toEqual(totals(without));
  // The first call writes the system prompt, the next one the history too, which a third reads.
  expect([first?.read, first?.write]).toEqual([0, 2_000]);
  expect([second?.read, (second?.write ?? 0) > 0]).toEqual([2_000, true]);
  expect(third?.read).toBe(2_000 + (second?.write ?? 0));
});

Deno.test("countCalls() reads nothing from a cache that has expired", () => {
  const calls = countCalls(cached, sonnet, { ...conversation, seconds: 300 });
  expect(calls.every(({ read }) => read === 0)).toBe(true);
});
