import { expect } from "@std/expect";
import type { CacheMark } from "../../../../../supabase/functions/_shared/core/content.ts";
import {
  fitCacheMarks,
  type Prompt,
} from "../../../../../supabase/functions/_shared/formats/cache_marks.ts";
import type { Capabilities } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import { text } from "./blocks.ts";
import { claudeCapabilities } from "./capable_models.ts";

type Caching = NonNullable<Capabilities["caching"]>;

const caching: Caching = { ...claudeCapabilities.caching as Caching, min_tokens: 100 };
const long = "word ".repeat(100);
const brief: CacheMark = { ttl: null };
const hour: CacheMark = { ttl: "1h" };

/** Tools, system blocks and messages of one block each, long, with these marks. */
function prompt(
  { tools = [], system = [], messages = [undefined] }: {
    tools?: (CacheMark | undefined)[];
    system?: (CacheMark | undefined)[];
    messages?: (CacheMark | undefined)[];
  },
  said = long,
): Prompt {
  const marked = <T>(part: T, cache: CacheMark | undefined) => ({
    ...part,
    ...(cache && { cache }),
  });
  return {
    tools: tools.length === 0 ? null : {
      tools: tools.map((mark, nth) =>
        marked({ name: `t${nth}`, description: said, inputSchema: { type: "object" } }, mark)
      ),
      choice: null,
      parallel: true,
      names: new Map(),
    },
    system: system.map((mark) => marked(text(said), mark)),
    messages: messages.map((mark, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      blocks: [marked(text(said), mark)],
    })),
  };
}

/** The marks of a prompt, in its order. */
function marksOf({ tools, system, messages }: Prompt) {
  const parts = [...tools?.tools ?? [], ...system, ...messages.flatMap(({ blocks }) => blocks)];
  return parts.map((part) => "cache" in part ? part.cache : undefined);
}

const fit = (asked: Parameters<typeof prompt>[0], rules: Partial<Caching> = {}) =>
  marksOf(fitCacheMarks(prompt(asked), { ...caching, ...rules }));

Deno.test("fitCacheMarks() marks the end of the system prompt and of the history by itself", () => {
  const four = { system: [undefined, undefined], messages: [undefined, undefined, undefined] };
  expect(fit(four)).toEqual([undefined, brief, undefined, brief, undefined]);
  expect(fit({ system: [undefined] })).toEqual([brief, undefined]);
  expect(fit(four, { automatic: false })).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(fit(four, { places: ["messages"] })).toEqual([
    undefined,
    undefined,
    undefined,
    brief,
    undefined,
  ]);
});

Deno.test("fitCacheMarks() marks nothing that is too short to be cached", () => {
  const short = prompt({ system: [undefined], messages: [undefined, undefined, undefined] }, "Hi");
  expect(marksOf(fitCacheMarks(short, caching))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  // What comes before counts: tools, then the system prompt.
  const both = { tools: [undefined], system: [undefined] };
  expect(fit(both, { min_tokens: 200 })).toEqual([undefined, brief, undefined]);
  expect(fit({ system: [undefined] }, { min_tokens: 200 })).toEqual([undefined, undefined]);
});

Deno.test("fitCacheMarks() adds none of its own to the caller's", () => {
  expect(fit({ system: [undefined], messages: [brief, undefined, undefined] }))
    .toEqual([undefined, brief, undefined, undefined]);
});

Deno.test("fitCacheMarks() drops marks where the model has no caching, or not there", () => {
  const everywhere = { tools: [brief], system: [brief], messages: [brief] };
  expect(marksOf(fitCacheMarks(prompt(everywhere), undefined)))
    .toEqual([undefined, undefined, undefined]);
  expect(fit(everywhere, { places: ["system", "messages"] })).toEqual([undefined, brief, brief]);
});

Deno.test("fitCacheMarks() keeps the first of tools and system, and the last of the messages", () => {
  const many = {
    tools: [brief, brief],
    system: [brief],
    messages: [brief, brief, brief, brief, undefined],
  };
  expect(fit(many)).toEqual([
    brief,
    brief,
    undefined,
    undefined,
    undefined,
    brief,
    brief,
    undefined,
  ]);
  expect(fit({ system: [brief], messages: [brief, brief, brief, brief] }))
    .toEqual([brief, undefined, brief, brief, brief]);
});

Deno.test("fitCacheMarks() lets no longer time follow a shorter one", () => {
  expect(fit({ tools: [hour], system: [brief], messages: [hour] })).toEqual([hour, brief, brief]);
  expect(fit({ tools: [hour], system: [{ ttl: "5m" }] })).toEqual([hour, brief, undefined]);
  // A model with one time only has no word for it.
  expect(fit({ system: [hour] }, { ttls: ["5m"] })).toEqual([brief, undefined]);
});

Deno.test("fitCacheMarks() never marks reasoning, nor the inside of a tool's result", () => {
  const inside: Prompt = {
    tools: null,
    system: [text(long)],
    messages: [{
      role: "user",
      blocks: [{
        type: "tool-result",
        toolUseId: "a",
        content: [{ ...text(long), cache: brief }],
        isError: false,
        cache: brief,
      }],
    }],
  };
  const [message] = fitCacheMarks(inside, caching).messages;
  expect(message?.blocks).toEqual([{
    type: "tool-result",
    toolUseId: "a",
    content: [text(long)],
    isError: false,
    cache: brief,
  }]);
});
