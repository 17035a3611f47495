import type { LimitStatus, LimitWindow } from "../api/manage_actions.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Dialog } from "../components/dialog.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { describeCounted } from "../format/describe_limit.ts";
import { describeReset, formatAmount, usedShare } from "../format/limit_figures.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { WindowState } from "./limit_columns.tsx";

/** Who is near a limit for each user: by their ids, and no more. */
export function LimitUsersDialog({ limit, onClose }: { limit: LimitStatus; onClose: () => void }) {
  const { manage } = useServices();
  const { remote, reload } = useRemote(
    String(limit.id),
    (signal) => manage("limit-status", { id: limit.id }, signal),
  );
  return (
    <Dialog
      title={`Users nearest to the limit of ${limit.name}`}
      step="users"
      busy={false}
      onClose={onClose}
      actions={<button type="button" class="button" onClick={onClose}>Close</button>}
    >
      <RemoteContent remote={remote} what="the users" onRetry={reload}>
        {({ limits: [present = limit] }) => (
          <>
            <DataTable
              label="Users, the nearest first"
              what="users"
              class="stacked"
              rows={present.windows}
              keyOf={(window) => window.user_id ?? present.windows.indexOf(window)}
              columns={columns(present)}
              textOf={({ user_id }) => user_id ?? ""}
              empty="No user has asked in this window."
            />
            {present.count > present.windows.length && (
              <p class="muted">
                The nearest {present.windows.length} of {describeCounted(present)}.
              </p>
            )}
          </>
        )}
      </RemoteContent>
    </Dialog>
  );
}

function columns(limit: LimitStatus): readonly Column<LimitWindow>[] {
  return [
    {
      name: "User",
      kind: "row",
      show: ({ user_id }) => user_id === null ? "deleted" : <code>{user_id}</code>,
    },
    {
      name: "Used",
      show: (window) => <WindowState limit={limit} window={window} />,
      sortBy: (window) => usedShare(window, limit.amount),
    },
    {
      name: "Left",
      kind: "number",
      show: ({ left }) => formatAmount(left, limit.unit),
      sortBy: ({ left }) => left,
    },
    { name: "Resets", show: (window) => describeReset(limit, window) },
  ];
}
