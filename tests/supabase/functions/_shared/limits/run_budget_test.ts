import { expect } from "@std/expect";
import fc from "fast-check";
import type { Usage } from "../../../../../supabase/functions/_shared/core/answer.ts";
import { unknownUsage } from "../../../../../supabase/functions/_shared/formats/usage.ts";
import {
  type Budget,
  budgetSchema,
} from "../../../../../supabase/functions/_shared/limits/budget.ts";
import { costOf, mostCost } from "../../../../../supabase/functions/_shared/limits/most_cost.ts";
import {
  isWorthwhile,
  limitExceeded,
  roomForAnswer,
} from "../../../../../supabase/functions/_shared/limits/run_budget.ts";
import { modelRow } from "../model_row.ts";

const model = modelRow({ input_cost_per_mtok: 2, output_cost_per_mtok: 10 });
const used: Usage = { ...unknownUsage, inputTokens: 1_000, outputTokens: 500 };

function usd(amount: number, retryAfterSeconds: number | null = null): Budget {
  return { usd: { amount, limit: "USD per day for the project", retryAfterSeconds }, tokens: null };
}

function tokens(amount: number): Budget {
  return {
    usd: null,
    tokens: { amount, limit: "tokens in total for an API key", retryAfterSeconds: null },
  };
}

Deno.test("roomForAnswer() is without bounds where no limit holds", () => {
  expect(roomForAnswer({ usd: null, tokens: null }, [], model, 1e9))
    .toEqual({ tokens: Infinity, limit: null });
});

Deno.test("roomForAnswer() is what money is left beside the prompt and the calls before", () => {
  // $0.02, less $0.002 of the prompt: 1,800 tokens at $10 a million.
  const budget = usd(0.02);
  expect(roomForAnswer(budget, [], model, 1_000))
    .toEqual({ tokens: 1_800, limit: budget.usd });
  // Less $0.007 of a call before.
  expect(roomForAnswer(budget, [{ model, usage: used }], model, 1_000).tokens).toBe(1_100);
  const unused = { model, usage: unknownUsage };
  expect(roomForAnswer(budget, [unused], model, 1_000).tokens).toBe(1_800);
  expect(roomForAnswer(budget, [], model, 20_000).tokens).toBe(0);
});

Deno.test("roomForAnswer() takes a prompt for one that is written to the dearest cache", () => {
  const cached = { ...model, cache_write_cost_per_mtok: 2.5, cache_write_1h_cost_per_mtok: 4 };
  expect(roomForAnswer(usd(0.02), [], cached, 1_000).tokens).toBe(1_600);
});

Deno.test("roomForAnswer() takes a long prompt at its factor, and counts on no lower one", () => {
  const long = { ...model, long_prompt_tokens: 50_000, long_prompt_factor: 2 };
  expect(roomForAnswer(usd(1), [], long, 50_000).tokens).toBe(90_000);
  expect(roomForAnswer(usd(1), [], long, 60_000).tokens).toBe(38_000);
  const cheaper = { ...long, long_prompt_factor: 0.5 };
  expect(roomForAnswer(usd(1), [], cheaper, 60_000).tokens).toBe(88_000);
});

Deno.test("roomForAnswer() counts tokens of every kind, and takes the limit that leaves the least", () => {
  const cacheRead = { ...used, cacheReadTokens: 300, cacheWriteTokens: 200 };
  expect(roomForAnswer(tokens(5_000), [{ model, usage: cacheRead }], model, 1_000).tokens)
    .toBe(2_000);
  const both = { usd: usd(0.02).usd, tokens: tokens(2_000).tokens };
  expect(roomForAnswer(both, [], model, 1_000)).toEqual({ tokens: 1_000, limit: both.tokens });
  expect(roomForAnswer(tokens(10), [], model, 1_000).tokens).toBe(0);
});

