import type { ModelSwitch } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import type { NameOf } from "../format/describe_columns.ts";
import { describeActor, describeEntry } from "../format/describe_entry.ts";
import { formatMoment } from "../format/time.ts";

/** Entries of the audit log that a second person is still to sign. */
export function UnsignedTable(
  { entries, userId, nameOf, onSign }: {
    entries: readonly ModelSwitch[];
    /** Of the signed-in user, who cannot sign what they did. */
    userId: string;
    nameOf: NameOf;
    onSign: (entry: ModelSwitch) => void;
  },
) {
  return (
    <DataTable
      label="Entries to be signed"
      what="entries"
      class="stacked"
      rows={entries}
      keyOf={({ id }) => String(id)}
      columns={columns(userId, nameOf, onSign)}
      textOf={(entry) => describeEntry(entry, nameOf).what}
      empty="Nothing waits for a signature."
    />
  );
}

function columns(
  userId: string,
  nameOf: NameOf,
  onSign: (entry: ModelSwitch) => void,
): readonly Column<ModelSwitch>[] {
  return [
    {
      name: "Entry",
      kind: "row",
      class: "wide",
      show: (entry) => {
        const { what, details } = describeEntry(entry, nameOf);
        return (
          <>
            <span class="cell-title">{what}</span>
            {entry.approval === "unapproved" && <Badge tone="danger">not approved</Badge>}
            {details.map((text) => <span class="cell-note" key={text}>{text}</span>)}
            {entry.reason !== null && <span class="cell-note">Reason: {entry.reason}</span>}
            <span class="muted cell-note">entry {entry.id}</span>
          </>
        );
      },
    },
    {
      name: "By",
      show: (entry) => (
        <>
          {describeActor(entry, userId)}
          <span class="muted cell-note">{formatMoment(entry.created_at)}</span>
        </>
      ),
      sortBy: ({ created_at }) => created_at,
    },
    {
      name: "Actions",
      kind: "actions",
      show: (entry) =>
        entry.actor_user_id !== userId && (
          <button
            type="button"
            class="button"
            aria-label={`Sign entry ${entry.id}`}
            onClick={() => onSign(entry)}
          >
            Sign
          </button>
        ),
    },
  ];
}
