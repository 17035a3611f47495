import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ModelSwitch } from "../api/manage_actions.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { auditCsv } from "../format/audit_csv.ts";
import { nameOfModel } from "../format/model_state.ts";
import { type Services, useServices } from "../services.ts";
import { saveFile } from "../state/save_file.ts";
import { historyArgs, type HistoryFilter } from "./use_history.ts";

const pageSize = 200;

/** Gives the entries that the filter lets through as a file, all of them, not only those shown. */
export function ExportAudit({ filter }: { filter: HistoryFilter }) {
  const services = useServices();
  const failure = useSignal<ApiError | null>(null);
  const count = useSignal<number | null>(null);
  const save = async () => {
    failure.value = null;
    count.value = 0;
    try {
      const entries = await readAll(services, filter, (read) => count.value = read);
      const models = services.registry.view?.models ?? [];
      const text = auditCsv(entries, (id) => nameOfModel(id, models));
      saveFile("audit-log.csv", "text/csv", text);
    } catch (error) {
      failure.value = toApiError(error);
    } finally {
      count.value = null;
    }
  };
  return (
    <>
      <button type="button" class="button" disabled={count.value !== null} onClick={save}>
        {count.value === null ? "Export as CSV" : `Reading, ${count.value} entries …`}
      </button>
      {failure.value !== null && <ErrorNotice error={failure.value} onRetry={save} />}
    </>
  );
}

async function readAll(
  { manage }: Services,
  filter: HistoryFilter,
  onRead: (count: number) => void,
): Promise<readonly ModelSwitch[]> {
  const entries: ModelSwitch[] = [];
  for (;;) {
    const before = entries.at(-1)?.id;
    const { switches } = await manage("history", {
      ...historyArgs(filter),
      limit: pageSize,
      ...(before === undefined ? {} : { before }),
    });
    entries.push(...switches);
    onRead(entries.length);
    if (switches.length < pageSize) return entries;
  }
}
