import type { ResponseReader } from "./response_reader.ts";

/** Bytes that wait for the consumer, after which no more are read; one piece may go beyond. */
const mostWaiting = 65_536;

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
  /** Tells the consumer that there is something to take. */
  #arrived: (() => void) | null = null;
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
   * @throws What the reading threw, once everything before that has been taken.
   */
  async take(): Promise<readonly Uint8Array[] | null> {
    if (this.#parts.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#arrived = resolve);
    }
    const parts = this.#parts;
    if (parts.length === 0) {
      if (this.#failure !== null) throw this.#failure.error;
      return null;
    }
    this.#parts = [];
    this.#waitingLength = 0;
    this.#taken?.();
    return parts;
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
          await new Promise<void>((resolve) => this.#taken = resolve);
        }
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#ended = true;
    this.#arrived?.();
  }
}
