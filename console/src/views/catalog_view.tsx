import { useSignal } from "@preact/signals";
import type { CatalogReport, NewModel } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeDifferences } from "../format/describe_catalog.ts";
import { formatCount } from "../format/numbers.ts";
import { formatDate } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { RegisterDialog } from "../switching/register_dialog.tsx";
import { SyncDialog } from "../switching/sync_dialog.tsx";
import { LifecyclePanel } from "./lifecycle_panel.tsx";

type Chosen = { readonly register: NewModel } | { readonly apply: CatalogReport["changes"] };

/** AWS's list of models, compared with the registry. */
export function CatalogView() {
  const { manage, registry } = useServices();
  const open = useSignal<Chosen | null>(null);
  const { remote, reload } = useRemote(
    String(registry.view?.version ?? 0),
    (signal) => manage("sync", {}, signal),
  );
  const close = () => open.value = null;
  const chosen = open.value;
  return (
    <>
      <ViewHeading title="Catalog">
        The models that AWS lists, compared with the registry. Looking changes nothing.
      </ViewHeading>
      <LifecyclePanel />
      <RemoteContent remote={remote} what="AWS's list" onRetry={reload}>
        {({ region, report, changes }) => (
          <>
            <Differences
              region={region}
              report={report}
              changes={changes}
              onApply={() => open.value = { apply: changes }}
            />
            <section class="panel" aria-labelledby="new-models">
              <h2 id="new-models">Not registered</h2>
              <DataTable
                label="Models of AWS that are not registered"
                what="models"
                class="stacked"
                rows={report.new}
                keyOf={({ model_id }) => model_id}
                columns={columns((register) => open.value = { register })}
                textOf={({ model_id, name, provider, other_ids }) =>
                  [name, model_id, provider, ...other_ids].join(" ")}
                filters={[
                  { name: "Provider", of: ({ provider }) => provider },
                  { name: "Geographies", of: placeOf },
                ]}
                empty={`Every model for text that AWS lists in ${region} is registered.`}
              />
            </section>
          </>
        )}
      </RemoteContent>
      {chosen !== null && "register" in chosen && (
        <RegisterDialog model={chosen.register} onClose={close} />
      )}
      {chosen !== null && "apply" in chosen && (
        <SyncDialog changes={chosen.apply} onApplied={reload} onClose={close} />
      )}
    </>
  );
}

function Differences(
  { region, report, changes, onApply }: {
    region: string;
    report: CatalogReport["report"];
    changes: CatalogReport["changes"];
    onApply: () => void;
  },
) {
  const found = describeDifferences(report);
  return (
    <section class="panel" aria-labelledby="differences">
      <h2 id="differences">Registered, but different at AWS in {region}</h2>
      {found.length === 0
        ? <p class="muted">Nothing: the registry has what AWS lists.</p>
        : (
          <ul class="reasons">
            {found.map((text) => <li key={text}>{text}</li>)}
          </ul>
        )}
      {changes.length > 0 && (
        <div class="panel-tools">
          <button type="button" class="button" onClick={onApply}>
            Apply AWS's list: {formatCount(changes.length)}{" "}
            {changes.length === 1 ? "change" : "changes"}
          </button>
        </div>
      )}
    </section>
  );
}

function columns(onRegister: (model: NewModel) => void): readonly Column<NewModel>[] {
  return [
    {
      name: "Model",
      kind: "row",
      show: ({ name, model_id, other_ids }) => (
        <>
          <span class="cell-title">{name}</span>
          <code class="cell-note">{model_id}</code>
          {other_ids.length > 0 && (
            <span class="muted cell-note">also as {other_ids.join(", ")}</span>
          )}
        </>
      ),
      sortBy: ({ name }) => name,
    },
    { name: "Provider", show: ({ provider }) => provider, sortBy: ({ provider }) => provider },
    {
      name: "Lifecycle",
      show: ({ lifecycle, retires_on }) => (
        <>
          {lifecycle === "active" ? "active" : <Badge tone="warn">{lifecycle}</Badge>}
          {retires_on !== null && (
            <span class="muted cell-note">until {formatDate(retires_on)}</span>
          )}
        </>
      ),
      sortBy: ({ retires_on }) => retires_on,
    },
    {
      name: "Processed in",
      show: (model) => (
        <>
          {model.geographies.join(", ")} {!model.allowed && <Badge tone="warn">outside</Badge>}
        </>
      ),
      sortBy: placeOf,
    },
    {
      name: "Actions",
      kind: "actions",
      show: (model) => (
        <button
          type="button"
          class="button"
          aria-label={`Register ${model.name}`}
          onClick={() => onRegister(model)}
        >
          Register
        </button>
      ),
    },
  ];
}

function placeOf({ allowed }: NewModel): string {
  return allowed ? "allowed" : "outside";
}
