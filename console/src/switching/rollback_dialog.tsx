import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ModelSwitch } from "../api/manage_actions.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Loading } from "../components/loading.tsx";
import { Notice } from "../components/notice.tsx";
import { describeEntry } from "../format/describe_entry.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";

type Step =
  | { readonly kind: "confirm" }
  | { readonly kind: "working" }
  | { readonly kind: "done"; readonly message: string }
  | { readonly kind: "failed"; readonly error: ApiError };

/** Back to the state before an entry of the audit log. */
export function RollbackDialog(
  { entry, version, later, onClose }: {
    entry: ModelSwitch;
    /** The registry's version that the entries were read with. */
    version: number;
    /** The entries that are taken back, this one included, newest first. */
    later: readonly ModelSwitch[];
    onClose: () => void;
  },
) {
  const { manage, registry } = useServices();
  const step = useSignal<Step>({ kind: "confirm" });
  // What is confirmed is what is on the page now: a later change must be looked at first.
  const seen = useSignal({ version, later }).value;

  const rollBack = async () => {
    step.value = { kind: "working" };
    try {
      const { message } = await manage("rollback", {
        to: entry.id,
        expected_version: seen.version,
      });
      await registry.load();
      step.value = { kind: "done", message };
    } catch (failure) {
      step.value = { kind: "failed", error: toApiError(failure) };
      registry.load();
    }
  };

  const shown = step.value;
  const busy = shown.kind === "working";
  return (
    <Dialog
      title={`Roll back to before entry ${entry.id}`}
      step={shown.kind}
      busy={busy}
      onClose={onClose}
      actions={shown.kind === "confirm" || busy
        ? (
          <>
            <button
              type="button"
              class="button"
              disabled={busy}
              onClick={onClose}
            >
              Cancel
            </button>
            <button
              type="button"
              class="button button-danger"
              disabled={busy}
              onClick={rollBack}
            >
              Roll back
            </button>
          </>
        )
        : <button type="button" class="button" onClick={onClose}>Close</button>}
    >
      {shown.kind === "confirm" && <Confirm later={seen.later} />}
      {shown.kind === "working" && <Loading what="the state before" />}
      {shown.kind === "done" && (
        <div role="status">
          <Notice tone="ok" title={shown.message}>
            <p>
              The rollback is the log's newest entry, and can be taken back as well.
            </p>
          </Notice>
        </div>
      )}
      {shown.kind === "failed" && <ErrorNotice error={shown.error} />}
    </Dialog>
  );
}

function Confirm({ later }: { later: readonly ModelSwitch[] }) {
  const models = useServices().registry.view?.models ?? [];
  return (
    <>
      <p>
        {later.length === 1 ? "This entry is taken back:" : `These ${later.length} are taken back:`}
      </p>
      <ol class="taken-back" reversed>
        {later.map((entry) => {
          const { what, from, to } = describeEntry(entry, (id) => nameOfModel(id, models));
          return (
            <li key={entry.id} value={entry.id}>
              {what}
              {from !== null && to !== null && <span class="muted cell-note">{to} → {from}</span>}
            </li>
          );
        })}
      </ol>
      <p class="muted">
        Models are not probed first. What AWS itself ended, and the settings, stay as they are.
      </p>
    </>
  );
}
