import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ModelSwitch } from "../api/manage_actions.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Loading } from "../components/loading.tsx";
import { ScrollTable } from "../components/scroll_table.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { useServices } from "../services.ts";
import { useHistory } from "./use_history.ts";
import { RollbackDialog } from "../switching/rollback_dialog.tsx";
import { AuditRow } from "./audit_row.tsx";
import { VerifyHistory } from "./verify_history.tsx";

/** Who changed what, whether the record is whole, and the way back. */
export function AuditView({ userId }: { userId: string }) {
  const { registry } = useServices();
  const history = useHistory();
  const { entries, failure, loading, complete, loadNewest, loadOlder } = history;
  const chosen = useSignal<ModelSwitch | null>(null);
  const { view } = registry;

  // Another operator's change belongs on top of what is shown.
  useEffect(() => loadNewest(), [view]);

  return (
    <>
      <ViewHeading title="Audit log" tools={<VerifyHistory />}>
        Every change of models and assistants, however it was made. A rollback takes back a change
        and all that came after it, and is recorded, too.
      </ViewHeading>
      {entries.length > 0 && (
        <ScrollTable label="Audit log, newest first" class="stacked">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">By</th>
              <th scope="col">Probe</th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <AuditRow
                key={entry.id}
                entry={entry}
                userId={userId}
                models={registry.view?.models ?? []}
                onRollBack={() => chosen.value = entry}
              />
            ))}
          </tbody>
        </ScrollTable>
      )}
      {failure !== null && (
        <ErrorNotice
          error={failure}
          onRetry={entries.length === 0 ? loadNewest : loadOlder}
        />
      )}
      {loading && entries.length === 0 && <Loading what="the audit log" />}
      {!loading && failure === null && entries.length === 0 && (
        <p class="empty">Nothing was changed yet.</p>
      )}
      {entries.length > 0 && failure === null &&
        (complete ? <p class="muted">This is the beginning of the log.</p> : (
          <button
            type="button"
            class="button"
            disabled={loading}
            onClick={loadOlder}
          >
            {loading ? "Loading …" : "Older entries"}
          </button>
        ))}
      {chosen.value !== null && (
        <RollbackDialog
          entry={chosen.value}
          version={history.version}
          later={entries.filter(({ id }) => id >= chosen.value!.id)}
          onClose={() => chosen.value = null}
        />
      )}
    </>
  );
}
