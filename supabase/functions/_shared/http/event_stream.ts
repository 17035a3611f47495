import { Alarm } from "../runtime/alarm.ts";
import { crossOriginHeaders } from "./cors.ts";

export const defaultHeartbeatMs = 12_000;

/** One server-sent event; `data` is sent as JSON. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface EventStreamOptions {
  /** Milliseconds of silence after which a comment is sent; {@linkcode defaultHeartbeatMs}. */
  readonly heartbeatMs?: number;
  /** Milliseconds after which a reader that takes nothing counts as disconnected. */
  readonly stalledMs: number;
  /** Called when the reader disconnects; the events should come to their end. */
  readonly onCancel: () => void;
  /** Keeps the instance up until the events have come to their end, with a reader or without. */
  readonly continueInBackground: (work: Promise<void>) => void;
}

const encoder = new TextEncoder();

/**
 * Answers with server-sent events. The head and a comment are sent at once; comments fill longer
 * silences, so that no proxy closes the connection as idle. The next events are requested only when
 * the reader has taken the last, so a slow reader costs no memory. A reader that stalls counts as
 * disconnected, so that the events come to their end.
 *
 * @param events groups that are sent together; reports a failure as an event, and does not throw
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function respondEventStream(
  events: AsyncGenerator<readonly ServerSentEvent[], void, void>,
  options: EventStreamOptions,
): Response {
  const { heartbeatMs = defaultHeartbeatMs, stalledMs, onCancel, continueInBackground } = options;
  let greeted = false;
  const ended = Promise.withResolvers<void>();
  continueInBackground(ended.promise);
  /** Requested, and still pending when the last comment was sent. */
  let awaited: Promise<IteratorResult<readonly ServerSentEvent[], void>> | null = null;

  /** Runs the events to their end. A reader who resumes gets the last of them. */
  const giveUp = () => {
    onCancel();
    awaited = runToEnd(events, awaited);
    awaited.then(() => ended.resolve());
  };

  const stalled = new Alarm(giveUp);
  /** Ends the wait for an event that is slow to come. */
  let endWait = () => {};
  const heartbeat = new Alarm(() => endWait());
  const stopAlarms = () => {
    stalled.stop();
    heartbeat.stop();
  };

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      stalled.lift();
      const send = (bytes: Uint8Array) => {
        controller.enqueue(bytes);
        stalled.set(stalledMs);
      };
      if (!greeted) {
        greeted = true;
        send(encoder.encode(": connected\n\n"));
        return;
      }
      awaited ??= events.next();
      heartbeat.set(heartbeatMs);
      const next = await firstOf(awaited, (end) => endWait = end);
      heartbeat.lift();
      if (next === null) {
        send(encoder.encode(": waiting\n\n"));
        return;
      }
      awaited = null;
      if (!next.done) return send(encodeEvents(next.value));
      stopAlarms();
      ended.resolve();
      controller.close();
    },
    cancel() {
      stopAlarms();
      giveUp();
    },
  }, { highWaterMark: 0 });

  return new Response(body, {
    headers: {
      ...crossOriginHeaders,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      // Tells nginx and similar proxies not to buffer the stream.
      "x-accel-buffering": "no",
    },
  });
}

/**
 * JSON holds no line breaks that end a line of data, but it may hold those of Unicode, at which
 * common readers cut all the same.
 */
function encodeData(data: unknown): string {
  return JSON.stringify(data).replace(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function encodeEvents(events: readonly ServerSentEvent[]): Uint8Array {
  let text = "";
  for (const { event, data } of events) {
    text += `event: ${event}\ndata: ${encodeData(data)}\n\n`;
  }
  return encoder.encode(text);
}

/** What the promise resolves to, or null when the wait is ended before that. */
function firstOf<T>(promise: Promise<T>, onWait: (end: () => void) => void): Promise<T | null> {
  return new Promise((resolve, reject) => {
    onWait(() => resolve(null));
    promise.then(resolve, reject);
  });
}

/** Runs the events to their end without a reader, and returns the last of them. */
async function runToEnd(
  events: AsyncGenerator<readonly ServerSentEvent[], void, void>,
  awaited: Promise<IteratorResult<readonly ServerSentEvent[], void>> | null,
): Promise<IteratorResult<readonly ServerSentEvent[], void>> {
  let last = await (awaited ?? events.next());
  for (let next = last; !next.done; next = await events.next()) last = next;
  return last;
}
