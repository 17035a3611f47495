import type { Status } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Notice } from "../components/notice.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { describeResult, describeTick, labelOfState, nameOfStep } from "../format/describe_tick.ts";
import { formatAge, formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { useReloads } from "./use_reloads.ts";

type Step = Status["steps"][number];

/** What is done by itself: when each step last ran, and what is late. */
export function TickPanel() {
  const { manage } = useServices();
  const { remote, reload } = useRemote("status", (signal) => manage("status", {}, signal));
  useReloads(reload);
  return (
    <section class="panel" aria-labelledby="tick">
      <h2 id="tick">The tick</h2>
      <RemoteContent remote={remote} what="when the tick ran" onRetry={reload}>
        {(status) => (
          <>
            <p class="muted">{describeTick(status, Date.now())}</p>
            {status.warnings.map((warning) => (
              <Notice tone="warn" title={warning} key={warning}></Notice>
            ))}
            {status.data_retention.map(({ region, mode, read_at }) => (
              <p class="muted" key={region}>
                Data retention mode of the AWS account in {region}: {mode ?? "not known"}, read{" "}
                {formatAge(read_at, Date.now())}.
              </p>
            ))}
            <DataTable
              label="Steps of the tick"
              what="steps"
              class="stacked"
              rows={status.steps}
              keyOf={({ step }) => step}
              columns={columns(Date.now())}
              textOf={({ step }) => nameOfStep(step)}
            />
          </>
        )}
      </RemoteContent>
    </section>
  );
}

function columns(now: number): readonly Column<Step>[] {
  return [
    {
      name: "Step",
      kind: "row",
      show: ({ step, state }) => (
        <>
          <span class="cell-title">{nameOfStep(step)}</span>
          <StateBadge state={state} />
        </>
      ),
    },
    { name: "Last ran", show: ({ last_ran_at }) => <Moment at={last_ran_at} now={now} /> },
    {
      name: "Last without an error",
      show: ({ last_ok_at }) => <Moment at={last_ok_at} now={now} />,
    },
    {
      name: "Outcome",
      class: "values",
      show: ({ state, last_error: error, result }) =>
        error === null || state === "running"
          ? describeResult(result)
          : <Badge tone="danger">{error}</Badge>,
    },
  ];
}

function StateBadge({ state }: Pick<Step, "state">) {
  const label = labelOfState(state);
  if (label === null) return null;
  const tone = state === "late" || state === "not_ok" ? "warn" : "plain";
  return <Badge tone={tone}>{label}</Badge>;
}

function Moment({ at, now }: { at: string | null; now: number }) {
  if (at === null) return <>never</>;
  return (
    <>
      {formatAge(at, now)}
      <span class="muted cell-note">{formatMoment(at)}</span>
    </>
  );
}
