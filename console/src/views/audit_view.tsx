import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ModelSwitch, NextRollback } from "../api/manage_actions.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Loading } from "../components/loading.tsx";
import { ScrollTable } from "../components/scroll_table.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import {
  describeActor,
  describeEntry,
  describeNext,
  isRolledBack,
} from "../format/describe_entry.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import { addressOf, routeParameters } from "../state/route.ts";
import { RollbackDialog } from "../switching/rollback_dialog.tsx";
import { useUserId } from "../switching/undo.ts";
import { AuditFilters, filterOf } from "./audit_filters.tsx";
import { AuditRow } from "./audit_row.tsx";
import { ExportAudit } from "./export_audit.tsx";
import { useHistory } from "./use_history.ts";
import { usePeople } from "./use_people.ts";
import { VerifyHistory } from "./verify_history.tsx";

/** What is rolled back: to before an entry, or the newest switch in force. */
type Chosen = { readonly entry: ModelSwitch | null };

/** Who changed what, why, whether the record is whole, and the way back. */
export function AuditView() {
  const { registry } = useServices();
  const userId = useUserId();
  const filter = filterOf(routeParameters.value);
  const history = useHistory(filter);
  const { entries, failure, loading, complete, loadNewest, loadOlder, retry } = history;
  const people = usePeople();
  const chosen = useSignal<Chosen | null>(null);
  const { view } = registry;
  const isNarrowed = Object.keys(filter).length > 0;
  const actorOf = (entry: ModelSwitch) => describeActor(entry, userId);
  const nameOf = (id: string | null) => nameOfModel(id, view?.models ?? []);

  // Filtered, not every later entry is known; and of the newest switch, only its main entry.
  const takenBack = (entry: ModelSwitch | null) => {
    if (isNarrowed) return null;
    if (entry !== null) return entries.filter((each) => each.id >= entry.id && isRolledBack(each));
    const newest = entries.find(({ id }) => id === history.next?.id);
    return newest === undefined ? null : [newest];
  };

  // Another operator's change belongs on top of what is shown.
  useEffect(() => loadNewest(), [view, history.key]);

  return (
    <>
      <ViewHeading
        title="Audit log"
        tools={
          <>
            <ExportAudit filter={filter} />
            <VerifyHistory />
          </>
        }
      >
        Every change of models, assistants and settings, and of roles by address. A rollback takes
        back a change of models or assistants and all such changes after it, and is recorded, too.
      </ViewHeading>
      <AuditFilters
        key={history.key}
        filter={filter}
        people={people}
        onChange={(parameters) => location.hash = addressOf("audit", parameters)}
      />
      {history.next !== null && (
        <NextUndo
          next={history.next}
          nameOf={nameOf}
          outdated={history.version < (view?.version ?? 0)}
          onUndo={() => chosen.value = { entry: null }}
        />
      )}
      {entries.length > 0 && (
        <ScrollTable label="Audit log, newest first" class="stacked">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Reason</th>
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
                description={describeEntry(entry, nameOf)}
                actor={actorOf(entry)}
                onRollBack={() => chosen.value = { entry }}
              />
            ))}
          </tbody>
        </ScrollTable>
      )}
      {failure !== null && <ErrorNotice error={failure} onRetry={retry} />}
      {loading && entries.length === 0 && <Loading what="the audit log" />}
      {!loading && failure === null && entries.length === 0 && (
        <p class="empty">
          {isNarrowed
            ? "No entry matches. Show all, or search for less."
            : "Nothing was changed yet."}
        </p>
      )}
      {entries.length > 0 && failure === null &&
        (complete
          ? (
            <p class="muted">
              {isNarrowed ? "No older entry matches." : "This is the beginning of the log."}
            </p>
          )
          : (
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
          entry={chosen.value.entry}
          version={history.version}
          later={takenBack(chosen.value.entry)}
          onClose={() => chosen.value = null}
        />
      )}
    </>
  );
}

/** What the next undo takes back, and taking it back. */
function NextUndo(
  { next, outdated, nameOf, onUndo }: {
    next: NextRollback;
    /** Whether the registry is known to have changed since: then an undo would be refused. */
    outdated: boolean;
    nameOf: (modelId: string | null) => string;
    onUndo: () => void;
  },
) {
  return (
    <div class="panel-tools next-undo">
      <p class="muted">{describeNext(next, nameOf)}</p>
      <button type="button" class="button" disabled={outdated} onClick={onUndo}>
        Undo the last switch
      </button>
    </div>
  );
}
