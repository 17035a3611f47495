import { useSignal } from "@preact/signals";
import { useId, useMemo } from "preact/hooks";
import type { Bucket } from "../api/report_types.ts";
import type { Figures, Formatter } from "../format/columns.ts";
import { formatBucket } from "../format/time.ts";
import type { AlignedLines } from "./align_series.ts";
import { ChartTable } from "./chart_table.tsx";
import { ChartLegend } from "./chart_legend.tsx";
import { fewestOf, splitFew } from "./few_answers.ts";
import { MarkList } from "./mark_list.tsx";
import { Plot } from "./plot.tsx";
import { timeAxis } from "./time_axis.ts";
import type { SwitchMark } from "./switch_marks.ts";

export interface TimeChartProps {
  readonly title: string;
  readonly data: AlignedLines;
  readonly bucket: Bucket;
  /** Where the figures end: the present. */
  readonly to: string;
  readonly marks: readonly SwitchMark[];
  readonly format: (values: Figures) => Formatter;
  readonly formatAxis: (values: Figures) => Formatter;
  /** Whether the values over all times may be added up. */
  readonly summable: boolean;
  /** What rests on fewer answers is not what its name says, and shown apart; 0 where that is not so. */
  readonly fewest: number;
}

/** Figures over time, with the switches in it: drawn, and as a table. */
export function TimeChart(props: TimeChartProps) {
  const { title, data, bucket, to, marks, format, formatAxis, summable, fewest } = props;
  const hovered = useSignal<number | null>(null);
  const titleId = useId();
  const time = hovered.value === null ? undefined : data.times[hovered.value];
  const show = useMemo(
    () => format(data.lines.flatMap(({ values }) => values)),
    [data, format],
  );
  const axis = useMemo(() => timeAxis(data.times, to), [data, to]);
  if (data.lines.length === 0) {
    return (
      <figure class="chart" aria-labelledby={titleId}>
        <figcaption id={titleId}>{title}</figcaption>
        <p class="empty">
          Nothing happened in this time. Choose a longer one above, or ask something in the chat.
        </p>
      </figure>
    );
  }
  return (
    <figure class="chart" aria-labelledby={titleId}>
      <figcaption id={titleId}>
        {title}{" "}
        <span class="muted">
          {time === undefined
            ? `UTC; the last ${bucket} is not over`
            : `${formatBucket(time, bucket)} UTC`}
        </span>
      </figcaption>
      <ChartLegend
        lines={data.lines}
        index={hovered.value}
        format={show}
        formatTotal={summable ? format(data.lines.map(({ total }) => total)) : null}
        fewest={fewest}
      />
      <Plot
        times={data.times}
        lines={data.lines}
        fewest={fewest}
        axis={axis}
        bucket={bucket}
        marks={marks}
        formatAxis={formatAxis}
        onHover={(index) => hovered.value = index}
      />
      {hasFew(data, fewest) && (
        <p class="muted chart-note">
          {fewest === fewestOf(0.5)
            ? "A hollow point is a single answer."
            : `A hollow point rests on fewer than ${fewest} answers: it is hardly more than the slowest of them.`}
        </p>
      )}
      <MarkList marks={marks} />
      <ChartTable title={title} data={data} bucket={bucket} format={show} fewest={fewest} />
    </figure>
  );
}

function hasFew({ lines }: AlignedLines, fewest: number): boolean {
  return lines.some(({ values, counts }) =>
    splitFew(values, counts, fewest).few.some((value) => value !== null)
  );
}
