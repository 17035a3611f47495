import { type EventFrame, preludeLength, readFrame, readFrameLength } from "./event_frame.ts";

/** Finds the frames in the bytes of an event stream, however the network has split them. */
export class FrameSplitter {
  /** The frame that is arriving: first its prelude alone, then all of it. */
  #frame = new Uint8Array(preludeLength);
  #filled = 0;
  #lengthKnown = false;

  /** Whether a frame has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#filled > 0;
  }

  /**
   * Yields the frames that `bytes` complete, each before the next is looked at.
   *
   * @throws {AppError} `bedrock_stream_corrupt`
   */
  *split(bytes: Uint8Array): Generator<EventFrame, void> {
    for (let at = 0; at < bytes.length;) {
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
      const frame = readFrame(this.#frame);
      this.#frame = new Uint8Array(preludeLength);
      this.#filled = 0;
      this.#lengthKnown = false;
      yield frame;
    }
  }
}
