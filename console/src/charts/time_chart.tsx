import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Bucket } from "../api/report_types.ts";
import { formatBucket } from "../format/time.ts";
import type { AlignedLines } from "./align_series.ts";
import { ChartTable } from "./chart_table.tsx";
import { ChartLegend } from "./chart_legend.tsx";
import { MarkList } from "./mark_list.tsx";
import { Plot } from "./plot.tsx";
import type { SwitchMark } from "./switch_marks.ts";

export interface TimeChartProps {
  readonly title: string;
  readonly data: AlignedLines;
  readonly bucket: Bucket;
  readonly marks: readonly SwitchMark[];
  readonly format: (value: number | null) => string;
  readonly formatAxis: (value: number) => string;
  /** Whether the values over all times may be added up. */
  readonly summable: boolean;
}

/** Figures over time, with the switches in it: drawn, and as a table. */
export function TimeChart(props: TimeChartProps) {
  const { title, data, bucket, marks, format, formatAxis, summable } = props;
  const hovered = useSignal<number | null>(null);
  const titleId = useId();
  const time = hovered.value === null ? undefined : data.times[hovered.value];
  if (data.lines.length === 0) {
    return (
      <figure class="chart" aria-labelledby={titleId}>
        <figcaption id={titleId}>{title}</figcaption>
        <p class="empty">Nothing happened in this time.</p>
      </figure>
    );
  }
  return (
    <figure class="chart" aria-labelledby={titleId}>
      <figcaption id={titleId}>
        {title}{" "}
        <span class="muted">
          {time === undefined ? `UTC; the last ${bucket} is not over` : formatBucket(time, bucket)}
        </span>
      </figcaption>
      <ChartLegend
        lines={data.lines}
        index={hovered.value}
        format={format}
        summable={summable}
      />
      <Plot
        times={data.times}
        lines={data.lines}
        bucket={bucket}
        marks={marks}
        formatAxis={formatAxis}
        onHover={(index) => hovered.value = index}
      />
      <MarkList marks={marks} />
      <ChartTable title={title} data={data} bucket={bucket} format={format} />
    </figure>
  );
}
