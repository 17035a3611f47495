import { useSignal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import { DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { orderModels } from "../format/model_order.ts";
import { modelState } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { addressOf } from "../state/route.ts";
import { AliasDialog } from "../switching/alias_dialog.tsx";
import { RetentionDialog } from "../switching/retention_dialog.tsx";
import { AvailabilityDialog } from "../switching/availability_dialog.tsx";
import { PriceDialog } from "../switching/price_dialog.tsx";
import { ReplaceDialog } from "../switching/replace_dialog.tsx";
import { RetireDialog } from "../switching/retire_dialog.tsx";
import { RolloutDialog } from "../switching/rollout_dialog.tsx";
import { SwitchDialog } from "../switching/switch_dialog.tsx";
import type { ModelAction } from "./model_actions.tsx";
import { modelColumns } from "./model_columns.tsx";

interface Chosen {
  readonly action: ModelAction;
  readonly model: ListedModel;
}

/** The registered models, and switching them. */
export function ModelsView() {
  const { registry } = useServices();
  const open = useSignal<Chosen | null>(null);
  const chosen = open.value;
  return (
    <>
      <ViewHeading
        title="Models"
        tools={<a class="button" href={addressOf("catalog")}>Add a model of AWS</a>}
      >
        The default answers wherever an assistant has no model of its own. A switch is followed by
        the very next request. Prices are US dollars per million tokens.
      </ViewHeading>
      <RemoteContent
        remote={registry.remote.value}
        what="the models"
        onRetry={() => registry.load()}
      >
        {(view) => (
          <>
            <Models view={view} onAct={(action, model) => open.value = { action, model }} />
            {chosen !== null && (
              <ModelDialog
                key={`${chosen.action} ${chosen.model.model_id}`}
                {...chosen}
                view={view}
                onClose={() => open.value = null}
              />
            )}
          </>
        )}
      </RemoteContent>
    </>
  );
}

function ModelDialog(
  { action, model, view, onClose }: Chosen & { view: RegistryView; onClose: () => void },
) {
  switch (action) {
    case "switch":
      return <SwitchDialog intent={{ kind: "default", model }} view={view} onClose={onClose} />;
    case "rollout":
      return <RolloutDialog model={model} view={view} onClose={onClose} />;
    case "replace":
      return <ReplaceDialog model={model} view={view} onClose={onClose} />;
    case "retire":
      return <RetireDialog model={model} view={view} onClose={onClose} />;
    case "prices":
      return <PriceDialog model={model} onClose={onClose} />;
    case "aliases":
      return <AliasDialog model={model} onClose={onClose} />;
    case "retention":
      return <RetentionDialog model={model} onClose={onClose} />;
    case "enable":
    case "disable":
      return <AvailabilityDialog action={action} model={model} onClose={onClose} />;
    default:
      return action satisfies never;
  }
}

function Models(
  { view, onAct }: {
    view: RegistryView;
    onAct: (action: ModelAction, model: ListedModel) => void;
  },
) {
  const today = new Date().toISOString().slice(0, 10);
  return (
    <DataTable
      label="Models"
      what="models"
      class="stacked"
      rows={orderModels(view, today)}
      keyOf={({ model_id }) => model_id}
      columns={modelColumns(view, today, onAct)}
      textOf={({ model_id, model_name, provider, aliases }) =>
        [model_name, model_id, provider, ...aliases].join(" ")}
      filters={[
        { name: "State", of: modelState },
        { name: "Provider", of: ({ provider }) => provider },
      ]}
      empty={
        <>
          No model is registered. <a href={addressOf("catalog")}>Add one of AWS's models</a>.
        </>
      }
    />
  );
}
