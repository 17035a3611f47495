import type { ServerSentEvent } from "../core/server_sent_event.ts";
import type { AnswerStream } from "../dialects/dialect.ts";
import { respondEventStream } from "../http/event_stream.ts";
import { whenGone } from "../http/when_gone.ts";
import { readerStallMs } from "../runs/reader_stall.ts";
import type { RunEvent, RunOutcome, RunStart } from "../runs/run_event.ts";

/** A call whose answer is streamed. */
export interface StreamedCall {
  /** Runs it; what has come is kept where the signal is aborted. */
  readonly run: (gone: AbortSignal) => AsyncIterable<readonly RunEvent[]>;
  /** Enters its end in the ledger. */
  readonly settle: (outcome: RunOutcome) => Promise<void>;
  readonly stream: AnswerStream;
  /** The answer's head; the start is null where the model is not chosen yet. */
  readonly headers: (start: RunStart | null) => Readonly<Record<string, string>>;
  /** The answer to a run that failed before any head was sent. */
  readonly refuse: (outcome: RunOutcome & { kind: "failed" }) => Response;
  /** Told why an answer could not be written to its end, which is no error of the model's. */
  readonly reportFault: (error: unknown) => void;
  readonly silenceMs: number;
  readonly continueInBackground: (work: Promise<void>) => void;
}

type Events = AsyncGenerator<readonly ServerSentEvent[], void, void>;

/** What the events of an answer and the sending of its head tell each other. */
interface Head {
  /** From then on a failure is told in the stream. */
  isSent: boolean;
  start: RunStart | null;
  /** Why there is no answer; null where there is one. */
  failed: RunOutcome & { kind: "failed" } | null;
}

/**
 * Streams the answer to a call. The status stays open until a model has begun to answer, so that a
 * failure before that is one of HTTP. A model that is silent for longer gets the head and the
 * dialect's ping: proxies and clients give up sooner than slow models speak. A client who leaves
 * stops the run.
 *
 * @param hungUp aborted when the client has left
 */
export async function streamCall(call: StreamedCall, hungUp: AbortSignal): Promise<Response> {
  const { stream, silenceMs, continueInBackground } = call;
  const gone = whenGone(hungUp);
  const head: Head = { isSent: false, start: null, failed: null };
  const events = answerEvents(call, gone.signal, head);
  const first = events.next();
  continueInBackground(first.then(() => {}, () => {}));
  const begun = await firstWithin(first, silenceMs, () => head.isSent = true);
  if (head.failed !== null && begun?.done) return call.refuse(head.failed);
  head.isSent = true;
  const response = respondEventStream(begun === null ? resumed(first, events) : events, {
    opening: begun === null ? stream.ping() : begun.value ?? [],
    heartbeat: () => stream.ping(),
    heartbeatMs: silenceMs,
    headers: call.headers(head.start),
    stalledMs: readerStallMs,
    onCancel: gone.leave,
    continueInBackground,
  });
  // Nothing would read it, and its end has to be in the ledger.
  if (hungUp.aborted) await response.body?.cancel();
  return response;
}

/**
 * The answer's events. What comes before a model begins to answer is not shown: it may be of one that
 * then fails. The last are written when the call is in the ledger. What cannot be written breaks the
 * stream off, but not before that: it is paid for.
 */
async function* answerEvents(
  { run, settle, stream, reportFault }: StreamedCall,
  gone: AbortSignal,
  head: Head,
): Events {
  let fault: { readonly error: unknown } | null = null;
  for await (const group of run(gone)) {
    const from = head.start === null
      ? group.findIndex(({ type }) => type === "start" || type === "stop")
      : 0;
    if (from < 0) continue;
    const [first] = group.slice(from);
    if (first?.type === "start") head.start = first.start;
    const last = group.at(-1);
    if (last?.type === "stop") {
      await settle(last.outcome);
      if (last.outcome.kind === "failed" && !head.isSent) {
        head.failed = last.outcome;
        return;
      }
    }
    if (fault !== null) continue;
    try {
      const written = stream.write(group.slice(from));
      if (written.length > 0) yield written;
    } catch (error) {
      fault = { error };
      reportFault(error);
    }
  }
  if (fault !== null) throw fault.error;
}

/** What the promise resolves to, or null where that takes longer. */
async function firstWithin<T>(
  promise: Promise<T>,
  ms: number,
  onLate: () => void,
): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve(null);
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Events of which the first are requested already. */
async function* resumed(
  first: Promise<IteratorResult<readonly ServerSentEvent[], void>>,
  rest: Events,
): Events {
  const { done, value } = await first;
  if (done || value === undefined) return;
  yield value;
  yield* rest;
}
