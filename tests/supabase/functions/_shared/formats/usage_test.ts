import { expect } from "@std/expect";
import {
  claudeUsage,
  converseUsage,
} from "../../../../../supabase/functions/_shared/formats/usage.ts";

const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

Deno.test("claudeUsage() reads the four counts and leaves the details of the cache alone", () => {
  expect(claudeUsage({
    input_tokens: 1,
    output_tokens: 2,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 4,
    cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 0 },
  })).toEqual({ inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 });
});

Deno.test("converseUsage() reads either spelling of the cached tokens", () => {
  const expected = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 };
  const counts = { inputTokens: 1, outputTokens: 2, totalTokens: 10 };
  expect(converseUsage({ ...counts, cacheReadInputTokens: 3, cacheWriteInputTokens: 4 }))
    .toEqual(expected);
  expect(converseUsage({ ...counts, cacheReadInputTokenCount: 3, cacheWriteInputTokenCount: 4 }))
    .toEqual(expected);
});

Deno.test("converseUsage() does not add the spellings when both are there", () => {
  expect(converseUsage({
    cacheReadInputTokens: 3,
    cacheReadInputTokenCount: 3,
    cacheWriteInputTokens: null,
    cacheWriteInputTokenCount: 4,
  })).toEqual({ ...none, cacheReadTokens: 3, cacheWriteTokens: 4 });
});

Deno.test("claudeUsage() and converseUsage() count 0 for what is missing or no count", () => {
  for (const value of [undefined, null, "7", 7, [], {}]) {
    expect(claudeUsage(value)).toEqual(none);
    expect(converseUsage(value)).toEqual(none);
  }
  for (const count of [null, -1, 1.5, "7", Number.NaN, Infinity, {}]) {
    expect(claudeUsage({ input_tokens: count, cache_read_input_tokens: count })).toEqual(none);
    expect(converseUsage({ outputTokens: count, cacheReadInputTokens: count })).toEqual(none);
  }
});
