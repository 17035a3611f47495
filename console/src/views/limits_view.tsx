import { useSignal } from "@preact/signals";
import type { ApiKey, LimitStatus } from "../api/manage_actions.ts";
import { DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { orderLimits } from "../format/describe_limit.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { addressOf } from "../state/route.ts";
import { LimitDialog } from "../switching/limit_dialog.tsx";
import { RemoveLimitDialog } from "../switching/remove_limit_dialog.tsx";
import { type LimitAction, limitColumns } from "./limit_columns.tsx";
import { LimitUsersDialog } from "./limit_users_dialog.tsx";
import { useReloads } from "./use_reloads.ts";

type Chosen =
  | { readonly action: "create" }
  | { readonly action: LimitAction; readonly limit: LimitStatus };

/** What may be spent, by whom, and how much of it is left. */
export function LimitsView() {
  const { manage, registry } = useServices();
  const { view } = registry;
  const open = useSignal<Chosen | null>(null);
  // Each change of a limit raises the version, also another operator's.
  const { remote, reload } = useRemote(
    String(view?.version ?? 0),
    async (signal) => {
      const [{ limits }, { api_keys: keys }] = await Promise.all([
        manage("limit-status", {}, signal),
        manage("list-api-keys", {}, signal),
      ]);
      return { limits, keys };
    },
  );
  useReloads(reload);
  return (
    <>
      <ViewHeading
        title="Limits"
        tools={
          <>
            <button
              type="button"
              class="button"
              onClick={() => open.value = { action: "create" }}
            >
              New limit
            </button>
            <a class="button" href={addressOf("audit", { of_action: "set-limit" })}>History</a>
          </>
        }
      >
        A hard limit refuses a turn or call before a model is called. A soft one only counts, and
        alerts. Tokens are input, output and cache together.
      </ViewHeading>
      <RemoteContent remote={remote} what="the limits" onRetry={reload}>
        {({ limits, keys }) => (
          <DataTable
            label="Limits"
            what="limits"
            class="stacked"
            rows={orderLimits(limits)}
            keyOf={({ id }) => id}
            columns={limitColumns({
              keys,
              onAct: (action, limit) => open.value = { action, limit },
            })}
            textOf={({ name, scope, id }) => `${id} ${name} ${scope.id ?? ""}`}
            filters={[{ name: "Kind", of: ({ enforcement }) => enforcement }]}
            empty="No limits: any signed-in user can spend without a cap."
          />
        )}
      </RemoteContent>
      {open.value !== null && (
        <LimitDialogs
          chosen={open.value}
          keys={remote.state === "ready" ? remote.data.keys : []}
          onClose={() => open.value = null}
        />
      )}
    </>
  );
}

function LimitDialogs(
  { chosen, keys, onClose }: { chosen: Chosen; keys: readonly ApiKey[]; onClose: () => void },
) {
  const { view } = useServices().registry;
  if (view === undefined) return null;
  const present = keys.filter(({ state }) => state === "active");
  switch (chosen.action) {
    case "create":
      return <LimitDialog limit={null} view={view} keys={present} onClose={onClose} />;
    case "change":
      return <LimitDialog limit={chosen.limit} view={view} keys={present} onClose={onClose} />;
    case "remove":
      return <RemoveLimitDialog limit={chosen.limit} onClose={onClose} />;
    case "users":
      return <LimitUsersDialog limit={chosen.limit} onClose={onClose} />;
    default:
      return chosen satisfies never;
  }
}
