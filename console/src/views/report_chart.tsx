import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Bucket } from "../api/report_types.ts";
import { alignSeries, type Cell } from "../charts/align_series.ts";
import { mostLines } from "../charts/line_styles.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { TimeChart } from "../charts/time_chart.tsx";

/** The chart of a report, below the choices of what it shows. */
export function ReportChart(
  { title, cells, from, to, bucket, marks, labelOf, summable, format, formatAxis, children }: {
    title: string;
    cells: readonly Cell[];
    from: string;
    to: string;
    bucket: Bucket;
    marks: readonly SwitchMark[];
    labelOf: (key: string) => string;
    /**
     * Whether the figures add up: times without a row are 0 then, and the smallest lines are drawn
     * as one.
     */
    summable: boolean;
    format: (value: number | null) => string;
    formatAxis: (value: number) => string;
    children: ComponentChildren;
  },
) {
  const data = useMemo(() =>
    alignSeries(cells, {
      from,
      to,
      bucket,
      missing: summable ? 0 : null,
      labelOf,
      most: mostLines,
      others: summable ? "All others" : null,
    }), [cells, from, to, bucket, summable, labelOf]);
  return (
    <section class="panel">
      <div class="panel-tools">{children}</div>
      <TimeChart
        title={title}
        data={data}
        bucket={bucket}
        marks={marks}
        format={format}
        formatAxis={formatAxis}
        summable={summable}
      />
    </section>
  );
}
