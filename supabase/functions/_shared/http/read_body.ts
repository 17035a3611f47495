import { AppError } from "../core/app_error.ts";
import { joinBytes } from "../core/byte_reader.ts";

/**
 * Most bytes of a request body that anyone may send: 32,000 characters as two `\uXXXX` escapes each,
 * and a margin. More is read where {@linkcode LargeBodies} admits it.
 */
export const maxBodyBytes = 512 * 1024;

/** Milliseconds within which a body must have come: the largest at 280 kbit/s. */
export const bodyTimeoutMs = 15_000;

/** Bodies that are larger, of callers who may send them. */
export interface LargeBodies {
  readonly maxBytes: number;
  /** Milliseconds within which the rest of such a body must have come. */
  readonly timeoutMs: number;
  /** Called once, before more than {@linkcode maxBodyBytes} are read; refuses by throwing. */
  readonly admit: () => Promise<void>;
}

/** The largest body with media, and the time that the rest of it has to come. */
export const largestBody: Omit<LargeBodies, "admit"> = {
  // Bedrock takes 25,000,000 bytes, with the system prompt and the history.
  maxBytes: 24_000_000,
  timeoutMs: 45_000,
};

/**
 * Bytes beyond the limit that are read of a body that is too large: a caller who is answered while
 * still sending may never see the answer.
 */
const bytesPastLimit = 2 * maxBodyBytes;

/**
 * Reads a request's body. Counts the bytes as they come, so that a body without a `content-length`,
 * or with a false one, cannot fill the memory, and limits the time, so that a body that never ends
 * cannot hold the request.
 *
 * @throws {AppError} `body_too_large`, `request_timeout`, and `client_disconnected` when the body
 * ends before its time
 */
export async function readBody(
  request: Request,
  timeoutMs: number,
  large: LargeBodies | undefined,
): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  // Not with `for await`, which takes twice as long as all else here.
  const reader = request.body?.getReader();
  const deadline = new Deadline(() => reader?.cancel().catch(() => {}), timeoutMs);
  let limit = maxBodyBytes;
  try {
    if (announced > limit + bytesPastLimit) {
      limit = await admit(announced, deadline, large);
    }
    const body = new GrowingBytes(Math.min(announced, limit));
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      const length = body.length + next.value.length;
      if (length > limit && limit === maxBodyBytes && large !== undefined) {
        limit = await admit(length, deadline, large);
      }
      if (length > limit + bytesPastLimit) throw tooLarge(limit);
      body.add(next.value, length <= limit);
    }
    if (deadline.isOver) {
      throw new AppError("request_timeout", undefined, {
        hint: `Send the body within ${deadline.ms / 1000} seconds.`,
      });
    }
    if (body.length > limit) throw tooLarge(limit);
    return body.whole();
  } catch (error) {
    // The connection may be gone already.
    reader?.cancel().catch(() => {});
    throw error instanceof AppError
      ? error
      : new AppError("client_disconnected", undefined, { cause: error });
  } finally {
    deadline.stop();
  }
}

/** Admits a large body, and gives it its time; the limit that holds from then on. */
async function admit(
  length: number,
  deadline: Deadline,
  large: LargeBodies | undefined,
): Promise<number> {
  if (large === undefined) throw tooLarge(maxBodyBytes);
  if (length > large.maxBytes + bytesPastLimit) throw tooLarge(large.maxBytes);
  deadline.stop();
  await large.admit();
  deadline.start(large.timeoutMs);
  return large.maxBytes;
}

/** Ends a read that waits for too long. */
class Deadline {
  readonly #end: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  ms = 0;
  isOver = false;

  constructor(end: () => void, ms: number) {
    this.#end = end;
    this.start(ms);
  }

  start(ms: number): void {
    this.ms = ms;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#end();
    }, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Bytes that come in parts: in one place from the start, where their number is announced. */
class GrowingBytes {
  readonly #place: Uint8Array;
  #parts: Uint8Array[] = [];
  #inPlace = 0;
  /** Of all that were added, kept or not. */
  length = 0;

  constructor(announced: number) {
    this.#place = new Uint8Array(Number.isSafeInteger(announced) && announced > 0 ? announced : 0);
  }

  add(part: Uint8Array, keep: boolean): void {
    this.length += part.length;
    if (!keep) return;
    if (this.#parts.length === 0 && this.length <= this.#place.length) {
      this.#place.set(part, this.#inPlace);
      this.#inPlace += part.length;
    } else {
      this.#parts.push(part);
    }
  }

  whole(): Uint8Array {
    const begun = this.#place.subarray(0, this.#inPlace);
    return this.#parts.length === 0 ? begun : joinBytes([begun, ...this.#parts], this.length);
  }
}

function tooLarge(bytes: number): AppError {
  return new AppError("body_too_large", `The request body is larger than ${bytes} bytes.`);
}
