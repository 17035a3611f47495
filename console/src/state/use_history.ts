import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ModelSwitch } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";

const pageSize = 20;

/** The audit log, page by page from its newest entry. */
export function useHistory() {
  const { manage } = useServices();
  const entries = useSignal<readonly ModelSwitch[]>([]);
  const failure = useSignal<ApiError | null>(null);
  const loading = useSignal(true);
  const complete = useSignal(false);
  const version = useSignal<number | null>(null);
  const loads = useRef(0);

  const load = async (before: number | undefined) => {
    const mine = ++loads.current;
    loading.value = true;
    failure.value = null;
    try {
      const { switches, registry_version } = await manage("history", {
        limit: pageSize,
        ...(before !== undefined && { before }),
      });
      if (mine !== loads.current) return;
      entries.value = before === undefined ? switches : [...entries.value, ...switches];
      if (before === undefined) version.value = registry_version;
      complete.value = switches.length < pageSize;
    } catch (error) {
      if (mine === loads.current) failure.value = toApiError(error);
    } finally {
      if (mine === loads.current) loading.value = false;
    }
  };
  return {
    entries: entries.value,
    failure: failure.value,
    loading: loading.value,
    /** The registry's version when the newest entries were read. */
    version: version.value,
    /** Whether the oldest entry is shown. */
    complete: complete.value,
    loadNewest: (): void => void load(undefined),
    loadOlder: (): void => void load(entries.peek().at(-1)?.id),
  };
}
