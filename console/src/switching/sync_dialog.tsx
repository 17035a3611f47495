import type { CatalogReport } from "../api/manage_actions.ts";
import { describeCatalogChange } from "../format/describe_catalog.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Writes what AWS's lists call for into the registry. */
export function SyncDialog(
  { changes, onApplied, onClose }: {
    changes: CatalogReport["changes"];
    onApplied: () => void;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  return (
    <ChangeDialog
      title="Apply AWS's list"
      label={`Apply ${changes.length === 1 ? "the change" : `all ${changes.length} changes`}`}
      change={null}
      perform={async (args) => {
        const { applied } = await manage("sync", { apply: true, ...args });
        onApplied();
        const count = applied?.length ?? 0;
        return {
          message: count === 0
            ? "The registry had it all already."
            : `${count === 1 ? "One change" : `${count} changes`} applied.`,
          entries: count,
        };
      }}
      onClose={onClose}
    >
      <p>No price and no availability is touched: what is registered is not yet available.</p>
      <ul class="taken-back">
        {changes.map((change) => (
          <li key={`${change.kind} ${change.model_id}`}>{describeCatalogChange(change)}</li>
        ))}
      </ul>
    </ChangeDialog>
  );
}
