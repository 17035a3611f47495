import { AppError } from "../core/app_error.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { seconds } from "../core/seconds.ts";
import type { StreamDecoder } from "../formats/stream_decoder.ts";
import { truncatedStream } from "../formats/stream_fault.ts";
import { Alarm } from "../runtime/alarm.ts";
import { toBedrockError } from "./bedrock_error.ts";
import type { CallGuard } from "./call_guard.ts";
import { FrameSplitter } from "./frame_splitter.ts";
import type { StreamLimits } from "./model_stream.ts";
import type { OpenStream } from "./open_stream.ts";
import { readStreamEvent } from "./stream_event.ts";

/** How the reading of a stream ended. */
export type StreamEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "broken"; readonly error: unknown }
  /** The consumer wanted no more of it. */
  | { readonly kind: "left" };

/** What reading a stream takes besides the stream. */
export interface StreamReading {
  readonly decoder: StreamDecoder;
  readonly modelId: string;
  readonly guard: CallGuard;
  readonly limits: StreamLimits;
  /** Milliseconds that passed before the headers came. */
  readonly waitedMs: number;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Called once, before the consumer sees the end. */
  readonly onEnd: (end: StreamEnd) => void;
}

/** Once the answer has ended, how long the end of its connection is waited for, in milliseconds. */
const closingMs = 1_000;
const closingIsOver = new Error("The answer has ended, but its connection stays open.");

/**
 * Reads a stream to its end and yields its events: all that have come since the consumer last asked.
 * The time that the consumer takes is not counted as silence.
 *
 * @throws see `events` of {@linkcode ModelStream}
 */
export async function* readEvents(
  { body, kind }: OpenStream,
  { decoder, modelId, guard, limits, waitedMs, now, onEnd }: StreamReading,
): AsyncGenerator<readonly ModelEvent[], void> {
  const splitter = new FrameSplitter();
  let end: StreamEnd = { kind: "left" };
  let hasBegun = false;
  /** The first words of an answer wait for none behind them. */
  let hasGivenWords = false;
  let patienceMs = limits.firstEventMs - waitedMs;
  const alarm = new Alarm(giveUpWaiting);
  // A consumer that hangs up in the middle does not come back to end this.
  guard.signal.addEventListener("abort", () => alarm.stop(), { once: true });
  try {
    while (true) {
      const since = now();
      alarm.set(Math.max(0, patienceMs));
      let parts: readonly Uint8Array[] | null;
      try {
        parts = await body.take(hasGivenWords);
      } catch (error) {
        parts = endOfBody(error);
      }
      alarm.lift();
      if (parts === null) break;
      patienceMs -= now() - since;
      if (guard.signal.aborted) throw guard.reason();
      const failure = decode(parts);
      const events = decoder.take();
      if (events.length > 0) {
        hasGivenWords ||= events.some(isWord);
        yield events;
      }
      if (failure !== null) throw guard.signal.aborted ? guard.reason() : failure.error;
    }
    if (splitter.isInsideFrame || !decoder.ended) throw truncatedStream();
    end = { kind: "complete" };
  } catch (error) {
    end = { kind: "broken", error };
    throw error;
  } finally {
    alarm.stop();
    onEnd(end);
  }

  /** Decodes all whole frames, up to the first that cannot be read; null where all can. */
  function decode(parts: readonly Uint8Array[]): { readonly error: unknown } | null {
    let hasFrame = false;
    try {
      for (const part of parts) {
        splitter.split(part, (frame) => {
          decoder.push(readStreamEvent(frame, kind, modelId));
          hasFrame = true;
        });
      }
    } catch (error) {
      return { error };
    } finally {
      hasBegun ||= hasFrame;
      if (hasFrame) patienceMs = decoder.ended ? closingMs : idleMs();
    }
    return null;
  }

  function idleMs(): number {
    return decoder.isComposing ? limits.composingIdleMs : limits.idleMs;
  }

  /** What a body that breaks tells: null where the answer has ended all the same. */
  function endOfBody(error: unknown): null {
    // Whatever broke after the call was given up, broke because of that.
    if (guard.reason() === closingIsOver) return null;
    if (guard.signal.aborted) throw guard.reason();
    // How the connection ends is of no matter once the answer has.
    if (decoder.ended) return null;
    throw hasBegun ? truncatedStream(error) : toBedrockError(error, modelId);
  }

  function giveUpWaiting(): void {
    if (decoder.ended) return guard.giveUp(closingIsOver);
    const message = hasBegun
      ? `The model sent nothing in the middle of its answer for ${seconds(idleMs())}.`
      : `The model did not begin to answer within ${seconds(limits.firstEventMs)}.`;
    guard.giveUp(
      new AppError("bedrock_timeout", message, { hint: "Try again, or use a faster model." }),
    );
  }
}

function isWord({ type }: ModelEvent): boolean {
  return type === "text-delta" || type === "tool-input-delta";
}
