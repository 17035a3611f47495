/**
 * Waits until `ms` milliseconds have passed (null: for ever) or one of the signals is aborted.
 * Never rejects and leaves no timer behind.
 *
 * @returns Whether the time passed.
 */
export function wait(ms: number | null, signals: readonly AbortSignal[]): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", onAbort);
      resolve(passed);
    };
    const onAbort = () => end(false);
    const timer = ms === null ? undefined : setTimeout(() => end(true), ms);
    for (const signal of signals) signal.addEventListener("abort", onAbort);
    if (signals.some((signal) => signal.aborted)) end(false);
  });
}
