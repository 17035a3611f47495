import { expect } from "@std/expect";
import {
  claudeUsage,
  completeUsage,
  converseUsage,
  tokenCount,
  unknownUsage,
} from "../../../../../supabase/functions/_shared/formats/usage.ts";

const counted = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 };
const withoutDetails = { ...counted, cacheWrite1hTokens: 0, thinkingTokens: null };

Deno.test("claudeUsage() reads all counts, and which part was kept for an hour or was thinking", () => {
  const usage = {
    input_tokens: 1,
    output_tokens: 2,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 4,
  };
  expect(claudeUsage(usage)).toEqual(withoutDetails);
  expect(claudeUsage({
    ...usage,
    cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 1 },
    output_tokens_details: { thinking_tokens: 1 },
  })).toEqual({ ...counted, cacheWrite1hTokens: 1, thinkingTokens: 1 });
});

Deno.test("converseUsage() reads either spelling of the cached tokens", () => {
  const counts = { inputTokens: 1, outputTokens: 2, totalTokens: 10 };
  expect(converseUsage({ ...counts, cacheReadInputTokens: 3, cacheWriteInputTokens: 4 }))
    .toEqual(withoutDetails);
  expect(converseUsage({ ...counts, cacheReadInputTokenCount: 3, cacheWriteInputTokenCount: 4 }))
    .toEqual(withoutDetails);
});

Deno.test("converseUsage() does not add the spellings when both are there", () => {
  expect(converseUsage({
    cacheReadInputTokens: 3,
    cacheReadInputTokenCount: 3,
    cacheWriteInputTokens: null,
    cacheWriteInputTokenCount: 4,
  })).toEqual({ ...unknownUsage, cacheReadTokens: 3, cacheWriteTokens: 4 });
});

Deno.test("converseUsage() reads from cacheDetails what was kept for an hour", () => {
  const usage = { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3 };
  const cases = [
    [[{ ttl: "1h", inputTokens: 3 }, { ttl: "5m", inputTokens: 1 }], 3],
    [[{ ttl: "5m", inputTokens: 4 }], 0],
    [[], 0],
    [null, 0],
  ] as const;
  for (const [cacheDetails, cacheWrite1hTokens] of cases) {
    expect(converseUsage({ ...usage, cacheWriteInputTokens: 4, cacheDetails }))
      .toEqual({ ...counted, cacheWrite1hTokens, thinkingTokens: null });
  }
});

Deno.test("a count that is missing, or is no count, is unknown and not 0", () => {
  for (const read of [claudeUsage, converseUsage]) {
    for (const value of [undefined, null, "7", 7, [], {}]) {
      expect(read(value, value)).toEqual(unknownUsage);
    }
  }
  for (const count of [null, -1, 1.5, "7", Number.NaN, Infinity, {}, 2 ** 31]) {
    expect(claudeUsage({ input_tokens: count, cache_read_input_tokens: count }))
      .toEqual(unknownUsage);
    expect(claudeUsage({ output_tokens_details: { thinking_tokens: count } }))
      .toEqual(unknownUsage);
    expect(converseUsage({ outputTokens: count, cacheReadInputTokens: count }))
      .toEqual(unknownUsage);
    expect(converseUsage({}, { inputTokenCount: count })).toEqual(unknownUsage);
  }
});

Deno.test("tokenCount() takes every count that can be stored", () => {
  for (const count of [0, 1, 2 ** 31 - 1]) expect(tokenCount(count)).toBe(count);
});

Deno.test("a cache that is not mentioned beside the input was not used", () => {
  const expected = {
    ...unknownUsage,
    inputTokens: 5,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
  };
  expect(claudeUsage({ input_tokens: 5, cache_read_input_tokens: null })).toEqual(expected);
  expect(converseUsage({ inputTokens: 5 })).toEqual(expected);
  expect(converseUsage({}, { inputTokenCount: 5 })).toEqual(expected);
});

Deno.test("Bedrock's own counts at a stream's end fill in what the model does not tell, cached tokens too", () => {
  const metrics = {
    inputTokenCount: 1,
    outputTokenCount: 2,
    cacheReadInputTokenCount: 3,
    cacheWriteInputTokenCount: 4,
    invocationLatency: 500,
    firstByteLatency: 100,
  };
  expect(claudeUsage({}, metrics)).toEqual(withoutDetails);
  expect(claudeUsage({ input_tokens: 1, output_tokens: 9 }, metrics))
    .toEqual({ ...withoutDetails, outputTokens: 9 });
  expect(converseUsage({ inputTokens: 8, cacheReadInputTokens: 0 }, metrics))
    .toEqual({ ...withoutDetails, inputTokens: 8, cacheReadTokens: 0 });
});

Deno.test("completeUsage() fills in only what is unknown", () => {
  const fallback = { ...withoutDetails, cacheWriteTokens: null };
  expect(completeUsage({ ...unknownUsage, inputTokens: 0 }, fallback))
    .toEqual({ ...fallback, inputTokens: 0 });
});
