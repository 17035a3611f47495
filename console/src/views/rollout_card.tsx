import type { Rollout, RolloutFigures } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Facts } from "../components/facts.tsx";
import { IntervalBar } from "../components/interval_bar.tsx";
import { StateBar } from "../components/state_bar.tsx";
import {
  type DescribedGuard,
  describeForecast,
  describeGuards,
  scopeOfRollout,
  stateOfRollout,
} from "../format/describe_rollout.ts";
import { formatCount } from "../format/numbers.ts";
import { formatAge, formatMoment } from "../format/time.ts";

/** What can be done with a rollout. */
export type RolloutAction = "share" | "promote" | "revert";

export interface NamedRollout {
  readonly rollout: Rollout;
  /** Names of the new model and of the former one. */
  readonly name: string;
  readonly former: string;
}

/** A rollout under way as a picture: its share, both sides, the guards, and what can be done. */
export function RolloutCard(
  { rollout, name, former, onAct }: NamedRollout & { onAct: (action: RolloutAction) => void },
) {
  const { id, share, watch_until: until, started_at, figures } = rollout;
  const state = stateOfRollout(rollout);
  const heading = `rollout-${id}`;
  const button = (label: string, action: RolloutAction, kind = "") => (
    <button
      type="button"
      class={`button ${kind}`}
      aria-label={`${label}: rollout ${id}`}
      onClick={() => onAct(action)}
    >
      {label}
    </button>
  );
  return (
    <section class="panel" aria-labelledby={heading}>
      <div class="card-head">
        <h2 id={heading}>{name} in place of {former}</h2>
        <Badge tone={state.tone}>{state.text}</Badge>
        {rollout.verdict === "not_worse" && <Badge tone="ok">proven not worse</Badge>}
      </div>
      <p class="muted">
        Rollout {id} for {scopeOfRollout(rollout)}, since {formatMoment(started_at)}
      </p>
      {share !== null && until === null && (
        <div>
          <StateBar
            label={`Share of ${name}`}
            text={`${share} %`}
            tone="ok"
            spent={share / 100}
            held={0}
          />
          {share} % of new conversations and calls
        </div>
      )}
      {figures === null
        ? <p class="muted">The tick has not looked at it yet.</p>
        : <Figures id={id} figures={figures} name={name} former={former} />}
      <Facts facts={factsOf(rollout)} />
      <div class="panel-tools">
        {until === null && button("Change the share", "share")}
        {button(until === null ? "Promote" : "End the watch", "promote")}
        {button("Revert", "revert", "button-danger")}
      </div>
    </section>
  );
}

function factsOf(rollout: Rollout) {
  const { figures, on_verdict, problem, watch_until: until } = rollout;
  const forecast = figures === null ? null : describeForecast(figures);
  return [
    ...problem === null ? [] : [{ term: "Problem", text: problem }],
    ...forecast === null ? [] : [{ term: "A verdict takes", text: forecast }],
    ...figures === null
      ? []
      : [{ term: "Newest figures", text: formatAge(figures.measured_at, Date.now()) }],
    {
      term: "Found worse",
      text: until === null
        ? "the share goes back by itself"
        : `${rollout.former_model_id} is back by itself; weaker than a rollout, as both models are ` +
          "not asked at the same time",
    },
    ...until === null
      ? [{
        term: "Proven not worse",
        text: on_verdict === "promote" ? "it is promoted by itself" : "an operator decides",
      }]
      : [],
  ];
}

type Side = RolloutFigures["canary"] & { readonly name: string };

function Figures(
  { id, figures, name, former }: {
    id: number;
    figures: RolloutFigures;
    name: string;
    former: string;
  },
) {
  const sides = [{ ...figures.canary, name }, { ...figures.former, name: former }];
  return (
    <>
      <DataTable
        label={`Sides of rollout ${id}`}
        what="sides"
        class="stacked"
        rows={sides}
        keyOf={(side) => side.name}
        columns={sideColumns}
        textOf={(side) => side.name}
      />
      <DataTable
        label={`Guards of rollout ${id}`}
        what="guards"
        class="stacked"
        rows={describeGuards(figures)}
        keyOf={(guard) => guard.name}
        columns={guardColumns}
        textOf={({ label }) => label}
      />
    </>
  );
}

const sideColumns: readonly Column<Side>[] = [
  { name: "Model", kind: "row", show: ({ name }) => <span class="cell-title">{name}</span> },
  {
    name: "Conversations and calls",
    kind: "number",
    show: ({ units }) => formatCount(units),
  },
  { name: "Of these with an error", kind: "number", show: ({ errors }) => formatCount(errors) },
  { name: "Measured answers", kind: "number", show: ({ answered }) => formatCount(answered) },
];

const guardColumns: readonly Column<DescribedGuard>[] = [
  { name: "Guard", kind: "row", show: ({ label }) => <span class="cell-title">{label}</span> },
  {
    name: "New against former",
    show: ({ label, found, tolerated, tone, picture }) => (
      <>
        {picture !== null && (
          <IntervalBar
            text={`${label}: ${found}, tolerated ${tolerated}`}
            tone={tone}
            {...picture}
          />
        )}
        {found}
      </>
    ),
  },
  { name: "Tolerated", kind: "number", show: ({ tolerated }) => tolerated },
  { name: "Verdict", show: ({ text, tone }) => <Badge tone={tone}>{text}</Badge> },
];
