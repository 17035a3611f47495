import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ModelSwitch, NextRollback } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { useRetry } from "../state/use_retry.ts";
import { mergeNewest, mergeOlder } from "../state/merge_history.ts";

/** Which entries of the audit log are asked for. */
export type HistoryFilter = Omit<ArgumentsOf<"history">, "limit" | "before">;

const pageSize = 20;

/** The entries of the audit log that a filter lets through, page by page from the newest one. */
export function useHistory(filter: HistoryFilter) {
  const { manage } = useServices();
  const entries = useSignal<readonly ModelSwitch[]>([]);
  const failure = useSignal<ApiError | null>(null);
  const running = useSignal(0);
  const complete = useSignal(false);
  const version = useSignal(0);
  const next = useSignal<NextRollback | null>(null);
  const reads = useRef(0);
  const key = JSON.stringify(filter);
  const shownKey = useRef(key);

  const load = async (read: () => Promise<void>) => {
    running.value += 1;
    failure.value = null;
    try {
      await read();
    } catch (error) {
      failure.value = toApiError(error);
    } finally {
      running.value -= 1;
    }
  };
  const loadNewest = () =>
    load(async () => {
      const read = ++reads.current;
      const answer = await manage("history", { ...filter, limit: pageSize });
      // Of two at once, the later one counts.
      if (read !== reads.current) return;
      version.value = answer.registry_version;
      next.value = answer.next_rollback;
      const known = shownKey.current === key ? entries.peek() : [];
      shownKey.current = key;
      const merged = mergeNewest(known, answer.switches);
      if (merged === answer.switches) complete.value = merged.length < pageSize;
      entries.value = merged;
    });
  const loadOlder = () =>
    load(async () => {
      const before = entries.peek().at(-1)?.id;
      if (before === undefined) return;
      const { switches } = await manage("history", { ...filter, limit: pageSize, before });
      // Meanwhile others may be asked for.
      if (shownKey.current !== key) return;
      const merged = mergeOlder(entries.peek(), switches, before);
      if (merged !== entries.peek()) complete.value = switches.length < pageSize;
      entries.value = merged;
    });
  useRetry(failure.value, loadNewest);
  return {
    key,
    entries: entries.value,
    failure: failure.value,
    loading: running.value > 0,
    /** Whether the oldest entry is shown. */
    complete: complete.value,
    /** The registry's version when the newest entries were read; 0 before that. */
    version: version.value,
    /** What the next undo takes back; null where nothing is left. */
    next: next.value,
    loadNewest: (): void => void loadNewest(),
    loadOlder: (): void => void loadOlder(),
  };
}
