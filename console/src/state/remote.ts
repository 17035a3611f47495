import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { type ApiError, isAbort, toApiError } from "../api/api_error.ts";
import { useRetry } from "./use_retry.ts";

/** Something that is loaded: on its way, there, or refused. */
export type Remote<T> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly error: ApiError }
  /**
   * `refreshing`: shown as it was, while it is reloaded. `failure`: why the last reload failed, so
   * that what is shown may be out of date.
   */
  | {
    readonly state: "ready";
    readonly data: T;
    readonly refreshing: boolean;
    readonly failure?: ApiError;
  };

/** Why something is not there, or not up to date; null where it is, or is on its way. */
export function failureOf(remote: Remote<unknown>): ApiError | null {
  if (remote.state === "failed") return remote.error;
  return remote.state === "ready" ? remote.failure ?? null : null;
}

/**
 * Loads something when a view appears and whenever its key changes; and again by itself where it
 * failed because the project was away. While the same thing is loaded again, what was there stays;
 * of two loads at once, the later one counts.
 */
export function useRemote<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
): { readonly remote: Remote<T>; readonly reload: () => void } {
  const remote = useSignal<Remote<T>>({ state: "loading" });
  const running = useRef<AbortController | null>(null);
  const latest = useRef(load);
  latest.current = load;
  /** Of what is shown. */
  const shownKey = useRef<string | null>(null);
  const latestKey = useRef(key);
  latestKey.current = key;

  /** @param quietly What is shown stays until the answer is there, a failure too. */
  const reload = useCallback((quietly = false) => {
    const asked = latestKey.current;
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const shown = remote.peek();
    if (shown.state === "ready") remote.value = { ...shown, refreshing: true };
    else if (!quietly) remote.value = { state: "loading" };
    latest.current(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        shownKey.current = asked;
        remote.value = { state: "ready", data, refreshing: false };
      },
      (error) => {
        if (controller.signal.aborted || isAbort(error)) return;
        const failure = toApiError(error);
        const present = remote.peek();
        remote.value = present.state === "ready" && shownKey.current === asked
          ? { ...present, refreshing: false, failure }
          : { state: "failed", error: failure };
      },
    );
  }, []);

  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [key]);
  useRetry(failureOf(remote.value), () => reload(true));
  return { remote: remote.value, reload: () => reload() };
}
