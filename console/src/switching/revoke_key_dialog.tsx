import type { ApiKey } from "../api/manage_actions.ts";
import { Facts } from "../components/facts.tsx";
import { formatDate } from "../format/time.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Ends a key for good. */
export function RevokeKeyDialog(
  { apiKey: { id, name, prefix, last_used_on: used }, onClose }: {
    apiKey: ApiKey;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  return (
    <ChangeDialog
      title={`Revoke ${name}`}
      label="Revoke the key"
      danger
      change={null}
      perform={async (args) => ({
        ...await manage("revoke-api-key", { id, ...args }),
        undo: null,
      })}
      onClose={onClose}
    >
      <p>
        The next request with it is refused. This cannot be undone: a client needs another key then.
      </p>
      <Facts
        facts={[
          { term: "Key", text: `${prefix}…` },
          { term: "Last used", text: used === null ? "never" : formatDate(used) },
        ]}
      />
    </ChangeDialog>
  );
}
