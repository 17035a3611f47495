import type { Alert } from "../api/manage_actions.ts";
import { nameOfKind } from "../format/describe_alert.ts";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Says that an alert is known: it stays open, and is not told on every view any more. */
export function AcknowledgeDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const { manage, operations } = useServices();
  return (
    <ChangeDialog
      title={`Acknowledge: ${nameOfKind(alert.kind)}`}
      label="Acknowledge"
      change={null}
      perform={async (args) => {
        const { message } = await manage("acknowledge-alert", { id: alert.id, ...args });
        await operations.load();
        return { message, undo: null };
      }}
      onClose={onClose}
    >
      <p>{alert.summary}</p>
      <p class="muted">
        Open since {formatMoment(alert.opened_at)}. It closes by itself when its cause is gone.
      </p>
    </ChangeDialog>
  );
}
