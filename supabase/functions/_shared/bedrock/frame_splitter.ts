import { type EventFrame, FrameReader, preludeLength, readFrameLength } from "./event_frame.ts";

/** Finds the frames in the bytes of an event stream, however the network has split them. */
export class FrameSplitter {
  readonly #reader = new FrameReader();
  /** The frame that is arriving: first its prelude alone, then all of it. */
  #frame = new Uint8Array(preludeLength);
  #filled = 0;
  #lengthKnown = false;

  /** Whether a frame has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#filled > 0;
  }

  /**
   * Gives the frames that `bytes` complete, each before the next is looked at.
   *
   * @throws {AppError} `bedrock_stream_corrupt`
   */
  split(bytes: Uint8Array, give: (frame: EventFrame) => void): void {
    for (let at = 0; at < bytes.length;) {
      const whole = this.#filled === 0 ? wholeFrame(bytes.subarray(at)) : null;
      if (whole !== null) {
        at += whole.length;
        give(this.#reader.read(whole));
        continue;
      }
      const part = bytes.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#frame.length) return;
      if (!this.#lengthKnown) {
        const prelude = this.#frame;
        this.#frame = new Uint8Array(readFrameLength(prelude));
        this.#frame.set(prelude);
        this.#lengthKnown = true;
        continue;
      }
      const frame = this.#reader.read(this.#frame);
      this.#frame = new Uint8Array(preludeLength);
      this.#filled = 0;
      this.#lengthKnown = false;
      give(frame);
    }
  }
}

/** The frame that `bytes` begin with, without copying it; null when it is not all there. */
function wholeFrame(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < preludeLength) return null;
  const length = readFrameLength(bytes.subarray(0, preludeLength));
  return bytes.length < length ? null : bytes.subarray(0, length);
}
