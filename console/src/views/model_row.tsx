import type { ListedModel } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { LifecycleText, StateBadge } from "../components/model_badges.tsx";
import { modelState, nameOfModel } from "../format/model_state.ts";
import { formatPrice } from "../format/money.ts";
import { formatAge } from "../format/time.ts";
import type { RegistryView } from "../state/registry.ts";

/** An action on a model. */
export type ModelAction = "switch" | "enable" | "disable";

/** A model with its state and its actions. */
export function ModelRow(
  { model, view, onAct }: {
    model: ListedModel;
    view: RegistryView;
    onAct: (action: ModelAction, model: ListedModel) => void;
  },
) {
  const { successor_model_id: successor } = model;
  return (
    <tr>
      <th scope="row">
        <span class="cell-title">{model.model_name}</span>
        <code class="cell-note">{model.model_id}</code>
        <UsedBy model={model} view={view} />
        {model.lifecycle !== "active" && successor !== null && (
          <span class="muted cell-note">
            Successor: {nameOfModel(successor, view.models)}
          </span>
        )}
        {model.outside.length > 0 && (
          <span class="cell-note">
            <Badge tone="warn">outside</Badge> may be processed in {model.outside.join(", ")}
          </span>
        )}
      </th>
      <td data-label="State">
        <StateBadge model={model} />
      </td>
      <td data-label="Price in / out" class="number">
        {formatPrice(model.input_cost_per_mtok)} / {formatPrice(model.output_cost_per_mtok)}
      </td>
      <td data-label="Lifecycle">
        <LifecycleText model={model} />
      </td>
      <td data-label="Last probe" class="nowrap">
        <LastProbe model={model} />
      </td>
      <td class="actions">
        <Actions model={model} onAct={onAct} />
      </td>
    </tr>
  );
}

function UsedBy({ model, view }: { model: ListedModel; view: RegistryView }) {
  const users = view.assistants.filter((assistant) =>
    assistant.model_version === model.model_id ||
    (model.is_default && assistant.follows_default)
  );
  if (users.length === 0) return null;
  return (
    <span class="muted cell-note">
      Used by {users.map(({ name }) => name).join(", ")}
    </span>
  );
}

function LastProbe({ model: { last_probe: probe } }: { model: ListedModel }) {
  if (probe === null) return <span class="muted">never</span>;
  const age = (
    <span class="muted cell-note">
      {formatAge(probe.created_at, Date.now())}
    </span>
  );
  return probe.passed ? <>passed in {probe.latency_ms} ms{age}</> : (
    <>
      <Badge tone="danger">failed</Badge>
      <span class="cell-note">
        <code>{probe.error_code}</code>
      </span>
      {age}
    </>
  );
}

function Actions(
  { model, onAct }: {
    model: ListedModel;
    onAct: (action: ModelAction, model: ListedModel) => void;
  },
) {
  const state = modelState(model);
  const button = (action: ModelAction, label: string) => (
    <button
      type="button"
      class={action === "switch" ? "button button-accent" : "button"}
      aria-label={`${label} ${model.model_name}`}
      onClick={() => onAct(action, model)}
    >
      {label}
    </button>
  );
  switch (state) {
    case "default":
    case "retired":
      return null;
    case "available":
      return <>{button("switch", "Switch to")} {button("disable", "Disable")}</>;
    case "disabled":
    case "stopped":
      return button("enable", "Enable");
    default:
      return state satisfies never;
  }
}
