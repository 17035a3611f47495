import { useSignal } from "@preact/signals";
import type { ModelSwitch } from "../api/manage_actions.ts";
import { describeEntry, describeNext } from "../format/describe_entry.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Back to the state before an entry of the audit log, or before the newest switch in force. */
export function RollbackDialog(
  { entry, version, later, onClose }: {
    /** Null: the newest switch in force. */
    entry: ModelSwitch | null;
    /** The registry's version that the entries were read with. */
    version: number;
    /** The entries that are taken back, newest first; null: not all are known. */
    later: readonly ModelSwitch[] | null;
    onClose: () => void;
  },
) {
  const { manage, registry } = useServices();
  // What is confirmed is what is on the page now: a later change must be looked at first.
  const seen = useSignal({ version, later }).value;
  const nameOf = (id: string | null) => nameOfModel(id, registry.view?.models ?? []);
  const to = entry === null ? {} : { to: entry.id };
  return (
    <ChangeDialog
      title={entry === null ? "Undo the last switch" : `Roll back to before entry ${entry.id}`}
      label={entry === null ? "Undo it" : "Roll back"}
      danger
      change={{ action: "rollback", ...to }}
      perform={async (args) => {
        const { message, next } = await manage("rollback", {
          ...to,
          expected_version: seen.version,
          ...args,
        });
        const further = next === null
          ? "Nothing is left that another rollback could take back."
          : describeNext(next, nameOf);
        return { message: `${message} ${further}`, entries: 0 };
      }}
      onClose={onClose}
    >
      {seen.later === null
        ? (
          <p>
            {entry === null
              ? "The newest switch in force is taken back."
              : "This entry is taken back, and every change after it."}
          </p>
        )
        : <TakenBack entries={seen.later} nameOf={nameOf} />}
      <p class="muted">
        Models are not probed first. What AWS itself ended, settings, roles and scheduled prices
        stay as they are. The rollback is recorded, and can be taken back as well.
      </p>
    </ChangeDialog>
  );
}

function TakenBack(
  { entries, nameOf }: {
    entries: readonly ModelSwitch[];
    nameOf: (id: string | null) => string;
  },
) {
  return (
    <>
      <p>
        {entries.length === 1
          ? "This entry is taken back:"
          : `These ${entries.length} are taken back:`}
      </p>
      <ol class="taken-back" reversed>
        {entries.map((entry) => {
          const { what, details } = describeEntry(entry, nameOf);
          return (
            <li key={entry.id} value={entry.id}>
              {what}
              {details.map((text) => <span class="muted cell-note" key={text}>{text}</span>)}
            </li>
          );
        })}
      </ol>
    </>
  );
}
