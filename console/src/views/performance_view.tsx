import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bucket, LatencyFigure, PerformanceAnswer } from "../api/report_types.ts";
import { alignSeries } from "../charts/align_series.ts";
import { mostLines } from "../charts/line_styles.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { TimeChart } from "../charts/time_chart.tsx";
import { useReport, useSwitches } from "../charts/use_report.ts";
import { Choice } from "../components/choice.tsx";
import { RangeChooser } from "../components/range_chooser.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { formatMs, formatShortMs } from "../format/numbers.ts";
import { useGroupLabel } from "./grouping.ts";
import { LatencyTable } from "./latency_table.tsx";
import { SwitchEffects } from "./switch_effects.tsx";

const measures = {
  p50_ms: "median (p50)",
  p95_ms: "p95",
  p99_ms: "p99",
  mean_ms: "mean",
  ttft_p50_ms: "first token, median",
  ttft_p95_ms: "first token, p95",
} as const satisfies Partial<Record<LatencyFigure, string>>;
type Measure = keyof typeof measures;

/** How fast the models answer, and what switches changed about it. */
export function PerformanceView() {
  const { remote, reload } = useReport(
    async ({ manage }, { args, bucket }, signal) => {
      const [overTime, total] = await Promise.all([
        manage("performance", { ...args, bucket }, signal),
        manage("performance", { ...args, bucket: "total" }, signal),
      ]);
      return { overTime, total };
    },
  );
  const switches = useSwitches();
  return (
    <>
      <ViewHeading title="Performance" tools={<RangeChooser />}>
        How long answers take, and what each switch changed about it.
      </ViewHeading>
      <RemoteContent remote={remote} what="the latencies" onRetry={reload}>
        {({ answer: { overTime, total }, range }) => (
          <>
            <LatencyChart
              answer={overTime}
              bucket={range.bucket}
              marks={switches.marks}
            />
            <LatencyTable rows={total.performance} />
          </>
        )}
      </RemoteContent>
      <SwitchEffects remote={switches.remote} onRetry={switches.reload} />
    </>
  );
}

function LatencyChart(
  { answer, bucket, marks }: {
    answer: PerformanceAnswer;
    bucket: Bucket;
    marks: readonly SwitchMark[];
  },
) {
  const measure = useSignal<Measure>("p95_ms");
  const labelOf = useGroupLabel("model");
  const data = useMemo(() =>
    alignSeries(
      answer.performance.map((row) => ({
        at: row.bucket_start,
        key: row.model_id ?? "",
        value: row[measure.value],
      })).filter((cell) => cell.value !== null),
      {
        ...answer,
        bucket,
        missing: null,
        labelOf,
        most: mostLines,
        others: null,
      },
    ), [answer, bucket, measure.value, labelOf]);
  return (
    <section class="panel">
      <div class="panel-tools">
        <Choice
          label="Show"
          value={measure.value}
          options={measures}
          onChoose={(chosen) => measure.value = chosen}
        />
      </div>
      <TimeChart
        title={`Response time, ${measures[measure.value]}, per ${bucket}`}
        {...{ data, bucket, marks }}
        format={formatMs}
        formatAxis={formatShortMs}
        summable={false}
      />
    </section>
  );
}