Deno.test("roomForAnswer() refuses a model without a price under a limit in USD only", () => {
  const unpriced = { ...model, output_cost_per_mtok: null };
  expect(() => roomForAnswer(usd(1), [], unpriced, 10)).toThrow(
    expect.objectContaining({ code: "price_unknown", status: 409 }),
  );
  expect(roomForAnswer(tokens(100), [], unpriced, 10).tokens).toBe(90);
});

Deno.test("roomForAnswer() takes the most where the price of a cache is not known", () => {
  const usage = { ...used, cacheReadTokens: 1_000 };
  expect(costOf(model, usage)).toBeNull();
  expect(roomForAnswer(usd(0.02), [{ model, usage }], model, 1_000).tokens).toBe(900);
});

Deno.test("what roomForAnswer() allows costs no more than is left, and one token more would", () => {
  const price = fc.oneof(
    fc.constant(0),
    fc.double({ min: 0.001, max: 1_000, noNaN: true }),
  );
  fc.assert(fc.property(
    fc.record({ input_cost_per_mtok: price, output_cost_per_mtok: price }),
    fc.nat(200_000),
    fc.double({ min: 0, max: 10, noNaN: true }),
    (prices, input, amount) => {
      const priced = { ...model, ...prices };
      const room = roomForAnswer(usd(amount), [], priced, input).tokens;
      if (room === Infinity) return expect(prices.output_cost_per_mtok).toBe(0);
      const most = mostCost(priced, input, room) ?? NaN;
      if (room > 0) expect(most).toBeLessThanOrEqual(amount * (1 + 1e-8));
      expect(mostCost(priced, input, room + 1) ?? NaN).toBeGreaterThan(amount * (1 - 1e-8));
    },
  ));
});

Deno.test("what was reserved for a call pays for it, in spite of doubles", () => {
  const price = fc.integer({ min: 1, max: 10_000 }).map((cents) => cents / 100);
  fc.assert(fc.property(
    fc.record({ input_cost_per_mtok: price, output_cost_per_mtok: price }),
    fc.nat(200_000),
    fc.integer({ min: 1, max: 128_000 }),
    (prices, input, output) => {
      const priced = { ...model, ...prices };
      // As Postgres counts it: exactly.
      const micros = Math.round(
        100 * (prices.input_cost_per_mtok * input + prices.output_cost_per_mtok * output),
      );
      const amount = Number(`${micros}e-8`);
      expect(roomForAnswer(usd(amount), [], priced, input).tokens).toBeGreaterThanOrEqual(output);
    },
  ));
});

Deno.test("isWorthwhile() asks for 256 tokens, or as few as are asked for", () => {
  expect(isWorthwhile({ tokens: 256, limit: null }, 4_096)).toBe(true);
  expect(isWorthwhile({ tokens: 255, limit: null }, 4_096)).toBe(false);
  expect(isWorthwhile({ tokens: 10, limit: null }, 10)).toBe(true);
  expect(isWorthwhile({ tokens: 9, limit: null }, 10)).toBe(false);
});

Deno.test("limitExceeded() names the limit, and says when to come back where that is soon", () => {
  const soon = limitExceeded({ amount: 1, limit: "tokens per minute", retryAfterSeconds: 23 });
  expect([soon.code, soon.status, soon.message, soon.retryAfterSeconds, soon.retryable])
    .toEqual(["limit_exceeded", 429, "The limit is reached: tokens per minute.", 23, true]);
  const later = limitExceeded({ amount: 1, limit: "USD per day", retryAfterSeconds: null });
  expect([later.retryAfterSeconds, later.retryable]).toEqual([undefined, false]);
  expect(later.hint).not.toMatch(/\d/);
});

Deno.test("budgetSchema reads what Postgres grants", () => {
  expect(budgetSchema.parse(null)).toBeNull();
  expect(budgetSchema.parse({
    usd: { amount: 0.5, limit: "USD per hour", retry_after: 7 },
    tokens: null,
  })).toEqual({
    usd: { amount: 0.5, limit: "USD per hour", retryAfterSeconds: 7 },
    tokens: null,
  });
});
