import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { requestOf } from "./request_of.ts";
import { writeResponse } from "./write_response.ts";

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
    const response = request === null ? badRequest() : await answer(request);
    await writeResponse(response, outgoing, gone.signal);
  } catch {
    // The answer broke off: so does the connection, after what was written, or the answer would be
    // taken for whole.
    if (outgoing.headersSent) outgoing.socket?.destroySoon();
    else outgoing.destroy();
  }
}

function badRequest(): Response {
  return new Response("Bad request.\n", { status: 400, headers: { connection: "close" } });
}
