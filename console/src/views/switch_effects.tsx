import type { EffectFigures, SwitchEffect } from "../api/report_types.ts";
import { describeAnswers, fewestOf } from "../charts/few_answers.ts";
import { describeSwitch } from "../charts/switch_marks.ts";
import { switchNames } from "../charts/switch_names.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import {
  type Figures,
  type Formatter,
  msColumn,
  percentColumn,
  usdColumn,
} from "../format/columns.ts";
import { formatCount, formatMs, nothing } from "../format/numbers.ts";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import type { Remote } from "../state/remote.ts";

/** Each switch with the day before and the day after it. */
export function SwitchEffects(
  { remote, onRetry }: {
    remote: Remote<readonly SwitchEffect[]>;
    onRetry: () => void;
  },
) {
  return (
    <section class="panel" aria-labelledby="effects">
      <h2 id="effects">Switches and their effect</h2>
      <p class="muted">
        The 24 hours before each switch and after it. “First answer” is how long the first answer on
        the new version took. “Late” are answers begun after the switch that an older registry
        chose: there must be none.
      </p>
      <RemoteContent remote={remote} what="the switches" onRetry={onRetry}>
        {(switches) => <EffectTable switches={switches} />}
      </RemoteContent>
    </section>
  );
}

function EffectTable({ switches }: { switches: readonly SwitchEffect[] }) {
  const names = switchNames(useServices().registry.view);
  const nameOf = (each: SwitchEffect) => describeSwitch(each, names);
  const columns: Column<SwitchEffect>[] = [
    {
      name: "Switch",
      kind: "row",
      class: "wide",
      show: (each) => (
        <>
          <span class="cell-title">{nameOf(each)}</span>
          <span class="muted cell-note">{formatMoment(each.created_at)}</span>
        </>
      ),
      sortBy: ({ created_at }) => Date.parse(created_at),
    },
    change(switches, "Turns", ({ turns }) => turns, () => formatCount),
    change(switches, "Error rate", ({ error_rate }) => error_rate, percentColumn),
    {
      ...change(switches, "p95", ({ p95_ms }) => p95_ms, msColumn),
      show: (each) => <LatencyChange of={each} among={switches} />,
    },
    change(switches, "Cost per turn", ({ cost_per_turn_usd: usd }) => usd, (amounts) => {
      const format = usdColumn(amounts);
      return (usd) => usd === null ? nothing : format(usd);
    }),
    {
      name: "First answer",
      kind: "number",
      show: (each) => <FirstAnswer of={each} format={msColumn(switches.map(tookMs))} />,
      sortBy: tookMs,
    },
    {
      name: "Late",
      kind: "number",
      show: ({ convergence: { older } }) =>
        older === 0 ? "0" : <Badge tone="danger">{formatCount(older)}</Badge>,
      sortBy: ({ convergence }) => convergence.older,
    },
  ];
  return (
    <DataTable
      label="Switches and their effect, newest first"
      what="switches"
      rows={switches}
      keyOf={({ switch_id }) => switch_id}
      columns={columns}
      class="stacked"
      textOf={(each) => `${nameOf(each)} ${formatMoment(each.created_at)}`}
      empty="No switch in this time. Choose a longer one above, or switch a model on the view Models."
    />
  );
}

/** A figure before and after, all in one format; sorted by what it is after. */
function change(
  switches: readonly SwitchEffect[],
  name: string,
  of: (figures: EffectFigures) => number | null,
  formatOf: (values: Figures) => Formatter,
): Column<SwitchEffect> {
  const format = formatOf(switches.flatMap(({ before, after }) => [of(before), of(after)]));
  return {
    name,
    kind: "number",
    class: "nowrap",
    show: ({ before, after }) => (
      <span>
        <span class="muted">{format(of(before))} →</span> {format(of(after))}
      </span>
    ),
    sortBy: ({ after }) => of(after),
  };
}

/** The p95 on both sides, and on how many answers they rest where those are few. */
function LatencyChange(
  { of: { before, after }, among }: { of: SwitchEffect; among: readonly SwitchEffect[] },
) {
  const format = msColumn(
    among.flatMap((each) => [each.before.p95_ms, each.after.p95_ms]),
  );
  const fewest = fewestOf(0.95);
  const sides = [before, after].map(({ turns, errors, p95_ms }) => ({
    p95_ms,
    answers: turns - errors,
  }));
  const few = sides.some(({ p95_ms, answers }) => p95_ms !== null && answers < fewest);
  return (
    <>
      <span>
        <span class="muted">{format(before.p95_ms)} →</span> {format(after.p95_ms)}
      </span>
      {few && (
        <span class="muted cell-note">
          {sides.map(({ p95_ms, answers }) =>
            p95_ms === null ? nothing : describeAnswers(answers, fewest)
          ).join(" → ")}
        </span>
      )}
    </>
  );
}

/** How long the first answer took; before it was asked, there was nothing to wait for. */
function FirstAnswer({ of, format }: { of: SwitchEffect; format: Formatter }) {
  const { first_asked_ms: asked } = of.convergence;
  if (asked === null) return <span class="muted">not asked yet</span>;
  return (
    <>
      {format(tookMs(of))}
      <span class="muted cell-note">
        {asked === 0 ? "was under way" : `asked ${formatMs(asked)} after it`}
      </span>
    </>
  );
}

function tookMs(
  { convergence: { first_asked_ms: asked, first_answer_ms: answered } }: SwitchEffect,
): number | null {
  return asked === null || answered === null ? null : answered - asked;
}
