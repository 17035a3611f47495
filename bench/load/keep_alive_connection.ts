import { ByteBuffer } from "./byte_buffer.ts";

/** An answer to one request. */
export interface Exchange {
  readonly status: number;
  readonly body: string;
}

const endOfHead = new TextEncoder().encode("\r\n\r\n");
const endOfLine = new TextEncoder().encode("\r\n");

/**
 * One connection of HTTP/1.1 that is kept. It does what measuring needs and no more, so that the
 * time and the processor are the server's: bytes that are made once are sent as they are, and
 * answers are taken apart by hand.
 */
export class KeepAliveConnection {
  readonly #socket: Deno.TcpConn;
  readonly #received: ByteBuffer;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    this.#received = new ByteBuffer(socket);
  }

  static async open(port: number): Promise<KeepAliveConnection> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    return new KeepAliveConnection(socket);
  }

  /**
   * Sends a request and reads its answer to the end.
   *
   * @param onPart gets each chunk of the answer as it comes
   */
  async exchange(request: Uint8Array, onPart?: (part: string) => void): Promise<Exchange> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#socket.write(request.subarray(sent));
    }
    const head = await this.#received.takeUntil(endOfHead);
    const status = Number(head.slice(9, 12));
    let body = "";
    for await (const part of this.#parts(head.toLowerCase())) {
      body += part;
      onPart?.(part);
    }
    return { status, body };
  }

  close(): void {
    this.#socket.close();
  }

  async *#parts(head: string): AsyncGenerator<string, void> {
    if (head.includes("transfer-encoding: chunked")) {
      for (;;) {
        const length = parseInt(await this.#received.takeUntil(endOfLine), 16);
        if (Number.isNaN(length)) throw new Error("The length of a chunk cannot be read.");
        if (length > 0) yield await this.#received.take(length);
        await this.#received.take(endOfLine.length);
        if (length === 0) return;
      }
    }
    const length = Number(/content-length: *(\d+)/.exec(head)?.[1] ?? NaN);
    if (Number.isNaN(length)) throw new Error("The answer does not say how long it is.");
    if (length > 0) yield await this.#received.take(length);
  }
}
