import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ModelSwitch, NextRollback } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { useRetry } from "../state/use_retry.ts";
import { mergeNewest, mergeOlder } from "../state/merge_history.ts";

/** Which entries of the audit log are asked for. */
export interface HistoryFilter
  extends Omit<ArgumentsOf<"history">, "limit" | "before" | "of_action"> {
  /** One action, or several with commas between them. */
  readonly of_action?: string;
}

/** The filter as it is sent. */
export function historyArgs({ of_action: actions, ...filter }: HistoryFilter) {
  return { ...filter, ...(actions !== undefined && { of_action: actions.split(",") }) };
}

const pageSize = 20;

type Part = "newest" | "older";

/** The entries of the audit log that a filter lets through, page by page from the newest one. */
export function useHistory(filter: HistoryFilter) {
  const { manage } = useServices();
  const entries = useSignal<readonly ModelSwitch[]>([]);
  const failure = useSignal<{ readonly error: ApiError; readonly of: Part } | null>(null);
  const running = useSignal(0);
  const complete = useSignal(false);
  const version = useSignal(0);
  const next = useSignal<NextRollback | null>(null);
  const reads = useRef(0);
  const key = JSON.stringify(filter);
  const shownKey = useRef(key);

  /** @param isCurrent Whether a failure still counts. */
  const load = async (of: Part, read: () => Promise<void>, isCurrent: () => boolean) => {
    running.value += 1;
    failure.value = null;
    try {
      await read();
    } catch (error) {
      if (isCurrent()) failure.value = { error: toApiError(error), of };
    } finally {
      running.value -= 1;
    }
  };
  const loadNewest = () => {
    const read = ++reads.current;
    // Of two at once, the later one counts.
    const isCurrent = () => read === reads.current;
    // The entries of another filter are no answer to this one.
    if (shownKey.current !== key) entries.value = [];
    shownKey.current = key;
    return load("newest", async () => {
      const answer = await manage("history", { ...historyArgs(filter), limit: pageSize });
      if (!isCurrent()) return;
      version.value = answer.registry_version;
      next.value = answer.next_rollback;
      const merged = mergeNewest(entries.peek(), answer.switches);
      if (merged === answer.switches) complete.value = merged.length < pageSize;
      entries.value = merged;
    }, isCurrent);
  };
  const loadOlder = () => {
    // Meanwhile others may be asked for.
    const isCurrent = () => shownKey.current === key;
    return load("older", async () => {
      const before = entries.peek().at(-1)?.id;
      if (before === undefined) return;
      const { switches } = await manage("history", {
        ...historyArgs(filter),
        limit: pageSize,
        before,
      });
      if (!isCurrent()) return;
      const merged = mergeOlder(entries.peek(), switches, before);
      if (merged !== entries.peek()) complete.value = switches.length < pageSize;
      entries.value = merged;
    }, isCurrent);
  };
  const retry = () => failure.peek()?.of === "older" ? loadOlder() : loadNewest();
  useRetry(failure.value?.error ?? null, retry);
  return {
    key,
    entries: entries.value,
    failure: failure.value?.error ?? null,
    loading: running.value > 0,
    /** Whether the oldest entry is shown. */
    complete: complete.value,
    /** The registry's version when the newest entries were read; 0 before that. */
    version: version.value,
    /** What the next undo takes back; null where nothing is left. */
    next: next.value,
    loadNewest: (): void => void loadNewest(),
    loadOlder: (): void => void loadOlder(),
    /** Loads again what could not be loaded. */
    retry: (): void => void retry(),
  };
}
