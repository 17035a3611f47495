import { AppError } from "../core/app_error.ts";
import { seconds } from "../core/seconds.ts";
import { Alarm } from "../runtime/alarm.ts";

/** How long one call may take, in milliseconds. */
export interface CallLimits {
  /**
   * Until the first byte of the response. It covers the connection too, since `fetch` does not
   * tell them apart. Without streaming, Bedrock sends nothing before the answer is complete.
   */
  readonly firstByteMs: number;
  /** Until the last byte of the response. */
  readonly totalMs: number;
}

/** Watches over one call: its time, and whether the caller still wants it. */
export interface CallGuard {
  /** Aborted when the call is given up. */
  readonly signal: AbortSignal;
  /** Ends the time limit on the first byte. */
  firstByteArrived(): void;
  /** Gives the call up for another reason. */
  giveUp(reason: unknown): void;
  /** Stops watching. To be called in every case, or timers stay behind. */
  stop(): void;
  /** Why the call was given up, if it was. */
  reason(): unknown;
}

/**
 * Starts watching. The call is given up with an {@linkcode AppError} `bedrock_timeout` when a
 * limit passes, and with the caller's own reason when the caller aborts.
 */
export function guardCall(limits: CallLimits, callerSignal?: AbortSignal): CallGuard {
  const controller = new AbortController();
  const giveUp = (reason: unknown) => controller.abort(reason);
  const timeOut = (what: string, ms: number) =>
    giveUp(
      new AppError("bedrock_timeout", `${what} within ${seconds(ms)}.`, {
        hint: "Try again, or use a faster model.",
      }),
    );
  const onCallerAbort = () => giveUp(callerSignal?.reason);
  if (callerSignal?.aborted) onCallerAbort();
  callerSignal?.addEventListener("abort", onCallerAbort, { once: true });

  const { firstByteMs, totalMs } = limits;
  const startedAt = performance.now();
  let waitsForFirstByte = firstByteMs < totalMs;
  const alarm = new Alarm(() =>
    waitsForFirstByte
      ? timeOut("The model did not begin to answer", firstByteMs)
      : timeOut("The model did not finish its answer", totalMs)
  );
  alarm.set(waitsForFirstByte ? firstByteMs : totalMs);
  return {
    signal: controller.signal,
    giveUp,
    firstByteArrived() {
      if (!waitsForFirstByte) return;
      waitsForFirstByte = false;
      alarm.set(totalMs - (performance.now() - startedAt));
    },
    reason: () => controller.signal.reason,
    stop() {
      alarm.stop();
      callerSignal?.removeEventListener("abort", onCallerAbort);
    },
  };
}
