import { expect } from "@std/expect";
import { PromptCache } from "../../../stand-in/answers/prompt_cache.ts";
import type { PromptPart } from "../../../stand-in/answers/prompt_parts.ts";
import { Clock } from "../../../stand-in/clock.ts";
import type { ServedModel } from "../../../stand-in/models/served_model.ts";
import { served } from "../checks/support.ts";

const sonnet55 = served("Sonnet 5.5");
const lite = served("Nova Lite");

const part = (key: string, tokens: number, cache?: "5m" | "1h"): PromptPart => ({
  place: "messages",
  key: () => key,
  tokens,
  ...cache && { cache },
});

function cacheOf(model: ServedModel) {
  const clock = new Clock(() => 0);
  const cache = new PromptCache(clock.now);
  const count = (...parts: PromptPart[]) => {
    const { input, read, write, writeForAnHour } = cache.count(parts, model);
    return [input, read, write, writeForAnHour];
  };
  return { clock, cache, count };
}

Deno.test("a prefix up to a point is written once, and read until five minutes after its last use", () => {
  const { clock, count } = cacheOf(sonnet55);
  const prompt = [part("a", 1_000, "5m"), part("b", 50)];
  expect(count(...prompt)).toEqual([50, 0, 1_000, 0]);
  expect(count(...prompt)).toEqual([50, 1_000, 0, 0]);
  clock.advance(299_000);
  expect(count(...prompt)).toEqual([50, 1_000, 0, 0]);
  clock.advance(299_000);
  expect(count(...prompt)).toEqual([50, 1_000, 0, 0]);
  clock.advance(300_000);
  expect(count(...prompt)).toEqual([50, 0, 1_000, 0]);
});

Deno.test("an hour's entry lives for an hour, and is counted apart", () => {
  const { clock, count } = cacheOf(sonnet55);
  const prompt = [part("a", 1_000, "1h"), part("b", 600, "5m"), part("c", 50)];
  expect(count(...prompt)).toEqual([50, 0, 1_600, 1_000]);
  clock.advance(1_800_000);
  expect(count(...prompt)).toEqual([50, 1_000, 600, 0]);
});

Deno.test("below the minimum nothing is cached, and any change before a point misses", () => {
  const { count } = cacheOf(sonnet55);
  expect(count(part("a", 511, "5m"))).toEqual([511, 0, 0, 0]);
  expect(count(part("a", 511, "5m"))).toEqual([511, 0, 0, 0]);
  expect(count(part("b", 512, "5m"))).toEqual([0, 0, 512, 0]);
  expect(count(part("B", 512, "5m"))).toEqual([0, 0, 512, 0]);
  expect(count({ ...part("b", 512, "5m"), place: "system" })).toEqual([0, 0, 512, 0]);
});

Deno.test("Claude looks twenty blocks back for what an earlier point wrote; Nova only at its points", () => {
  for (const [model, read] of [[sonnet55, 2_000], [lite, 0]] as const) {
    const { count } = cacheOf(model);
    expect(count(part("a", 2_000, "5m"), part("b", 10))).toEqual([10, 0, 2_000, 0]);
    const grown = [part("a", 2_000), part("b", 10), part("c", 10, "5m"), part("d", 10)];
    expect(count(...grown)).toEqual([10, read, 2_020 - read, 0]);
  }
  const { count } = cacheOf(sonnet55);
  count(part("a", 2_000, "5m"));
  const between = Array.from({ length: 20 }, (_, at) => part(String(at), 1));
  expect(count(part("a", 2_000), ...between, part("z", 1, "5m"))[1]).toBe(0);
  expect(count(part("a", 2_000), ...between.slice(1), part("y", 1, "5m"))[1]).toBe(2_000);
});

Deno.test("Nova caches at most 20,000 tokens, and models have caches of their own", () => {
  const { cache, count } = cacheOf(lite);
  expect(count(part("a", 15_000, "5m"), part("b", 5_001, "5m"))).toEqual([5_001, 0, 15_000, 0]);
  expect(cache.count([part("a", 15_000, "5m")], served("Nova Pro")).read).toBe(0);
  expect(count(part("a", 15_000, "5m"))).toEqual([0, 15_000, 0, 0]);
  cache.clear();
  expect(count(part("a", 15_000, "5m"))).toEqual([0, 0, 15_000, 0]);
});

Deno.test("a model that caches nothing counts all as input", () => {
  const { count } = cacheOf(served("gpt-oss-20b"));
  expect(count(part("a", 5_000))).toEqual([5_000, 0, 0, 0]);
});
