import { Alarm } from "../runtime/alarm.ts";
import type { ResponseReader } from "./response_reader.ts";

/** Bytes that wait for the consumer, after which no more are read; one piece may go beyond. */
const mostWaiting = 65_536;

/** A pause that ends a burst, in milliseconds; a busy instance notices it later. */
const pauseMs = 1;

/**
 * A part belongs to a burst if it comes within so many pauses after what was taken last; each burst
 * that had but one part takes one off, so that a stream of single parts is soon never held up.
 */
const burstPauses = 3;

/** Times that a burst is waited for at most, before what has come is given. */
const mostWaits = 8;

/**
 * Reads a response a little ahead of its consumer, so that a consumer slower than the network gets
 * all that came meanwhile at once, and has that much less to do.
 */
export class ReadAhead {
  readonly #response: Pick<ResponseReader, "read">;
  #parts: Uint8Array[] = [];
  #waitingLength = 0;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  /** When the consumer last took something, by the clock. */
  #takenAt = 0;
  /** How long the last pause was waited for, in milliseconds; before the first, any is short. */
  #waitedMs = Infinity;
  #burstPauses = burstPauses;
  /** Tells the consumer that there is something to take. */
  #arrived: (() => void) | null = null;
  /** Tells the consumer that nothing more is collected. */
  #collected: (() => void) | null = null;
  readonly #alarm = new Alarm(() => this.#collected?.());
  /** Tells the reading that there is room again. */
  #taken: (() => void) | null = null;

  constructor(response: Pick<ResponseReader, "read">) {
    this.#response = response;
    void this.#read();
  }

  /**
   * What has come since the last time, at least one part; null at the end. Not to be called again
   * before it has resolved.
   *
   * @param collects Whether a part that follows the last ones at once may wait for those behind it,
   * for a moment: the network gives the parts of a burst one by one. One that comes alone never waits,
   * nor does the end.
   * @throws What the reading threw, once everything before that has been taken.
   */
  async take(collects = false): Promise<readonly Uint8Array[] | null> {
    if (this.#parts.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#arrived = resolve);
    }
    if (collects) await this.#collect();
    const parts = this.#parts;
    if (parts.length === 0) {
      if (this.#failure !== null) throw this.#failure.error;
      return null;
    }
    this.#parts = [];
    this.#waitingLength = 0;
    this.#takenAt = performance.now();
    this.#taken?.();
    return parts;
  }

  async #collect(): Promise<void> {
    if (performance.now() - this.#takenAt >= this.#burstPauses * this.#waitedMs) return;
    const first = this.#parts.length;
    let come = 0;
    for (let waits = 0; waits < mostWaits && this.#mayGrow && this.#parts.length > come; waits++) {
      const since = performance.now();
      come = this.#parts.length;
      this.#alarm.set(pauseMs);
      await new Promise<void>((resolve) => this.#collected = resolve);
      this.#alarm.lift();
      this.#waitedMs = performance.now() - since;
    }
    if (this.#mayGrow && this.#parts.length === first) this.#burstPauses--;
  }

  get #mayGrow(): boolean {
    return !this.#ended && this.#waitingLength < mostWaiting;
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const part = await this.#response.read();
        if (part === null) break;
        this.#parts.push(part);
        this.#waitingLength += part.length;
        this.#arrived?.();
        if (this.#waitingLength >= mostWaiting) {
          this.#collected?.();
          await new Promise<void>((resolve) => this.#taken = resolve);
        }
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#ended = true;
    this.#arrived?.();
    this.#collected?.();
    this.#alarm.stop();
  }
}
