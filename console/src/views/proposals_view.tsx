import { useSignal } from "@preact/signals";
import type { ModelSwitch, Proposal } from "../api/manage_actions.ts";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeEntry } from "../format/describe_entry.ts";
import { describeProposal } from "../format/describe_proposal.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { ApproveDialog, RejectDialog, SignDialog } from "../switching/decide_dialogs.tsx";
import { useUserId } from "../switching/undo.ts";
import { ProposalTable } from "./proposal_table.tsx";
import { UnsignedTable } from "./unsigned_table.tsx";
import { useReloads } from "./use_reloads.ts";

type Chosen =
  | { readonly kind: "approve" | "reject"; readonly proposal: Proposal }
  | { readonly kind: "sign"; readonly entry: ModelSwitch };

/** What a second person decides on: proposed changes, and entries of the log that are to be signed. */
export function ProposalsView() {
  const { manage, registry } = useServices();
  const userId = useUserId();
  const chosen = useSignal<Chosen | null>(null);
  const { remote, reload } = useRemote(
    String(registry.view?.version ?? 0),
    (signal) => manage("list-proposals", { limit: 200 }, signal),
  );
  useReloads(reload);
  const models = registry.view?.models ?? [];
  const nameOf = (id: string | null) => id === null ? "no model" : nameOfModel(id, models);
  const close = () => {
    chosen.value = null;
    reload();
  };
  const shown = chosen.value;
  return (
    <>
      <ViewHeading title="Proposals">
        A protected assistant changes when another platform admin approves it. Going back and
        disabling need no approval; another platform admin signs them afterwards.
      </ViewHeading>
      <RemoteContent remote={remote} what="the proposals" onRetry={reload}>
        {({ proposals, unsigned }) => (
          <>
            <ProposalTable
              proposals={proposals}
              userId={userId}
              nameOf={nameOf}
              onDecide={(kind, proposal) => chosen.value = { kind, proposal }}
            />
            <section class="panel" aria-labelledby="unsigned">
              <h2 id="unsigned">To be signed</h2>
              <UnsignedTable
                entries={unsigned}
                userId={userId}
                nameOf={nameOf}
                onSign={(entry) => chosen.value = { kind: "sign", entry }}
              />
            </section>
          </>
        )}
      </RemoteContent>
      {shown?.kind === "approve" && (
        <ApproveDialog
          proposal={shown.proposal}
          description={describeProposal(shown.proposal, nameOf)}
          onClose={close}
        />
      )}
      {shown?.kind === "reject" && (
        <RejectDialog
          proposal={shown.proposal}
          own={shown.proposal.proposed_by === userId}
          description={describeProposal(shown.proposal, nameOf)}
          onClose={close}
        />
      )}
      {shown?.kind === "sign" && (
        <SignDialog
          entry={shown.entry}
          description={describeEntry(shown.entry, nameOf)}
          onClose={close}
        />
      )}
    </>
  );
}
