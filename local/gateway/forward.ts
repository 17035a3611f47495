/** How long a function may take until its answer begins, as on a hosted project. */
const firstByteMs = 150_000;

/**
 * Passes a request on and its answer back, both as they come. When the client goes away, the
 * other side's request ends too.
 */
export async function forward(request: Request, target: {
  readonly origin: string;
  /** Taken off the path. */
  readonly stripPrefix: string;
  /** Answers when nothing listens at the origin, or it ends before it answers. */
  readonly onUnreachable: () => Response;
  readonly onTimeout: () => Response;
}): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of hopByHop) headers.delete(name);
  // Otherwise this side would have to undo the compression before it passes the answer on.
  headers.set("accept-encoding", "identity");

  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), firstByteMs);
  try {
    const response = await fetch(
      `${target.origin}${pathname.slice(target.stripPrefix.length)}${search}`,
      {
        method: request.method,
        headers,
        body: request.body,
        redirect: "manual",
        signal: AbortSignal.any([request.signal, timeout.signal]),
      },
    );
    const { status, statusText, body } = response;
    const answerHeaders = new Headers(response.headers);
    for (const name of hopByHop) answerHeaders.delete(name);
    return new Response(body, { status, statusText, headers: answerHeaders });
  } catch (error) {
    if (timeout.signal.aborted) return target.onTimeout();
    if (request.signal.aborted) return new Response(null, { status: 499 });
    if (error instanceof TypeError) return target.onUnreachable();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** An answer of the gateway itself, readable for browsers of any origin. */
export function refuse(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "access-control-allow-origin": "*" } });
}

/** Headers that concern one connection only. */
const hopByHop = [
  "connection",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
