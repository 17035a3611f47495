import { useSignal } from "@preact/signals";
import type { Evaluation, ListedModel } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { nameOfModel } from "../format/model_state.ts";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { EvaluationDialog } from "../switching/evaluation_dialog.tsx";

/** As many evaluations as are read at once. */
const pageSize = 200;

/** What models have passed with the prompts of assistants, by promptfoo's results. */
export function EvaluationsView() {
  const { manage, registry } = useServices();
  const { view } = registry;
  const open = useSignal(false);
  // Whether an assistant still has the prompt of an evaluation changes with the version.
  const { remote, reload } = useRemote(
    String(view?.version ?? 0),
    (signal) => manage("list-evaluations", { limit: pageSize }, signal),
  );
  return (
    <>
      <ViewHeading
        title="Evaluations"
        tools={
          <button type="button" class="button" onClick={() => open.value = true}>
            Attach a result
          </button>
        }
      >
        Results of promptfoo for a model with an assistant's prompt. An assistant can require one
        before its model changes.
      </ViewHeading>
      <RemoteContent remote={remote} what="the evaluations" onRetry={reload}>
        {({ evaluations }) => (
          <>
            <DataTable
              label="Evaluations"
              what="evaluations"
              class="stacked"
              rows={evaluations}
              keyOf={({ id }) => String(id)}
              columns={columns(view?.models ?? [])}
              textOf={({ model_id, assistant_type, result_hash }) =>
                `${model_id} ${assistant_type} ${result_hash}`}
              filters={[{ name: "Assistant", of: ({ assistant_type }) => assistant_type }]}
              empty="There is none. Run deno task evals <model id>, or attach a result of promptfoo."
            />
            {evaluations.length === pageSize && (
              <p class="muted">The {pageSize} that ran last are shown.</p>
            )}
          </>
        )}
      </RemoteContent>
      {open.value && view !== undefined && (
        <EvaluationDialog
          view={view}
          onAttached={reload}
          onClose={() => open.value = false}
        />
      )}
    </>
  );
}

function columns(models: readonly ListedModel[]): readonly Column<Evaluation>[] {
  return [
    {
      name: "Model",
      kind: "row",
      show: ({ model_id }) => (
        <>
          <span class="cell-title">{nameOfModel(model_id, models)}</span>
          <code class="cell-note">{model_id}</code>
        </>
      ),
      sortBy: ({ model_id }) => nameOfModel(model_id, models),
    },
    {
      name: "Assistant",
      show: ({ assistant_type }) => assistant_type,
      sortBy: ({ assistant_type }) => assistant_type,
    },
    {
      name: "Result",
      show: (evaluation) => (
        <>
          {describeCounts(evaluation)} {evaluation.is_passing
            ? <Badge tone="ok">passed</Badge>
            : <Badge tone="danger">failed</Badge>}{" "}
          {!evaluation.is_of_present_prompt && <Badge tone="warn">another prompt</Badge>}
        </>
      ),
      sortBy: ({ score }) => score,
    },
    {
      name: "Ran",
      show: ({ ran_at, promptfoo_version }) => (
        <>
          {formatMoment(ran_at)}
          <span class="muted cell-note">promptfoo {promptfoo_version}</span>
        </>
      ),
      sortBy: ({ ran_at }) => ran_at,
    },
    {
      name: "Attached by",
      show: ({ actor_email, actor_key_name, database_role, actor_proven, reason }) => (
        <>
          {actor_email ?? (actor_key_name === null ? database_role : `key ${actor_key_name}`)}
          {!actor_proven && `, claimed via ${database_role}`}
          {reason !== null && <span class="muted cell-note">{reason}</span>}
        </>
      ),
    },
    {
      name: "File",
      show: ({ result_hash }) => (
        <code title={`SHA-256 ${result_hash}`}>{result_hash.slice(0, 12)}…</code>
      ),
    },
  ];
}

function describeCounts({ passed, failed, errors }: Evaluation): string {
  const all = passed + failed + errors;
  return `${passed} of ${all}${errors === 0 ? "" : `, errors: ${errors}`}`;
}
