const decoder = new TextDecoder();

/** Bytes that have come over a socket and have not been taken yet. */
export class ByteBuffer {
  readonly #socket: Deno.TcpConn;
  #bytes = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** The next `length` bytes, as text. */
  async take(length: number): Promise<string> {
    while (this.#end - this.#start < length) await this.#fill();
    return this.#cut(this.#start + length);
  }

  /** Everything before `mark`, as text; the mark is taken off too. */
  async takeUntil(mark: Uint8Array): Promise<string> {
    for (let from = this.#start;;) {
      const at = this.#find(mark, from);
      if (at >= 0) {
        const text = this.#cut(at);
        this.#start += mark.length;
        return text;
      }
      // Filling may move the bytes to the front.
      const checked = Math.max(0, this.#end - this.#start - mark.length + 1);
      await this.#fill();
      from = this.#start + checked;
    }
  }

  #cut(end: number): string {
    const text = decoder.decode(this.#bytes.subarray(this.#start, end));
    this.#start = end;
    return text;
  }

  #find(mark: Uint8Array, from: number): number {
    for (let at = from; at + mark.length <= this.#end; at++) {
      let matched = 0;
      while (matched < mark.length && this.#bytes[at + matched] === mark[matched]) matched++;
      if (matched === mark.length) return at;
    }
    return -1;
  }

  async #fill(): Promise<void> {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#end === this.#bytes.length) {
      const kept = this.#bytes.subarray(this.#start, this.#end);
      if (kept.length > this.#bytes.length / 2) {
        this.#bytes = new Uint8Array(this.#bytes.length * 2);
      }
      this.#bytes.set(kept);
      this.#end = kept.length;
      this.#start = 0;
    }
    const read = await this.#socket.read(this.#bytes.subarray(this.#end));
    if (read === null) throw new Error("The server closed the connection.");
    this.#end += read;
  }
}
