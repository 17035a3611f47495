import { useSignal } from "@preact/signals";
import type { ApiKey } from "../api/manage_actions.ts";
import { DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { orderKeys } from "../format/describe_key.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { addressOf } from "../state/route.ts";
import { KeyDialog } from "../switching/key_dialog.tsx";
import { RevokeKeyDialog } from "../switching/revoke_key_dialog.tsx";
import { RotateKeyDialog } from "../switching/rotate_key_dialog.tsx";
import { type KeyAction, keyColumns } from "./key_columns.tsx";
import { usePeople } from "./use_people.ts";

type Chosen =
  | { readonly action: "create" }
  | { readonly action: KeyAction; readonly apiKey: ApiKey };

/** The API keys of the endpoints for any client, and who has them. */
export function KeysView() {
  const { manage, registry } = useServices();
  const { view } = registry;
  const open = useSignal<Chosen | null>(null);
  const people = usePeople();
  // Each change of a key raises the version, also another operator's.
  const { remote, reload } = useRemote(
    String(view?.version ?? 0),
    (signal) => manage("list-api-keys", {}, signal),
  );
  const models = view?.models ?? [];
  const assistants = view?.assistants ?? [];
  return (
    <>
      <ViewHeading
        title="Keys"
        tools={
          <>
            <button
              type="button"
              class="button"
              onClick={() => open.value = { action: "create" }}
            >
              New key
            </button>
            <a class="button" href={addressOf("audit", { search: "bsk_" })}>History</a>
          </>
        }
      >
        With a key any client of OpenAI or Anthropic calls the models of the registry. It is shown
        once; if it is lost, revoke it and create another.
      </ViewHeading>
      <RemoteContent remote={remote} what="the keys" onRetry={reload}>
        {({ api_keys: keys }) => (
          <DataTable
            label="Keys"
            what="keys"
            class="stacked"
            rows={orderKeys(keys)}
            keyOf={({ id }) => id}
            columns={keyColumns({
              keys,
              models,
              assistants,
              people,
              onAct: (action, apiKey) => open.value = { action, apiKey },
            })}
            textOf={({ id, name, prefix, assistant_type }) =>
              `${name} ${prefix} ${id} ${assistant_type ?? ""}`}
            filters={[{ name: "State", of: ({ state }) => state }]}
            empty="There is no key. Create one for each client, so that it can be revoked alone."
          />
        )}
      </RemoteContent>
      {open.value !== null && <KeyDialogs chosen={open.value} onClose={() => open.value = null} />}
    </>
  );
}

function KeyDialogs({ chosen, onClose }: { chosen: Chosen; onClose: () => void }) {
  const { view } = useServices().registry;
  switch (chosen.action) {
    case "create":
      return view === undefined ? null : <KeyDialog view={view} onClose={onClose} />;
    case "rotate":
      return <RotateKeyDialog apiKey={chosen.apiKey} onClose={onClose} />;
    case "revoke":
      return <RevokeKeyDialog apiKey={chosen.apiKey} onClose={onClose} />;
    default:
      return chosen satisfies never;
  }
}
