import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/**
 * The web-standard request of one of `node:http`; null where its path or its `Host` is none.
 *
 * @param signal Aborted when the caller hangs up.
 */
export function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | null {
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
