import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bucket, UsageAnswer, UsageRow } from "../api/report_types.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { useSwitches } from "../charts/use_report.ts";
import { Choice } from "../components/choice.tsx";
import { Tiles } from "../components/tiles.tsx";
import { formatCompact, formatCount, formatPercent } from "../format/numbers.ts";
import { type Grouping, GroupingChoice, groupOf, useGroupLabel } from "./grouping.tsx";
import { ReportChart } from "./report_chart.tsx";
import { ReportView } from "./report_view.tsx";
import { UsageByCaller } from "./usage_by_caller.tsx";
import { tokensIn } from "./usage_tokens.ts";

const measures = {
  turns: "turns",
  errors: "errors",
  fallbacks: "fallbacks",
  interventions: "interventions of guardrails",
  tokens_in: "tokens in",
  tokens_out: "tokens out",
} as const;
type Measure = keyof typeof measures;

// Outside of the view, so that a chart sees the same functions each time.
const counts = () => formatCount;
const compactCounts = () => (value: number | null) => formatCompact(value ?? 0);

/** Turns, tokens, errors, fallbacks and interventions of guardrails, by model or assistant. */
export function UsageView() {
  const { marks } = useSwitches();
  return (
    <>
      <ReportView
        title="Usage"
        lead="Turns, tokens, errors, fallbacks and interventions of guardrails, by the hour or the day."
        what="the usage"
        load={({ manage }, { args, bucket }, signal) =>
          manage("usage", { ...args, bucket }, signal)}
      >
        {(answer, { bucket }) => (
          <>
            <Totals answer={answer} />
            <UsageChart answer={answer} bucket={bucket} marks={marks} />
          </>
        )}
      </ReportView>
      <UsageByCaller />
    </>
  );
}

function Totals({ answer: { totals } }: { answer: UsageAnswer }) {
  const errors = totals.failed + totals.partial;
  const share = (part: number) => formatPercent(totals.turns === 0 ? null : part / totals.turns);
  return (
    <Tiles
      tiles={[
        { name: "Turns", value: formatCount(totals.turns) },
        { name: "Conversations", value: formatCount(totals.conversations) },
        { name: "Errors", value: formatCount(errors), note: share(errors) },
        {
          name: "Fallbacks",
          value: formatCount(totals.fallbacks),
          note: share(totals.fallbacks),
        },
        {
          name: "Interventions",
          value: formatCount(totals.interventions),
          note: share(totals.interventions),
        },
        { name: "Tokens in", value: formatCompact(tokensIn(totals)) },
        {
          name: "Tokens out",
          value: formatCompact(totals.output_tokens),
          ...(totals.thinking_tokens > 0 && {
            note: `${formatCompact(totals.thinking_tokens)} thinking`,
          }),
        },
      ]}
    />
  );
}

function UsageChart(
  { answer, bucket, marks }: {
    answer: UsageAnswer;
    bucket: Bucket;
    marks: readonly SwitchMark[];
  },
) {
  const measure = useSignal<Measure>("turns");
  const grouping = useSignal<Grouping>("model");
  const labelOf = useGroupLabel(grouping.value);
  const cells = useMemo(
    () =>
      answer.usage.map((row) => ({
        at: row.bucket_start,
        key: groupOf(row, grouping.value),
        value: valueOf(row, measure.value),
      })),
    [answer, measure.value, grouping.value],
  );
  return (
    <ReportChart
      title={`${capital(measures[measure.value])} per ${bucket}`}
      cells={cells}
      from={answer.from}
      to={answer.to}
      bucket={bucket}
      marks={marks}
      labelOf={labelOf}
      summable
      format={counts}
      formatAxis={compactCounts}
    >
      <Choice
        label="Show"
        value={measure.value}
        options={measures}
        onChoose={(chosen) => measure.value = chosen}
      />
      <GroupingChoice grouping={grouping} />
    </ReportChart>
  );
}

function valueOf(row: UsageRow, measure: Measure): number {
  switch (measure) {
    case "turns":
      return row.turns;
    case "errors":
      return row.failed + row.partial;
    case "fallbacks":
      return row.fallbacks;
    case "interventions":
      return row.interventions;
    case "tokens_in":
      return tokensIn(row);
    case "tokens_out":
      return row.output_tokens;
    default:
      return measure satisfies never;
  }
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
