import type { ModelLife } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { describeSuccessor } from "../format/describe_uses.ts";
import { nameOfModel } from "../format/model_state.ts";
import { formatCount, nothing } from "../format/numbers.ts";
import { formatDate } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import type { RegistryView } from "../state/registry.ts";

/** Days before an end from which on operators are told of it. */
const nearDays = 60;

/** The calendar of lifecycle dates: which models AWS ends, when, and what can follow them. */
export function LifecyclePanel() {
  const { manage, registry } = useServices();
  const { remote, reload } = useRemote(
    `lifecycle ${registry.view?.version ?? 0}`,
    (signal) => manage("list-lifecycle", {}, signal),
  );
  return (
    <section class="panel" aria-labelledby="lifecycle-dates">
      <h2 id="lifecycle-dates">Lifecycle dates</h2>
      <RemoteContent remote={remote} what="the lifecycle dates" onRetry={reload}>
        {({ models }) => (
          <DataTable
            label="Lifecycle dates of the registered models"
            what="models"
            class="stacked"
            rows={models}
            keyOf={({ model_id }) => model_id}
            columns={columns(registry.view)}
            textOf={({ model_id, model_name }) => `${model_name} ${model_id}`}
            filters={[{ name: "In use", of: ({ is_in_use }) => is_in_use ? "in use" : "not used" }]}
            empty="AWS has announced no end of a registered model."
          />
        )}
      </RemoteContent>
    </section>
  );
}

function columns(view: RegistryView | undefined): readonly Column<ModelLife>[] {
  const day = (date: string | null) => date === null ? nothing : formatDate(date);
  const nameOf = (modelId: string | null) => nameOfModel(modelId, view?.models ?? []);
  return [
    {
      name: "Model",
      kind: "row",
      show: ({ model_name, model_id, lifecycle, is_in_use }) => (
        <>
          <span class="cell-title">{model_name}</span>
          <code class="cell-note">{model_id}</code>
          <span class="muted cell-note">
            {lifecycle === "active" ? "active" : <Badge tone="warn">{lifecycle}</Badge>}{" "}
            {is_in_use ? "in use" : "not used"}
          </span>
        </>
      ),
      sortBy: ({ model_name }) => model_name,
    },
    {
      name: "Legacy since",
      show: ({ legacy_on }) => day(legacy_on),
      sortBy: ({ legacy_on }) => legacy_on,
    },
    {
      name: "Extended access",
      show: ({ extended_access_on }) => day(extended_access_on),
      sortBy: ({ extended_access_on }) => extended_access_on,
    },
    {
      name: "End",
      show: ({ retires_on, days_left: days, is_in_use }) => (
        <>
          {day(retires_on)}
          {days !== null && (
            <span class="muted cell-note">
              {days > 0 ? `in ${formatCount(days)} ${days === 1 ? "day" : "days"}` : "has passed"}
              {" "}
              {is_in_use && days <= nearDays && (
                <Badge tone="danger">{days > 0 ? "near" : "ended"}</Badge>
              )}
            </span>
          )}
        </>
      ),
      sortBy: ({ retires_on }) => retires_on,
    },
    {
      name: "Successor",
      show: ({ successor }) => describeSuccessor(successor, nameOf),
      sortBy: ({ successor }) => successor?.model_id ?? null,
    },
  ];
}
