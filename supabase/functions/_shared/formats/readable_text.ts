/**
 * The text of an answer as it is shown and stored: Postgres holds no NUL, and neither it nor UTF-8
 * holds half a surrogate pair, so each becomes U+FFFD already here. Otherwise the reader of a
 * stream would see another text than the one that is stored.
 */
export function readableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** The text of one block while it arrives in deltas. */
export class ArrivingText {
  #given = "";
  #held = "";
  #complete = false;

  /** What {@linkcode take} has given so far. */
  get given(): string {
    return this.#given;
  }

  get complete(): boolean {
    return this.#complete;
  }

  add(delta: string): void {
    this.#held += delta;
  }

  /** No more deltas will come. */
  end(): void {
    this.#complete = true;
  }

  /**
   * Gives what can be shown now. The first half of a surrogate pair is held back until the second
   * has come: a stream of JSON may split an escaped pair between two deltas.
   */
  take(): string {
    const until = this.#complete || !endsInHalfPair(this.#held)
      ? this.#held.length
      : this.#held.length - 1;
    const text = readableText(this.#held.slice(0, until));
    this.#held = this.#held.slice(until);
    this.#given += text;
    return text;
  }
}

/**
 * The text of an answer whose blocks may arrive interleaved: it is given in the order of the
 * blocks, so that a block waits for the end of the one before it.
 */
export class ArrivingTexts {
  readonly #texts: ArrivingText[] = [];
  /** The first text that is not complete. */
  #current = 0;

  open(): ArrivingText {
    const text = new ArrivingText();
    this.#texts.push(text);
    return text;
  }

  /** Nothing more will come of any. */
  endAll(): void {
    for (const text of this.#texts) text.end();
  }

  take(): string {
    let taken = "";
    for (; this.#current < this.#texts.length; this.#current++) {
      const text = this.#texts[this.#current]!;
      taken += text.take();
      if (!text.complete) break;
    }
    return taken;
  }
}

function endsInHalfPair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
