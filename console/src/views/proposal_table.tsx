import type { Proposal } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import type { NameOf } from "../format/describe_columns.ts";
import { describeFate, describeProposal, describeProposer } from "../format/describe_proposal.ts";
import { formatMoment } from "../format/time.ts";

type Decide = (kind: "approve" | "reject", proposal: Proposal) => void;

const tones: Readonly<Record<Proposal["status"], "ok" | "warn" | "danger" | "accent" | "plain">> = {
  open: "warn",
  approved: "accent",
  applied: "ok",
  returned: "danger",
  rejected: "plain",
  expired: "plain",
};

/** Proposed changes, those that wait first. */
export function ProposalTable(
  { proposals, userId, nameOf, onDecide }: {
    proposals: readonly Proposal[];
    /** Of the signed-in user, who cannot approve what they proposed. */
    userId: string;
    nameOf: NameOf;
    onDecide: Decide;
  },
) {
  return (
    <DataTable
      label="Proposals"
      what="proposals"
      class="stacked"
      rows={proposals}
      keyOf={({ id }) => String(id)}
      columns={columns(userId, nameOf, onDecide)}
      textOf={(proposal) => `${describeProposal(proposal, nameOf).what} ${proposal.reason ?? ""}`}
      filters={[{ name: "State", of: ({ status }) => status }]}
      empty="Nothing was proposed yet."
    />
  );
}

function columns(userId: string, nameOf: NameOf, onDecide: Decide): readonly Column<Proposal>[] {
  return [
    {
      name: "Change",
      kind: "row",
      class: "wide",
      show: (proposal) => {
        const { what, details } = describeProposal(proposal, nameOf);
        return (
          <>
            <span class="cell-title">{what}</span>
            {details.map((text) => <span class="cell-note" key={text}>{text}</span>)}
            {proposal.reason !== null && <span class="cell-note">Reason: {proposal.reason}</span>}
            <span class="muted cell-note">proposal {proposal.id}</span>
          </>
        );
      },
    },
    {
      name: "Proposed",
      show: (proposal) => (
        <>
          {describeProposer(proposal, userId)}
          <span class="muted cell-note">{formatMoment(proposal.created_at)}</span>
        </>
      ),
      sortBy: ({ created_at }) => created_at,
    },
    {
      name: "State",
      show: (proposal) => (
        <>
          <Badge tone={tones[proposal.status]}>{proposal.status}</Badge>
          {describeFate(proposal).map((text) => (
            <span class="muted cell-note" key={text}>{text}</span>
          ))}
        </>
      ),
      sortBy: ({ status }) => status,
    },
    {
      name: "Actions",
      kind: "actions",
      show: (proposal) => {
        const own = proposal.proposed_by === userId;
        const button = (kind: "approve" | "reject", label: string) => (
          <button
            type="button"
            class="button"
            aria-label={`${label} proposal ${proposal.id}`}
            onClick={() => onDecide(kind, proposal)}
          >
            {label}
          </button>
        );
        return (
          <div class="row-actions">
            {proposal.status === "open" && !own && button("approve", "Approve")}
            {(proposal.status === "open" || proposal.status === "approved") &&
              button("reject", own ? "Withdraw" : "Reject")}
          </div>
        );
      },
    },
  ];
}
