import { retentionNames } from "../format/retention_names.ts";
import type { ListedModel } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import type { Column } from "../components/data_table.tsx";
import { LifecycleText, StateBadge } from "../components/model_badges.tsx";
import { describeLimits } from "../format/describe_limits.ts";
import { troubleOf, usersOf } from "../format/model_order.ts";
import { modelState, nameOfModel } from "../format/model_state.ts";
import { formatPrice } from "../format/money.ts";
import { formatAge } from "../format/time.ts";
import type { RegistryView } from "../state/registry.ts";
import { addressOf } from "../state/route.ts";
import { type ModelAction, ModelActions } from "./model_actions.tsx";

/** The columns of the table of models. */
export function modelColumns(
  view: RegistryView,
  today: string,
  onAct: (action: ModelAction, model: ListedModel) => void,
): readonly Column<ListedModel>[] {
  return [
    {
      name: "Model",
      kind: "row",
      show: (model) => <NameCell model={model} view={view} today={today} />,
      sortBy: ({ model_name }) => model_name,
    },
    {
      name: "State",
      show: (model) => <StateBadge model={model} />,
      sortBy: modelState,
    },
    {
      name: "Price in / out",
      kind: "number",
      show: (model) => (
        <>{formatPrice(model.input_cost_per_mtok)} / {formatPrice(model.output_cost_per_mtok)}</>
      ),
      sortBy: ({ input_cost_per_mtok }) => input_cost_per_mtok,
    },
    {
      name: "Lifecycle",
      show: (model) => <LifecycleText model={model} />,
      sortBy: ({ retires_on }) => retires_on,
    },
    {
      name: "Last probe",
      class: "nowrap",
      show: (model) => <LastProbe model={model} />,
      sortBy: ({ last_probe }) => last_probe?.created_at ?? null,
    },
    {
      name: "Actions",
      kind: "actions",
      show: (model) => <ModelActions model={model} view={view} today={today} onAct={onAct} />,
    },
  ];
}

function NameCell(
  { model, view, today }: { model: ListedModel; view: RegistryView; today: string },
) {
  const { successor_model_id: successor } = model;
  const trouble = troubleOf(model, view, today);
  const users = usersOf(model, view);
  return (
    <>
      <span class={`cell-title ${model.is_default ? "is-default" : ""}`}>{model.model_name}</span>
      <code class="cell-note">{model.model_id}</code>
      {model.aliases.length > 0 && (
        <span class="muted cell-note">Also named {model.aliases.join(", ")}</span>
      )}
      <Accepted model={model} />
      {users.length > 0 && (
        <span class="muted cell-note">Used by {users.map(({ name }) => name).join(", ")}</span>
      )}
      {model.canary_share !== null && (
        <a class="cell-note" href={addressOf("rollouts")}>
          Gets {model.canary_share} % of the default
        </a>
      )}
      {trouble !== null && (
        <span class="cell-note">
          <Badge tone="danger">trouble</Badge> {trouble}
        </span>
      )}
      {model.lifecycle !== "active" && successor !== null && (
        <span class="muted cell-note">Successor: {nameOfModel(successor, view.models)}</span>
      )}
      {model.provider_retention !== "none" && (
        <span class="cell-note">
          <Badge tone="warn">retention</Badge> its provider keeps{" "}
          {retentionNames[model.provider_retention]}
        </span>
      )}
      {model.outside.length > 0 && (
        <span class="cell-note">
          <Badge tone="warn">outside</Badge> may be processed in {model.outside.join(", ")}
        </span>
      )}
    </>
  );
}

/** What a model accepts, in short; folded, its limits. */
function Accepted({ model: { model_name: name, accepts, capabilities } }: { model: ListedModel }) {
  return (
    <details class="folded cell-note">
      <summary class="muted" aria-label={`Limits of ${name}: ${accepts}`}>{accepts}</summary>
      <dl>
        {describeLimits(capabilities).map(({ term, text }) => (
          <div key={term}>
            <dt class="muted">{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </details>
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
