import { useSignal } from "@preact/signals";
import type { Erasure, LegalHold, ListedAssistant } from "../api/manage_actions.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeErased, describeHold, describeProgress } from "../format/describe_erasure.ts";
import { peopleActions } from "../format/describe_people_entry.ts";
import { formatCount } from "../format/numbers.ts";
import { formatDate, formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { addressOf } from "../state/route.ts";
import {
  EraseDialog,
  ExportDialog,
  HoldDialog,
  RemoveHoldDialog,
  RetentionDialog,
} from "../switching/people_dialogs.tsx";
import { useReloads } from "./use_reloads.ts";

type Chosen =
  | { readonly kind: "erase" | "export" | "hold" }
  | { readonly kind: "remove"; readonly hold: LegalHold }
  | { readonly kind: "retention"; readonly assistant: ListedAssistant };

/** What is stored of users: kept under legal holds, for a time, exported and erased. */
export function PeopleView() {
  const { manage, registry } = useServices();
  const { view } = registry;
  const open = useSignal<Chosen | null>(null);
  const { remote, reload } = useRemote(
    String(view?.version ?? 0),
    async (signal) => {
      const [{ holds }, { erasures }] = await Promise.all([
        manage("list-legal-holds", {}, signal),
        manage("list-erasures", { limit: 200 }, signal),
      ]);
      return { holds, erasures };
    },
  );
  // What an erasure has left goes without a new version.
  useReloads(reload);
  const choose = (kind: "erase" | "export" | "hold") => () => open.value = { kind };
  return (
    <>
      <ViewHeading
        title="People"
        tools={
          <>
            <button type="button" class="button" onClick={choose("export")}>Export a user</button>
            <button type="button" class="button" onClick={choose("hold")}>Set a hold</button>
            <button type="button" class="button button-danger" onClick={choose("erase")}>
              Erase a user
            </button>
            <a class="button" href={addressOf("audit", { of_action: peopleActions })}>History</a>
          </>
        }
      >
        What users wrote and were answered. A legal hold keeps it; otherwise it can be erased, by
        operators, by the user, and by the retention of an assistant. No word of it is shown here.
      </ViewHeading>
      <section class="panel" aria-labelledby="retention">
        <h2 id="retention">Retention</h2>
        <DataTable
          label="Retention of each assistant"
          what="assistants"
          class="stacked"
          rows={view?.assistants ?? []}
          keyOf={({ assistant_type }) => assistant_type}
          columns={retentionColumns((assistant) => open.value = { kind: "retention", assistant })}
          textOf={({ assistant_type, name }) => `${assistant_type} ${name}`}
          empty="There is no assistant."
        />
      </section>
      <RemoteContent remote={remote} what="holds and erasures" onRetry={reload}>
        {({ holds, erasures }) => (
          <>
            <section class="panel" aria-labelledby="holds">
              <h2 id="holds">Legal holds</h2>
              <DataTable
                label="Legal holds, the oldest first"
                what="holds"
                class="stacked"
                rows={holds}
                keyOf={({ user_id }) => user_id}
                columns={holdColumns((hold) => open.value = { kind: "remove", hold })}
                textOf={({ user_id, email, reason }) => `${user_id} ${email} ${reason}`}
                empty="No user's data is under a legal hold."
              />
            </section>
            <section class="panel" aria-labelledby="erasures">
              <h2 id="erasures">Erasures</h2>
              <DataTable
                label="Erasures and their receipts"
                what="erasures"
                class="stacked"
                rows={erasures}
                keyOf={({ erasure_id }) => erasure_id}
                columns={erasureColumns}
                textOf={(erasure) => `${erasure.erasure_id} ${describeErased(erasure)}`}
                empty="Nothing has been erased yet."
              />
            </section>
          </>
        )}
      </RemoteContent>
      {open.value !== null && (
        <PeopleDialog
          chosen={open.value}
          onChanged={reload}
          onClose={() => open.value = null}
        />
      )}
    </>
  );
}

function PeopleDialog(
  { chosen, ...props }: { chosen: Chosen; onChanged: () => void; onClose: () => void },
) {
  switch (chosen.kind) {
    case "erase":
      return <EraseDialog {...props} />;
    case "export":
      return <ExportDialog onClose={props.onClose} />;
    case "hold":
      return <HoldDialog {...props} />;
    case "remove": {
      const { user_id, email } = chosen.hold;
      return <RemoveHoldDialog userId={user_id} name={email ?? user_id} {...props} />;
    }
    case "retention": {
      const { assistant_type, keep_days } = chosen.assistant;
      return <RetentionDialog assistantType={assistant_type} keepDays={keep_days} {...props} />;
    }
    default:
      return chosen satisfies never;
  }
}

function retentionColumns(
  onChange: (assistant: ListedAssistant) => void,
): readonly Column<ListedAssistant>[] {
  return [
    { name: "Assistant", kind: "row", show: ({ assistant_type }) => assistant_type },
    {
      name: "Conversations are kept",
      show: ({ keep_days }) =>
        keep_days === null ? "for good" : `${formatCount(keep_days)} days after the last turn`,
    },
    {
      name: "Actions",
      kind: "actions",
      show: (assistant) => (
        <button
          type="button"
          class="button"
          aria-label={`Change the retention of ${assistant.assistant_type}`}
          onClick={() => onChange(assistant)}
        >
          Change
        </button>
      ),
    },
  ];
}

function holdColumns(onRemove: (hold: LegalHold) => void): readonly Column<LegalHold>[] {
  return [
    {
      name: "User",
      kind: "row",
      show: ({ email, user_id }) => (
        <>
          <span class="cell-title">{email ?? "no address"}</span>
          <code class="cell-note">{user_id}</code>
        </>
      ),
    },
    { name: "Reason", show: ({ reason }) => reason },
    { name: "Kept", show: describeHold },
    { name: "Since", show: ({ created_at }) => formatMoment(created_at) },
    {
      name: "Actions",
      kind: "actions",
      show: (hold) => (
        <button
          type="button"
          class="button"
          aria-label={`Remove the hold on ${hold.email ?? hold.user_id}`}
          onClick={() => onRemove(hold)}
        >
          Remove
        </button>
      ),
    },
  ];
}

const erasureColumns: readonly Column<Erasure>[] = [
  {
    name: "Erased",
    kind: "row",
    show: (erasure) => (
      <>
        <span class="cell-title">{describeErased(erasure)}</span>
        <span class="muted cell-note">receipt {erasure.erasure_id}</span>
      </>
    ),
    sortBy: ({ erasure_id }) => erasure_id,
  },
  { name: "State", show: ({ status }) => status },
  { name: "Counts", show: describeProgress },
  {
    name: "Ended",
    show: ({ receipt }) => receipt.ended_at === null ? "–" : formatMoment(receipt.ended_at),
  },
  {
    name: "Backups until",
    show: ({ receipt }) => receipt.backups_until === null ? "–" : formatDate(receipt.backups_until),
  },
];
