import { chunkEvent, eventFrame } from "../../stand-in/wire/event_stream.ts";

/** What a streamed answer is made of around its text. */
export interface Surroundings {
  /** Before the text. */
  readonly beginning: readonly Uint8Array[];
  /** After it. */
  readonly end: readonly Uint8Array[];
}

/** Milliseconds between two chunks of a stream. */
export const chunkIntervalMs = 20;
/** Chunks of text of a stream: of five seconds. */
export const chunkCount = 250;
/** Streams that began together would get their chunks together; so they are spread over these. */
const phases = 20;
const phaseMs = chunkIntervalMs / phases;

/**
 * Streams that come as a model writes: a chunk of 3 to 8 tokens every 20 ms. The text of each begins
 * with the time at which it was sent, between `@` and `@`, in microseconds since 1970.
 */
export class PacedStreams {
  readonly #frameOf: (text: string) => Uint8Array;
  readonly #surroundings: Surroundings;
  readonly #open: Set<{ left: number; send: ReadableStreamDefaultController<Uint8Array> }>[];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Phases so far, of which one is due with each millisecond. */
  #phase = 0;
  #startedAt = 0;
  #joined = 0;

  constructor(frameOf: (text: string) => Uint8Array, surroundings: Surroundings) {
    this.#frameOf = frameOf;
    this.#surroundings = surroundings;
    this.#open = Array.from({ length: phases }, () => new Set());
  }

  stream(): ReadableStream<Uint8Array> {
    const phase = this.#open[this.#joined++ % phases]!;
    this.#start();
    let own: { left: number; send: ReadableStreamDefaultController<Uint8Array> } | undefined;
    return new ReadableStream({
      start: (send) => {
        for (const frame of this.#surroundings.beginning) send.enqueue(frame);
        own = { left: chunkCount, send };
        phase.add(own);
      },
      cancel: () => {
        if (own !== undefined) phase.delete(own);
      },
    });
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#phase = 0;
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), phaseMs);
  }

  /** A timer is late on a busy machine, the pace is not. */
  #tick(): void {
    const due = Math.floor((performance.now() - this.#startedAt) / phaseMs);
    for (; this.#phase < due; this.#phase++) this.#send(this.#phase);
    if (this.#open.some(({ size }) => size > 0)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #send(phase: number): void {
    const members = this.#open[phase % phases]!;
    if (members.size === 0) return;
    const frame = this.#frameOf(textOf(phase));
    for (const member of members) {
      member.send.enqueue(frame);
      if (--member.left > 0) continue;
      for (const last of this.#surroundings.end) member.send.enqueue(last);
      member.send.close();
      members.delete(member);
    }
  }
}

/** A time and filling: 12 to 32 characters, which is 3 to 8 tokens. */
function textOf(n: number): string {
  const stamp = `@${Math.round((performance.timeOrigin + performance.now()) * 1000)}@`;
  return `${stamp} ${"word ".repeat(n % 4)}`;
}

/** A chunk of text as InvokeModelWithResponseStream sends it, of the recorded model's format. */
export function invokeFrame(text: string): Uint8Array {
  return eventFrame(chunkEvent({ contentBlockDelta: { delta: { text }, contentBlockIndex: 0 } }));
}

/** A chunk of text as ConverseStream sends it. */
export function converseFrame(text: string): Uint8Array {
  return eventFrame({
    type: "contentBlockDelta",
    payload: { delta: { text }, contentBlockIndex: 0 },
  });
}
