import { wait } from "./wait.ts";
import { concat } from "./concat.ts";

/** A part of a body that is written at once. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Frames whose last byte has been written with this piece. */
  readonly framesDone: number;
}

export interface WriteOptions {
  /** Milliseconds before each piece but the first. */
  readonly paceMs: number;
  /** A further wait before the piece with this frame; by default none. */
  readonly pause?: { readonly beforeFrame: number; readonly ms: number } | null;
  /** Aborted when the stand-in closes. */
  readonly closing: AbortSignal;
  /** Called once, when everything is written or the caller has hung up. */
  readonly onEnd: (end: { framesSent: number; clientDisconnected: boolean }) => void;
}

/** A body that is written piece by piece, as the caller takes it. */
export function writeBody(
  pieces: readonly Piece[],
  { paceMs, pause = null, closing, onEnd }: WriteOptions,
): ReadableStream<Uint8Array> {
  const hungUp = new AbortController();
  let next = 0;
  let framesSent = 0;
  let paused = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (paceMs > 0 && next > 0 && next < pieces.length) {
        if (!await wait(paceMs, [hungUp.signal, closing])) return;
      }
      if (pause !== null && !paused && framesSent >= pause.beforeFrame) {
        paused = true;
        if (!await wait(pause.ms, [hungUp.signal, closing])) return;
      }
      const piece = pieces[next++];
      if (piece === undefined) {
        controller.close();
        onEnd({ framesSent, clientDisconnected: false });
        return;
      }
      framesSent = piece.framesDone;
      controller.enqueue(piece.bytes);
    },
    cancel() {
      hungUp.abort();
      onEnd({ framesSent, clientDisconnected: !closing.aborted });
    },
  }, { highWaterMark: 0 });
}

/** Lays frames out for writing: one piece each, or pieces of `fragment` bytes across frames. */
export function piecesOf(frames: readonly Uint8Array[], fragment?: number): Piece[] {
  if (fragment === undefined) {
    return frames.map((bytes, index) => ({ bytes, framesDone: index + 1 }));
  }
  const all = concat(frames);
  let end = 0;
  const ends = frames.map((frame) => end += frame.byteLength);
  return Array.from({ length: Math.ceil(all.byteLength / fragment) }, (_, index) => {
    const until = Math.min(all.byteLength, (index + 1) * fragment);
    return {
      bytes: all.slice(index * fragment, until),
      framesDone: ends.filter((frameEnd) => frameEnd <= until).length,
    };
  });
}
