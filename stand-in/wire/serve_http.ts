import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** Milliseconds within which the headers of a request must have come, and the whole request. */
export interface ReceiveLimits {
  readonly headersMs: number;
  readonly requestMs: number;
}

export const defaultReceiveLimits: ReceiveLimits = { headersMs: 10_000, requestMs: 60_000 };

/** Milliseconds that a connection is kept open between two requests. */
const keepAliveMs = 75_000;

/** Most connections at once; more are closed. */
export const mostConnections = 2_000;

export interface HttpServer {
  readonly port: number;
  /** Stops listening, cuts every connection, and resolves when the port is free. */
  close(): Promise<void>;
}

export interface ServeHttpOptions {
  /** Where to listen; 127.0.0.1. */
  readonly hostname?: string;
  /** 0 is any free port. */
  readonly port: number;
  /** {@linkcode defaultReceiveLimits}. */
  readonly limits?: ReceiveLimits;
}

type Answer = (request: Request) => Response | Promise<Response>;

/**
 * Serves HTTP/1.1 as `Deno.serve` does, with limits on what is received: a caller who sends half a
 * request, or one byte now and then, is answered with 408 and cut off. The time that an answer
 * takes has no limit.
 *
 * The hosted runtime's Deno, on which tests start the stand-in too, has no such limits.
 *
 * @throws {Deno.errors.AddrInUse} when the port is taken.
 */
export async function serveHttp(options: ServeHttpOptions, answer: Answer): Promise<HttpServer> {
  const { hostname = "127.0.0.1", port, limits = defaultReceiveLimits } = options;
  if (Deno.version.deno.startsWith("2.1.")) return serveWithoutLimits(hostname, port, answer);
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs / 4),
  }, (incoming, outgoing) => void respond(incoming, outgoing, answer));
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once(
      "error",
      (error: Error & { code?: string }) =>
        reject(error.code === "EADDRINUSE" ? new Deno.errors.AddrInUse(error.message) : error),
    );
    server.listen(port, hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serveWithoutLimits(hostname: string, port: number, answer: Answer): HttpServer {
  const closing = new AbortController();
  const server = Deno.serve({ hostname, port, signal: closing.signal, onListen() {} }, answer);
  return {
    port: server.addr.port,
    async close() {
      closing.abort();
      await server.finished;
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: Answer,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  try {
    const request = requestOf(incoming, gone.signal);
    await write(request === null ? badRequest() : await answer(request), outgoing, gone.signal);
  } catch {
    // The answer broke off: so does the connection, after what was written, or the answer would be
    // taken for whole.
    if (outgoing.headersSent) outgoing.socket?.destroySoon();
    else outgoing.destroy();
  }
}

/** Null: its path or its `Host` is none. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | null {
  const { method = "GET", url = "/", headers } = incoming;
  const address = url.startsWith("/") ? `http://${headers.host ?? "localhost"}${url}` : url;
  if (!URL.canParse(address)) return null;
  const hasBody = method !== "GET" && method !== "HEAD" &&
    (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
  return new Request(address, {
    method,
    headers: headersOf(headers),
    signal,
    ...(hasBody && { body: bodyOf(incoming) }),
  });
}

function headersOf(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}

/** The body as it comes. Cancelled, the rest is dropped, so that the answer still arrives. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let isDropped = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      incoming.pause();
      incoming.on("data", (chunk: Uint8Array) => {
        if (isDropped) return;
        controller.enqueue(new Uint8Array(chunk));
        incoming.pause();
      });
      incoming.once("end", () => isDropped || controller.close());
      const fail = () => {
        if (!incoming.complete && !isDropped) controller.error(new Error("the request broke off"));
        isDropped = true;
      };
      incoming.once("error", fail);
      incoming.once("close", fail);
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      isDropped = true;
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}

async function write(
  response: Response,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  outgoing.statusCode = response.status;
  if (response.statusText !== "") outgoing.statusMessage = response.statusText;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  const { body } = response;
  if (body === null || outgoing.req.method === "HEAD") {
    await body?.cancel();
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  const reader = body.getReader();
  const leave = () => void reader.cancel().catch(() => {});
  gone.addEventListener("abort", leave, { once: true });
  // The caller may have hung up before there was an answer.
  if (gone.aborted) leave();
  let written = 0;
  for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) {
    if (gone.aborted) return;
    written += next.value.byteLength;
    if (!outgoing.write(next.value)) await drained(outgoing, gone);
  }
  const announced = response.headers.get("content-length");
  if (announced !== null && Number(announced) !== written) {
    throw new RangeError("the body is short");
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) return resolve();
    outgoing.once("drain", () => resolve());
    gone.addEventListener("abort", () => resolve(), { once: true });
  });
}

function badRequest(): Response {
  return new Response("Bad request.\n", { status: 400, headers: { connection: "close" } });
}
