import { expect } from "@std/expect";
import {
  claudeUsage,
  completeUsage,
  converseUsage,
  invocationMetricsUsage,
  tokenCount,
  unknownUsage,
} from "../../../../../supabase/functions/_shared/formats/usage.ts";

Deno.test("claudeUsage() reads the four counts and leaves the details of the cache alone", () => {
  expect(claudeUsage({
    input_tokens: 1,
    output_tokens: 2,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 4,
    cache_creation: {
      ephemeral_5m_input_tokens: 4,
      ephemeral_1h_input_tokens: 0,
    },
  })).toEqual({
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
  });
});

Deno.test("converseUsage() reads either spelling of the cached tokens", () => {
  const expected = {
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
  };
  const counts = { inputTokens: 1, outputTokens: 2, totalTokens: 10 };
  expect(
    converseUsage({
      ...counts,
      cacheReadInputTokens: 3,
      cacheWriteInputTokens: 4,
    }),
  )
    .toEqual(expected);
  expect(
    converseUsage({
      ...counts,
      cacheReadInputTokenCount: 3,
      cacheWriteInputTokenCount: 4,
    }),
  )
    .toEqual(expected);
});

Deno.test("converseUsage() does not add the spellings when both are there", () => {
  expect(converseUsage({
    cacheReadInputTokens: 3,
    cacheReadInputTokenCount: 3,
    cacheWriteInputTokens: null,
    cacheWriteInputTokenCount: 4,
  })).toEqual({ ...unknownUsage, cacheReadTokens: 3, cacheWriteTokens: 4 });
});

Deno.test("a count that is missing, or is no count, is unknown and not 0", () => {
  for (const read of [claudeUsage, converseUsage, invocationMetricsUsage]) {
    for (const value of [undefined, null, "7", 7, [], {}]) {
      expect(read(value)).toEqual(unknownUsage);
    }
  }
  for (const count of [null, -1, 1.5, "7", Number.NaN, Infinity, {}, 2 ** 31]) {
    expect(claudeUsage({ input_tokens: count, cache_read_input_tokens: count }))
      .toEqual(unknownUsage);
    expect(converseUsage({ outputTokens: count, cacheReadInputTokens: count }))
      .toEqual(unknownUsage);
    expect(invocationMetricsUsage({ inputTokenCount: count })).toEqual(
      unknownUsage,
    );
  }
});

Deno.test("tokenCount() takes every count that can be stored", () => {
  for (const count of [0, 1, 2 ** 31 - 1]) {
    expect(tokenCount(count)).toBe(count);
  }
});

Deno.test("a cache that is not mentioned beside the input was not used", () => {
  const expected = {
    inputTokens: 5,
    outputTokens: null,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
  expect(claudeUsage({ input_tokens: 5, cache_read_input_tokens: null }))
    .toEqual(expected);
  expect(converseUsage({ inputTokens: 5 })).toEqual(expected);
  expect(invocationMetricsUsage({ inputTokenCount: 5 })).toEqual(expected);
});

Deno.test("invocationMetricsUsage() reads Bedrock's own counts", () => {
  expect(invocationMetricsUsage({
    inputTokenCount: 1,
    outputTokenCount: 2,
    cacheReadInputTokenCount: 3,
    cacheWriteInputTokenCount: 4,
    invocationLatency: 500,
    firstByteLatency: 100,
  })).toEqual({
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
  });
});

Deno.test("completeUsage() fills in only what is unknown", () => {
  const fallback = {
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: null,
  };
  expect(completeUsage({ ...unknownUsage, inputTokens: 0 }, fallback)).toEqual({
    ...fallback,
    inputTokens: 0,
  });
});
