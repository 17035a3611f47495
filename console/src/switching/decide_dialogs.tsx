import type { ModelSwitch, Proposal } from "../api/manage_actions.ts";
import type { EntryDescription } from "../format/describe_entry.ts";
import { foreseenChange } from "../format/describe_proposal.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

interface Props {
  readonly description: EntryDescription;
  readonly onClose: () => void;
}

/** Approves a proposal of another, after what it would do. */
export function ApproveDialog({ proposal, description, onClose }: Props & { proposal: Proposal }) {
  const { manage } = useServices();
  return (
    <ChangeDialog
      title={`Approve proposal ${proposal.id}`}
      label="Approve"
      change={foreseenChange(proposal)}
      takesReason={false}
      perform={async () => {
        const { message } = await manage("approve", { id: proposal.id });
        return { message, undo: null };
      }}
      onClose={onClose}
    >
      <Described description={description} />
      {proposal.reason !== null && <p>Reason: {proposal.reason}</p>}
      <p class="muted">
        It is applied only if the rows that it was decided on are unchanged; otherwise it is
        returned.
      </p>
    </ChangeDialog>
  );
}

/** Rejects a proposal; who proposed it takes it back so. */
export function RejectDialog(
  { proposal, own, description, onClose }: Props & { proposal: Proposal; own: boolean },
) {
  const { manage } = useServices();
  return (
    <ChangeDialog
      title={`${own ? "Withdraw" : "Reject"} proposal ${proposal.id}`}
      label={own ? "Withdraw" : "Reject"}
      danger
      change={null}
      perform={async (args) => {
        const { message } = await manage("reject", { id: proposal.id, ...args });
        return { message, undo: null };
      }}
      onClose={onClose}
    >
      <Described description={description} />
    </ChangeDialog>
  );
}

/** Signs an entry of the audit log, as the second person. */
export function SignDialog({ entry, description, onClose }: Props & { entry: ModelSwitch }) {
  const { manage } = useServices();
  return (
    <ChangeDialog
      title={`Sign entry ${entry.id}`}
      label="Sign"
      change={null}
      perform={async (args) => {
        const { message } = await manage("sign", { id: entry.id, ...args });
        return { message, undo: null };
      }}
      onClose={onClose}
    >
      <Described description={description} />
      <p class="muted">
        Your name stands beside it from then on. To take the change back, roll it back instead.
      </p>
    </ChangeDialog>
  );
}

function Described({ description: { what, details } }: { description: EntryDescription }) {
  return (
    <div>
      <p>{what}.</p>
      {details.length > 0 && (
        <ul class="reasons">{details.map((text) => <li key={text}>{text}</li>)}</ul>
      )}
    </div>
  );
}
