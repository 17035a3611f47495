/** Bytes that are read at a time, at most. */
const bufferLength = 16_384;

/**
 * Reads a body piece by piece, with one buffer that goes to the runtime and comes back. Without
 * that, Deno takes a new buffer of 64 KiB for each piece, however small, and clears it first: of a
 * stream of twenty events that was most of the time that it took to read.
 */
export class ByteReader {
  readonly #reader:
    | { readonly kind: "into-buffer"; readonly reader: ReadableStreamBYOBReader }
    | { readonly kind: "plain"; readonly reader: ReadableStreamDefaultReader<Uint8Array> };
  #buffer = new ArrayBuffer(bufferLength);
  #ended = false;

  constructor(body: ReadableStream<Uint8Array>) {
    try {
      this.#reader = { kind: "into-buffer", reader: body.getReader({ mode: "byob" }) };
    } catch {
      // A stream that is not of the runtime's own making takes no buffers.
      this.#reader = { kind: "plain", reader: body.getReader() };
    }
  }

  /**
   * The next bytes, the caller's to keep; null when there are no more. Not to be called again once
   * it has thrown.
   *
   * @throws What the body throws.
   */
  async read(): Promise<Uint8Array | null> {
    if (this.#reader.kind === "plain") return (await this.#reader.reader.read()).value ?? null;
    if (this.#ended) return null;
    const { done, value } = await this.#reader.reader.read(new Uint8Array(this.#buffer));
    // With the end the buffer is gone, too.
    this.#ended = done;
    if (done) return null;
    this.#buffer = value.buffer;
    return value.slice();
  }

  /** Wants no more of the body; a read that waits ends. */
  async cancel(): Promise<void> {
    await this.#reader.reader.cancel();
  }
}

/** Puts parts together that are so many bytes in all. */
export function joinBytes(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
