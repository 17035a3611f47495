import { AppError } from "../core/app_error.ts";
import { describeCauses, type Log } from "../runtime/log.ts";
import { crossOriginHeaders } from "./cors.ts";
import { shownError } from "./respond.ts";

export interface JsonLinesOptions {
  readonly contentType: string;
  readonly requestId: string;
  readonly log: Log;
}

const encoder = new TextEncoder();

/**
 * Answers with one JSON object a line, as they come: the next is asked for only when the reader has
 * taken the last, so a slow reader costs no memory. A reader who leaves ends them. What fails on the
 * way is logged, and is the last line: `{"type": "error", "code", "request_id"}`.
 *
 * @throws what is thrown before the first line, for an answer that is an error
 */
export async function respondJsonLines(
  lines: AsyncGenerator<object, void, void>,
  { contentType, requestId, log }: JsonLinesOptions,
): Promise<Response> {
  const first = await lines.next();
  if (first.done) throw new AppError("internal_error");
  let held: object | null = first.value;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (line: object) =>
        controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      if (held !== null) {
        send(held);
        held = null;
        return;
      }
      try {
        const next = await lines.next();
        if (!next.done) return send(next.value);
      } catch (error) {
        const { code } = shownError(error);
        log("request-failed", { request_id: requestId, code, detail: describeCauses(error) });
        send({ type: "error", code, request_id: requestId });
      }
      controller.close();
    },
    async cancel() {
      await lines.return();
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: {
      ...crossOriginHeaders,
      "cache-control": "no-store, no-transform",
      "content-type": contentType,
      // Tells nginx and similar proxies not to buffer the stream.
      "x-accel-buffering": "no",
    },
  });
}
