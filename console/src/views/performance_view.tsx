import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bucket, LatencyFigure, PerformanceAnswer } from "../api/report_types.ts";
import { fewestOf } from "../charts/few_answers.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { useSwitches } from "../charts/use_report.ts";
import { Choice } from "../components/choice.tsx";
import { msColumn } from "../format/columns.ts";
import { useGroupLabel } from "./grouping.tsx";
import { LatencyTable } from "./latency_table.tsx";
import { ReportChart } from "./report_chart.tsx";
import { ReportView } from "./report_view.tsx";
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

const fewest: Readonly<Record<Measure, number>> = {
  p50_ms: fewestOf(0.5),
  p95_ms: fewestOf(0.95),
  p99_ms: fewestOf(0.99),
  mean_ms: fewestOf(0.5),
  ttft_p50_ms: fewestOf(0.5),
  ttft_p95_ms: fewestOf(0.95),
};

/** Response times by model, and the effects of switches on them. */
export function PerformanceView() {
  const switches = useSwitches();
  return (
    <>
      <ReportView
        title="Performance"
        lead="How long answers take, and what each switch changed about it."
        what="the latencies"
        load={async ({ manage }, { args, bucket }, signal) => {
          const [overTime, total] = await Promise.all([
            manage("performance", { ...args, bucket }, signal),
            manage("performance", { ...args, bucket: "total" }, signal),
          ]);
          return { overTime, total };
        }}
      >
        {({ overTime, total }, { bucket }) => (
          <>
            <LatencyChart answer={overTime} bucket={bucket} marks={switches.marks} />
            <LatencyTable rows={total.performance} />
          </>
        )}
      </ReportView>
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
  const cells = useMemo(
    () =>
      answer.performance.map((row) => ({
        at: row.bucket_start,
        key: row.model_id ?? "",
        value: row[measure.value],
        count: row.answers,
      })).filter((cell) => cell.value !== null),
    [answer, measure.value],
  );
  return (
    <ReportChart
      title={`Response time, ${measures[measure.value]}, per ${bucket}`}
      cells={cells}
      from={answer.from}
      to={answer.to}
      bucket={bucket}
      marks={marks}
      labelOf={labelOf}
      summable={false}
      format={msColumn}
      formatAxis={msColumn}
      fewest={fewest[measure.value]}
    >
      <Choice
        label="Show"
        value={measure.value}
        options={measures}
        onChoose={(chosen) => measure.value = chosen}
      />
    </ReportChart>
  );
}
