import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type ApiError, isOutage } from "../api/api_error.ts";

/** In milliseconds; the wait grows up to the second, as long as nothing changes. */
const firstWaitMs = 3_000;
export const longestWaitMs = 60_000;

/** Counts the times that the project came back: after an outage, or with a new session. */
export const returns = signal(0);

/**
 * Tries again by itself what failed because the project was away: as soon as it is known to be back,
 * and otherwise now and then while the page is seen.
 *
 * @param error What the last try failed with; null where it did not.
 */
export function useRetry(error: ApiError | null, retry: () => void): void {
  const latest = useRef(retry);
  latest.current = retry;
  const wait = useRef(firstWaitMs);
  const handled = useRef(returns.value);
  const seen = returns.value;
  useEffect(() => {
    const isBack = seen !== handled.current;
    handled.current = seen;
    if (error === null || isBack) wait.current = firstWaitMs;
    if (error === null || !isOutage(error)) return;
    if (isBack) return latest.current();
    const timer = setInterval(() => document.hidden || latest.current(), wait.current);
    wait.current = Math.min(2 * wait.current, longestWaitMs);
    return () => clearInterval(timer);
  }, [error, seen]);
}
