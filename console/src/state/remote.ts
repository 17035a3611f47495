import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { type ApiError, isAbort, toApiError } from "../api/api_error.ts";

/** Something that is loaded: on its way, there, or refused. */
export type Remote<T> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly error: ApiError }
  /** `refreshing`: shown as it was, while it is reloaded. */
  | { readonly state: "ready"; readonly data: T; readonly refreshing: boolean };

/**
 * Loads something when a view appears and whenever its key changes. While the same thing is loaded
 * again, what was there stays; of two loads at once, the later one counts.
 */
export function useRemote<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
): { readonly remote: Remote<T>; readonly reload: () => void } {
  const remote = useSignal<Remote<T>>({ state: "loading" });
  const running = useRef<AbortController | null>(null);
  const latest = useRef(load);
  latest.current = load;

  const reload = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const shown = remote.peek();
    remote.value = shown.state === "ready" ? { ...shown, refreshing: true } : { state: "loading" };
    latest.current(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        remote.value = { state: "ready", data, refreshing: false };
      },
      (error) => {
        if (controller.signal.aborted || isAbort(error)) return;
        remote.value = { state: "failed", error: toApiError(error) };
      },
    );
  }, []);

  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [key]);
  return { remote: remote.value, reload };
}
