import { createHash } from "node:crypto";
import type { ServedModel } from "../models/served_model.ts";
import type { CacheTtl } from "./asked_part.ts";
import { type PromptPart, tokensOf } from "./prompt_parts.ts";

/** The tokens of one prompt, each counted once. */
export interface CountedInput {
  /** Neither read from the cache nor written to it. */
  readonly input: number;
  readonly read: number;
  readonly write: number;
  /** The part of `write` that is kept for an hour. */
  readonly writeForAnHour: number;
}

/** A prompt that meets no cache. */
export function countUncached(parts: readonly PromptPart[]): CountedInput {
  return { input: tokensOf(parts), read: 0, write: 0, writeForAnHour: 0 };
}

interface Entry {
  readonly ttl: CacheTtl;
  /** Milliseconds, by the cache's clock. */
  expiresAt: number;
}

const lifetimes: Readonly<Record<CacheTtl, number>> = { "5m": 300_000, "1h": 3_600_000 };

/** A prefix of a prompt, up to and including one part. */
interface Prefix {
  readonly hash: string;
  /** Of the whole prefix. */
  readonly tokens: number;
  readonly point: CacheTtl | null;
}

/** What each model has cached: prefixes of prompts, by a clock. */
export class PromptCache {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  /** @param now Milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a prompt: what it reads, which lives on from now, and what it writes. */
  count(parts: readonly PromptPart[], model: ServedModel): CountedInput {
    const rules = model.caching;
    if (rules === null || parts.every(({ cache }) => cache === undefined)) {
      return countUncached(parts);
    }
    const prefixes = prefixesOf(parts, model);
    const total = prefixes.at(-1)?.tokens ?? 0;
    const points = prefixes.flatMap(({ point, tokens }, index) =>
      point !== null && tokens >= rules.minTokens && tokens <= (rules.maxTokens ?? Infinity)
        ? [{ index, point, tokens }]
        : []
    );
    const read = this.#longestHit(prefixes, points.map(({ index }) => index), rules.lookBack);
    const written = points.filter(({ tokens }) => tokens > read);
    for (const { index, point } of written) this.#store(prefixes[index], point);
    const end = written.at(-1)?.tokens ?? read;
    const hour = written.findLast(({ point }) => point === "1h")?.tokens ?? read;
    return {
      input: total - end,
      read,
      write: end - read,
      writeForAnHour: hour - read,
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Tokens of the longest cached prefix at a point, or shortly before one. */
  #longestHit(
    prefixes: readonly Prefix[],
    points: readonly number[],
    lookBack: number,
  ): number {
    for (const point of points.toReversed()) {
      for (let index = point; index >= Math.max(0, point - lookBack); index -= 1) {
        const prefix = prefixes[index];
        const entry = this.#live(prefix?.hash ?? "");
        if (prefix === undefined || entry === undefined) continue;
        entry.expiresAt = this.#now() + lifetimes[entry.ttl];
        return prefix.tokens;
      }
    }
    return 0;
  }

  #live(hash: string): Entry | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(hash);
    return undefined;
  }

  #store(prefix: Prefix | undefined, ttl: CacheTtl): void {
    if (prefix === undefined) return;
    this.#entries.set(prefix.hash, { ttl, expiresAt: this.#now() + lifetimes[ttl] });
  }
}

function prefixesOf(parts: readonly PromptPart[], model: ServedModel): Prefix[] {
  let hash = model.id;
  let tokens = 0;
  return parts.map((part) => {
    hash = createHash("sha256").update(`${hash} ${part.place} ${part.key()}`).digest("hex");
    tokens += part.tokens;
    return { hash, tokens, point: part.cache ?? null };
  });
}
