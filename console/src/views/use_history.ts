import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ModelSwitch } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { useRetry } from "../state/use_retry.ts";
import { mergeNewest, mergeOlder } from "../state/merge_history.ts";

const pageSize = 20;

/** The audit log, page by page from its newest entry. */
export function useHistory() {
  const { manage } = useServices();
  const entries = useSignal<readonly ModelSwitch[]>([]);
  const failure = useSignal<ApiError | null>(null);
  const running = useSignal(0);
  const complete = useSignal(false);
  const version = useSignal(0);
  const reads = useRef(0);

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
      const answer = await manage("history", { limit: pageSize });
      // Of two at once, the later one counts.
      if (read !== reads.current) return;
      version.value = answer.registry_version;
      const merged = mergeNewest(entries.peek(), answer.switches);
      if (merged === answer.switches) complete.value = merged.length < pageSize;
      entries.value = merged;
    });
  const loadOlder = () =>
    load(async () => {
      const before = entries.peek().at(-1)?.id;
      if (before === undefined) return;
      const { switches } = await manage("history", { limit: pageSize, before });
      const merged = mergeOlder(entries.peek(), switches, before);
      if (merged !== entries.peek()) complete.value = switches.length < pageSize;
      entries.value = merged;
    });
  useRetry(failure.value, loadNewest);
  return {
    entries: entries.value,
    failure: failure.value,
    loading: running.value > 0,
    /** Whether the oldest entry is shown. */
    complete: complete.value,
    /** The registry's version when the newest entries were read; 0 before that. */
    version: version.value,
    loadNewest: (): void => void loadNewest(),
    loadOlder: (): void => void loadOlder(),
  };
}
