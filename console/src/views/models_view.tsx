import { useSignal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import { Facts } from "../components/facts.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ScrollTable } from "../components/scroll_table.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeSettings } from "../format/describe_settings.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { AvailabilityDialog } from "../switching/availability_dialog.tsx";
import { SwitchDialog } from "../switching/switch_dialog.tsx";
import { type ModelAction, ModelRow } from "./model_row.tsx";

/** The registered models, and switching them. */
export function ModelsView({ userId }: { userId: string }) {
  const { registry } = useServices();
  const open = useSignal<{ action: ModelAction; model: ListedModel } | null>(
    null,
  );
  const close = () => open.value = null;
  const chosen = open.value;
  return (
    <>
      <ViewHeading title="Models">
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
            <Models
              view={view}
              onAct={(action, model) => open.value = { action, model }}
            />
            <section aria-labelledby="settings-heading" class="panel">
              <h2 id="settings-heading">Settings</h2>
              <Facts facts={describeSettings(view.settings)} />
            </section>
            {chosen?.action === "switch" && (
              <SwitchDialog
                key={chosen.model.model_id}
                intent={{ kind: "default", model: chosen.model }}
                view={view}
                onClose={close}
              />
            )}
            {chosen !== null && chosen.action !== "switch" && (
              <AvailabilityDialog
                key={`${chosen.action} ${chosen.model.model_id}`}
                action={chosen.action}
                model={chosen.model}
                userId={userId}
                onClose={close}
              />
            )}
          </>
        )}
      </RemoteContent>
    </>
  );
}

function Models(
  { view, onAct }: {
    view: RegistryView;
    onAct: (action: ModelAction, model: ListedModel) => void;
  },
) {
  if (view.models.length === 0) {
    return (
      <p class="empty">
        No model is registered. The seed, or the action sync, adds some.
      </p>
    );
  }
  return (
    <ScrollTable label="Models" class="stacked">
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Price in / out</th>
          <th scope="col">Lifecycle</th>
          <th scope="col">Last probe</th>
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {view.models.map((model) => (
          <ModelRow
            key={model.model_id}
            model={model}
            view={view}
            onAct={onAct}
          />
        ))}
      </tbody>
    </ScrollTable>
  );
}
