import { RawData, type ServerSentEvent } from "../core/server_sent_event.ts";
import { Alarm } from "../runtime/alarm.ts";
import { crossOriginHeaders } from "./cors.ts";

export const defaultHeartbeatMs = 12_000;

export interface EventStreamOptions {
  /** What is sent at once; by default, and where it is empty, a comment. */
  readonly opening?: readonly ServerSentEvent[];
  /** Milliseconds of silence after which the heartbeat is sent; {@linkcode defaultHeartbeatMs}. */
  readonly heartbeatMs?: number;
  /** What fills a silence; by default, and where it is empty, a comment. */
  readonly heartbeat?: () => readonly ServerSentEvent[];
  /** Of the answer, besides its own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds after which a reader that takes nothing counts as disconnected. */
  readonly stalledMs: number;
  /** Called when the reader disconnects; the events should come to their end. */
  readonly onCancel: () => void;
  /** Keeps the instance up until the events have come to their end, with a reader or without. */
  readonly continueInBackground: (work: Promise<void>) => void;
}

const encoder = new TextEncoder();

/**
 * Answers with server-sent events. The head and the opening are sent at once; heartbeats fill longer
 * silences, so that no proxy closes the connection as idle. The next events are requested only when
 * the reader has taken the last, so a slow reader costs no memory. A reader that stalls counts as
 * disconnected, so that the events come to their end.
 *
 * @param events groups that are sent together; reports a failure as an event. One that throws breaks
 * the stream off.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function respondEventStream(
  events: AsyncGenerator<readonly ServerSentEvent[], void, void>,
  options: EventStreamOptions,
): Response {
  const { opening = [], heartbeatMs = defaultHeartbeatMs, heartbeat = () => [] } = options;
  const { stalledMs, onCancel, continueInBackground, headers = {} } = options;
  let greeted = false;
  const ended = Promise.withResolvers<void>();
  continueInBackground(ended.promise);
  /** Requested, and still pending when the last heartbeat was sent. */
  let awaited: Promise<IteratorResult<readonly ServerSentEvent[], void>> | null = null;

  /** Runs the events to their end. A reader who resumes gets the last of them. */
  const giveUp = () => {
    onCancel();
    awaited = runToEnd(events, awaited);
    awaited.then(() => ended.resolve(), () => ended.resolve());
  };

  const stalled = new Alarm(giveUp);
  /** Ends the wait for an event that is slow to come. */
  let endWait = () => {};
  const silence = new Alarm(() => endWait());
  const stopAlarms = () => {
    stalled.stop();
    silence.stop();
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
        send(encodeEvents(opening, "connected"));
        return;
      }
      awaited ??= events.next();
      silence.set(heartbeatMs);
      const next = await firstOf(awaited, (end) => endWait = end).catch((error) => {
        stopAlarms();
        ended.resolve();
        throw error;
      });
      silence.lift();
      if (next === null) {
        send(encodeEvents(heartbeat(), "waiting"));
        return;
      }
      awaited = null;
      if (!next.done) return send(encodeEvents(next.value, "waiting"));
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
      ...headers,
    },
  });
}

/**
 * JSON holds no line breaks that end a line of data, but it may hold those of Unicode, at which
 * common readers cut all the same.
 */
function encodeData(data: unknown): string {
  if (data instanceof RawData) return data.text;
  return JSON.stringify(data).replace(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** @param comment sent where there are no events */
function encodeEvents(events: readonly ServerSentEvent[], comment: string): Uint8Array {
  let text = events.length === 0 ? `: ${comment}\n\n` : "";
  for (const { event, data } of events) {
    if (event !== null) text += `event: ${event}\n`;
    text += `data: ${encodeData(data)}\n\n`;
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
