import { ByteReader, joinBytes } from "../core/byte_reader.ts";

/** When the body of a response is given up. */
export interface ReadingBounds {
  /** Aborted when the call is given up, for whatever reason. */
  readonly signal: AbortSignal;
  /** Most bytes that are read. */
  readonly maxBytes: number;
  /** Called once when there are more. */
  onTooLarge(): void;
}

/**
 * Reads the body of a response, at most so many bytes, until the signal is aborted; then its
 * reader gets an error at once. `fetch` alone does not do that once a body is being read.
 */
export class ResponseReader {
  readonly #reader: ByteReader | null;
  readonly #bounds: ReadingBounds;
  readonly #giveUp: () => void;
  #received = 0;

  constructor(body: ReadableStream<Uint8Array> | null, bounds: ReadingBounds) {
    const reader = body && new ByteReader(body);
    this.#reader = reader;
    this.#bounds = bounds;
    // Ends a read that waits, too. The connection may be gone already.
    this.#giveUp = () => void reader?.cancel().catch(() => {});
    if (bounds.signal.aborted) this.#giveUp();
    else bounds.signal.addEventListener("abort", this.#giveUp, { once: true });
  }

  /**
   * The next bytes; null when there are no more.
   *
   * @throws What the network throws, and when the response was given up.
   */
  async read(): Promise<Uint8Array | null> {
    const { signal, maxBytes, onTooLarge } = this.#bounds;
    const bytes = await this.#reader?.read() ?? null;
    if (signal.aborted) throw new Error("The response was given up.");
    if (bytes === null) {
      signal.removeEventListener("abort", this.#giveUp);
      return null;
    }
    this.#received += bytes.length;
    if (this.#received <= maxBytes) return bytes;
    onTooLarge();
    this.#giveUp();
    throw new Error("The response is too large.");
  }

  /** All that is left. */
  async readAll(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let part = await this.read(); part !== null; part = await this.read()) parts.push(part);
    return joinBytes(parts, this.#received);
  }
}
