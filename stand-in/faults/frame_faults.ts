import { AwsError } from "../wire/aws_error.ts";
import { concat } from "../wire/concat.ts";
import { errorFrame, eventFrame, exceptionFrame, withBadChecksum } from "../wire/event_stream.ts";
import type { CallFaults } from "./call_faults.ts";
import type { FaultOf } from "./fault_rule.ts";

/** A body's frames after the call's faults. */
export interface FaultyFrames {
  readonly frames: readonly Uint8Array[];
  /** Whether the connection breaks after the last of them. */
  readonly reset: boolean;
  /** The exception that the stream carries instead of its end. */
  readonly exception: string | null;
}

/** The exception of a fault. */
export function faultError(fault: FaultOf<"error"> | FaultOf<"exception-frame">): AwsError {
  const { members } = fault;
  return new AwsError(
    fault.exception,
    fault.message,
    fault.kind === "error"
      ? { members, status: fault.status, retryAfterSeconds: fault.retryAfterSeconds }
      : { members },
  );
}

/** Applies the call's faults to the frames of a stream, or to the one part of a plain body. */
export function applyFrameFaults(frames: readonly Uint8Array[], faults: CallFaults): FaultyFrames {
  const unharmed = { frames, reset: false, exception: null };

  const exception = faults.get("exception-frame");
  if (exception !== undefined) {
    return {
      ...unharmed,
      frames: [...frames.slice(0, exception.atFrame), exceptionFrame(faultError(exception))],
      exception: exception.exception,
    };
  }
  const error = faults.get("error-frame");
  if (error !== undefined) {
    const last = errorFrame(error.code, error.message);
    return {
      ...unharmed,
      frames: [...frames.slice(0, error.atFrame), last],
      exception: error.code,
    };
  }
  const checksum = faults.get("bad-checksum");
  if (checksum !== undefined) {
    const spoilt = frames.map((frame, index) =>
      index === checksum.atFrame ? withBadChecksum(frame) : frame
    );
    return { ...unharmed, frames: spoilt };
  }
  const unknown = faults.get("unknown-frame");
  if (unknown !== undefined) {
    const strange = eventFrame({ type: "standInUnknownEvent", payload: { note: "unknown" } });
    return { ...unharmed, frames: frames.toSpliced(unknown.atFrame, 0, strange) };
  }
  const cut = faults.get("cut");
  return cut === undefined
    ? unharmed
    : { ...unharmed, frames: cutFrames(frames, cut), reset: cut.how === "reset" };
}

function cutFrames(frames: readonly Uint8Array[], cut: FaultOf<"cut">): Uint8Array[] {
  if (cut.afterFrames !== undefined) return frames.slice(0, cut.afterFrames);
  const kept: Uint8Array[] = [];
  let left = Math.min(cut.afterBytes ?? 0, concat(frames).byteLength);
  for (const frame of frames) {
    if (left === 0) break;
    const part = frame.slice(0, left);
    kept.push(part);
    left -= part.byteLength;
  }
  return kept;
}
