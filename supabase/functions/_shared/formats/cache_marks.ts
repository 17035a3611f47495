import type { CacheMark, ContentBlock, TextBlock } from "../core/content.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import type { PreparedTools } from "./model_format.ts";
import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";
import { tokensOfBlock, tokensOfTool } from "./token_estimate.ts";

/** What a model reads, in the order in which it caches it. */
export interface Prompt {
  readonly tools: PreparedTools | null;
  readonly system: readonly TextBlock[];
  readonly messages: readonly ReplayableMessage[];
}

type Caching = NonNullable<Capabilities["caching"]>;

/** A place where a mark may stand. */
interface Slot {
  readonly place: Caching["places"][number];
  readonly mark: CacheMark | undefined;
  /** Up to here, by estimate. */
  readonly tokens: number;
}

/**
 * Fits cache marks to the row of a model. The caller's are kept as far as the model takes them;
 * where there are none and the row says so, one is set after the system prompt and one at the end of
 * the history.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function fitCacheMarks(prompt: Prompt, caching: Caching | undefined): Prompt {
  const marks = caching === undefined ? [] : marksFor(slotsOf(prompt), prompt, caching);
  return withMarks(prompt, marks);
}

function slotsOf({ tools, system, messages }: Prompt): readonly Slot[] {
  let tokens = 0;
  const slot = (place: Slot["place"], mark: CacheMark | undefined, more: number): Slot => {
    tokens += more;
    return { place, mark, tokens };
  };
  return [
    ...(tools?.tools ?? []).map((tool) => slot("tools", tool.cache, tokensOfTool(tool))),
    ...system.map((block) => slot("system", block.cache, tokensOfBlock(block))),
    ...messages.flatMap(({ blocks }) =>
      blocks.map((block) => slot("messages", markOf(block), tokensOfBlock(block)))
    ),
  ];
}

type Marks = readonly (CacheMark | undefined)[];

function marksFor(slots: readonly Slot[], prompt: Prompt, caching: Caching): Marks {
  const isAsked = slots.some(({ mark }) => mark !== undefined);
  const asked = isAsked || !caching.automatic
    ? slots.map(({ mark }) => mark)
    : automaticMarks(slots, prompt);
  const taken = slots.map(({ place, tokens }, index) =>
    caching.places.includes(place) && tokens >= caching.min_tokens ? asked[index] : undefined
  );
  return fallingTtls(atMost(taken, slots, caching.max_points), caching);
}

function automaticMarks(slots: readonly Slot[], { messages }: Prompt): Marks {
  const endOfSystem = slots.findLastIndex(({ place }) => place === "system");
  const asked = messages.at(-1)?.blocks.length ?? 0;
  const endOfHistory = slots.length - asked - 1;
  const hasHistory = messages.length > 1;
  return slots.map((_slot, index) =>
    index === endOfSystem || (hasHistory && index === endOfHistory) ? { ttl: null } : undefined
  );
}

/** Of too many, the first of tools and system prompt, and the last of the messages. */
function atMost(marks: Marks, slots: readonly Slot[], most: number): Marks {
  const marked = slots.flatMap(({ place }, index) => marks[index] ? [{ place, index }] : []);
  const prefix = marked.filter(({ place }) => place !== "messages");
  const messages = marked.filter(({ place }) => place === "messages");
  const kept = Math.min(prefix.length, Math.max(Math.floor(most / 2), most - messages.length));
  const last = Math.min(messages.length, most - kept);
  const chosen = new Set(
    [...prefix.slice(0, kept), ...messages.slice(messages.length - last)].map(({ index }) => index),
  );
  return marks.map((mark, index) => chosen.has(index) ? mark : undefined);
}

/** A longer time may not follow a shorter one. A model with one time has no word for it. */
function fallingTtls(marks: Marks, { ttls }: Caching): Marks {
  let mayBeLong = ttls.includes("1h") && ttls.length > 1;
  return marks.map((mark) => {
    if (mark === undefined) return undefined;
    mayBeLong &&= mark.ttl === "1h";
    return { ttl: mayBeLong ? "1h" : null };
  });
}

function withMarks({ tools, system, messages }: Prompt, marks: Marks): Prompt {
  const next = marks[Symbol.iterator]();
  const marked = <Part extends { readonly cache?: CacheMark }>(part: Part): Part => {
    const { cache: _cache, ...rest } = part;
    const mark = next.next().value;
    // The rest is the part itself, which the compiler does not know of a generic one.
    return { ...rest, ...(mark && { cache: mark }) } as Part;
  };
  return {
    tools: tools && { ...tools, tools: tools.tools.map(marked) },
    system: system.map(marked),
    messages: messages.map((message) => ({ ...message, blocks: message.blocks.map(markedBlock) })),
  };

  function markedBlock(block: ReplayableBlock): ReplayableBlock {
    switch (block.type) {
      case "thinking":
      case "redacted-thinking":
        next.next();
        return block;
      case "tool-result":
        return marked({ ...block, content: block.content.map(unmarked) });
      default:
        return marked(block);
    }
  }
}

/** A mark stands after a whole result, not within it. */
function unmarked<Part extends ReplayableBlock & { readonly cache?: CacheMark }>(part: Part): Part {
  const { cache: _cache, ...rest } = part;
  return rest as Part;
}

function markOf(block: ContentBlock): CacheMark | undefined {
  return "cache" in block ? block.cache : undefined;
}
