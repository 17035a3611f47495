import type { ContentBlock } from "../core/content.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { storableText } from "../core/storable_text.ts";

/**
 * What a block shows while it arrives. An `opaque` one shows nothing, and no other waits for it.
 */
export type ArrivingKind =
  | { readonly kind: "text" }
  | { readonly kind: "thinking" }
  | { readonly kind: "tool-use"; readonly id: string; readonly name: string }
  | { readonly kind: "opaque" };

/** One block while it arrives in deltas. */
export class ArrivingBlock {
  readonly #of: ArrivingKind;
  #begun = false;
  #held = "";
  #given = "";
  #decode: (() => ContentBlock[]) | null = null;
  #decoded: readonly ContentBlock[] | null = null;

  constructor(of: ArrivingKind) {
    this.#of = of;
  }

  /** The text that {@linkcode take} has given so far. */
  get given(): string {
    return this.#given;
  }

  /** The blocks that its `block-end` told; null before it. */
  get decoded(): readonly ContentBlock[] | null {
    return this.#decoded;
  }

  /** Whether all of it has come. */
  get ended(): boolean {
    return this.#decode !== null;
  }

  add(delta: string): void {
    this.#held += delta;
  }

  /**
   * No more deltas will come.
   *
   * @param decode Reads the whole block, once everything of it has been given.
   */
  end(decode: () => ContentBlock[]): void {
    this.#decode ??= decode;
  }

  /** Adds what can be shown now to `events`; returns whether the block is over. */
  take(events: ModelEvent[]): boolean {
    if (!this.#begun) {
      this.#begun = true;
      this.#pushStart(events);
    }
    const text = this.#takeText();
    if (text !== "") this.#pushDelta(text, events);
    if (this.#decode === null) return false;
    this.#decoded = this.#decode();
    this.#pushWholeInput(this.#decoded, events);
    events.push({ type: "block-end", blocks: this.#decoded });
    return true;
  }

  /**
   * The first half of a surrogate pair is held back until the second has come: a stream of JSON may
   * split an escaped pair between two deltas.
   */
  #takeText(): string {
    const isWhole = this.#decode !== null || !endsInHalfPair(this.#held);
    const until = isWhole ? this.#held.length : this.#held.length - 1;
    const text = storableText(this.#held.slice(0, until));
    this.#held = this.#held.slice(until);
    this.#given += text;
    return text;
  }

  /** Text has none: it begins with its first words. */
  #pushStart(events: ModelEvent[]): void {
    if (this.#of.kind === "thinking") events.push({ type: "thinking-start" });
    if (this.#of.kind === "tool-use") {
      events.push({ type: "tool-use-start", id: this.#of.id, name: this.#of.name });
    }
  }

  /** A call whose input came in no fragment, of a tool without arguments, has one all the same. */
  #pushWholeInput(decoded: readonly ContentBlock[], events: ModelEvent[]): void {
    if (this.#of.kind !== "tool-use" || this.#given.trim() !== "") return;
    for (const block of decoded) {
      if (block.type === "tool-use") this.#pushDelta(JSON.stringify(block.input), events);
    }
  }

  #pushDelta(text: string, events: ModelEvent[]): void {
    const { kind } = this.#of;
    switch (kind) {
      case "text":
        events.push({ type: "text-delta", text });
        break;
      case "thinking":
        events.push({ type: "thinking-delta", text });
        break;
      case "tool-use":
        events.push({ type: "tool-input-delta", json: text });
        break;
      case "opaque":
        break;
      default:
        kind satisfies never;
    }
  }
}

/**
 * The blocks of an answer, which may arrive interleaved: they are given in their order, so that a
 * block waits for the end of the one before it.
 */
export class ArrivingBlocks {
  readonly #waiting: ArrivingBlock[] = [];

  open(of: ArrivingKind): ArrivingBlock {
    const block = new ArrivingBlock(of);
    if (of.kind !== "opaque") this.#waiting.push(block);
    return block;
  }

  /** What has come since the last call, in order. */
  take(): ModelEvent[] {
    const events: ModelEvent[] = [];
    while (this.#waiting[0]?.take(events)) this.#waiting.shift();
    return events;
  }
}

function endsInHalfPair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
