import uPlot from "uplot";
import type { Bucket } from "../api/report_types.ts";
import { formatBucket } from "../format/time.ts";
import type { Line } from "./align_series.ts";
import { lineStyle } from "./line_styles.ts";
import { drawMarks } from "./draw_marks.ts";
import type { SwitchMark } from "./switch_marks.ts";

export interface PlotInput {
  readonly lines: readonly Line[];
  readonly bucket: Bucket;
  readonly marks: readonly SwitchMark[];
  /** A value on the axis, in few characters. */
  readonly formatAxis: (value: number) => string;
  /** The place in the data that the pointer is at; null: none. */
  readonly onHover: (index: number | null) => void;
}

const font = "12px system-ui, sans-serif";

/** The settings of a plot, in the colours of the present scheme. */
export function plotOptions(
  { lines, bucket, marks, formatAxis, onHover }: PlotInput,
  size: { width: number; height: number },
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--text-muted"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { stroke: colour("--grid"), width: 1, size: 4 },
    font,
  };
  return {
    ...size,
    // Buckets are UTC; in the reader's time zone a day would begin in the middle of one.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: 64,
        values: (_, splits) => splits.map((split) => formatTick(split, bucket)),
      },
      { ...axis, size: 56, values: (_, splits) => splits.map(formatAxis) },
    ],
    series: [
      {},
      ...lines.map((line, index): uPlot.Series => {
        const { colour: name, dash } = lineStyle(index);
        return {
          label: line.label,
          stroke: colour(name),
          width: 2,
          dash: [...dash],
          // A gap of one bucket without a measurement is no reason to break the line for ever.
          spanGaps: true,
          points: {
            show: line.values.filter((value) => value !== null).length < 3,
            size: 6,
          },
        };
      }),
    ],
    plugins: [drawMarks(marks, {
      line: colour("--mark"),
      label: colour("--text"),
      paper: colour("--surface"),
      font,
    })],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  };
}

/** A time on the axis: the day where one begins, otherwise the hour. */
function formatTick(seconds: number, bucket: Bucket): string {
  if (seconds % 86_400 === 0) {
    return formatBucket(seconds, bucket === "hour" ? "day" : bucket);
  }
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}
