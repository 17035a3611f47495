import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bucket, UsageAnswer, UsageRow } from "../api/report_types.ts";
import { alignSeries } from "../charts/align_series.ts";
import { mostLines } from "../charts/line_styles.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { TimeChart } from "../charts/time_chart.tsx";
import { useReport, useSwitches } from "../charts/use_report.ts";
import { Choice } from "../components/choice.tsx";
import { RangeChooser } from "../components/range_chooser.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { Tiles } from "../components/tiles.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { formatCompact, formatCount, formatPercent } from "../format/numbers.ts";
import { type Grouping, groupings, useGroupLabel } from "./grouping.ts";

const measures = {
  turns: "turns",
  errors: "errors",
  fallbacks: "fallbacks",
  tokens_in: "tokens in",
  tokens_out: "tokens out",
} as const;
type Measure = keyof typeof measures;

/** How much was asked, by whom of the assistants and of which model. */
export function UsageView() {
  const { remote, reload } = useReport(({ manage }, { args, bucket }, signal) =>
    manage("usage", { ...args, bucket }, signal)
  );
  const { marks } = useSwitches();
  return (
    <>
      <ViewHeading title="Usage" tools={<RangeChooser />}>
        Turns, tokens, errors and fallbacks, by the hour or the day.
      </ViewHeading>
      <RemoteContent remote={remote} what="the usage" onRetry={reload}>
        {({ answer, range }) => (
          <>
            <Totals answer={answer} />
            <UsageChart answer={answer} bucket={range.bucket} marks={marks} />
          </>
        )}
      </RemoteContent>
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
        { name: "Tokens in", value: formatCompact(tokensIn(totals)) },
        { name: "Tokens out", value: formatCompact(totals.output_tokens) },
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
  const data = useMemo(() =>
    alignSeries(
      answer.usage.map((row) => ({
        at: row.bucket_start,
        key: grouping.value === "model" ? row.model_id ?? "" : row.assistant_type,
        value: valueOf(row, measure.value),
      })),
      {
        ...answer,
        bucket,
        missing: 0,
        labelOf,
        most: mostLines,
        others: "All others",
      },
    ), [answer, bucket, measure.value, grouping.value, labelOf]);
  return (
    <section class="panel">
      <div class="panel-tools">
        <Choice
          label="Show"
          value={measure.value}
          options={measures}
          onChoose={(chosen) => measure.value = chosen}
        />
        <Choice
          label="By"
          value={grouping.value}
          options={groupings}
          onChoose={(chosen) => grouping.value = chosen}
        />
      </div>
      <TimeChart
        title={`${capital(measures[measure.value])} per ${bucket}`}
        {...{ data, bucket, marks }}
        format={formatCount}
        formatAxis={formatCompact}
        summable
      />
    </section>
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
    case "tokens_in":
      return tokensIn(row);
    case "tokens_out":
      return row.output_tokens;
    default:
      return measure satisfies never;
  }
}

/** All that was read, from a cache or not. */
function tokensIn(
  row: Pick<
    UsageRow,
    "input_tokens" | "cache_read_tokens" | "cache_write_tokens"
  >,
): number {
  return row.input_tokens + row.cache_read_tokens + row.cache_write_tokens;
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
