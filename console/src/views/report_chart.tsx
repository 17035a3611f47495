import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Bucket } from "../api/report_types.ts";
import { alignSeries, type Cell } from "../charts/align_series.ts";
import { mostLines } from "../charts/line_styles.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { TimeChart } from "../charts/time_chart.tsx";
import type { Figures, Formatter } from "../format/columns.ts";

/** The chart of a report, below the choices of what it shows. */
export function ReportChart(
  props: {
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
    format: (values: Figures) => Formatter;
    formatAxis: (values: Figures) => Formatter;
    /** From how many answers on a value is what its name says; left out: always. */
    fewest?: number;
    children: ComponentChildren;
  },
) {
  const { title, cells, from, to, bucket, marks, labelOf, summable, format, formatAxis } = props;
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
      <div class="panel-tools">{props.children}</div>
      <TimeChart
        title={title}
        data={data}
        bucket={bucket}
        to={to}
        marks={marks}
        format={format}
        formatAxis={formatAxis}
        summable={summable}
        fewest={props.fewest ?? 0}
      />
    </section>
  );
}
