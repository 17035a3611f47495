import uPlot from "uplot";
import type { Bucket } from "../api/report_types.ts";
import type { Figures, Formatter } from "../format/columns.ts";
import { formatBucket } from "../format/time.ts";
import type { Line } from "./align_series.ts";
import { lonePlaces, splitFew } from "./few_answers.ts";
import { lineStyle } from "./line_styles.ts";
import { drawMarks } from "./draw_marks.ts";
import type { SwitchMark } from "./switch_marks.ts";
import type { TimeAxis } from "./time_axis.ts";

export interface PlotInput {
  readonly lines: readonly Line[];
  /** Values that rest on fewer answers are drawn as points of their own. */
  readonly fewest: number;
  readonly axis: TimeAxis;
  readonly bucket: Bucket;
  readonly marks: readonly SwitchMark[];
  /** The values on the axis, in few characters. */
  readonly formatAxis: (values: Figures) => Formatter;
  /** The place in the data that the pointer is at; null: none. */
  readonly onHover: (index: number | null) => void;
}

const font = "12px system-ui, sans-serif";

/** The settings of a plot, in the colours of the present scheme. */
export function plotOptions(
  { lines, fewest, axis: [from, until], bucket, marks, formatAxis, onHover }: PlotInput,
  size: { width: number; height: number },
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const look = {
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
      x: { time: true, range: () => [from, until] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...look,
        size: 28,
        space: 64,
        values: (_, splits) => splits.map((split) => formatTick(split, bucket)),
      },
      { ...look, size: 56, values: (_, splits) => splits.map(formatAxis(splits)) },
    ],
    series: [
      {},
      ...lines.flatMap((line, index) => {
        const { colour: name, dash } = lineStyle(index);
        const enough = lonePlaces(splitFew(line.values, line.counts, fewest).enough);
        return [
          solidLine(line.label, colour(name), dash, enough),
          hollowPoints(line.label, colour(name), colour("--surface")),
        ];
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

/** A line that ends where nothing was measured; what has no neighbour is a dot. */
function solidLine(
  label: string,
  stroke: string,
  dash: readonly number[],
  lone: number[],
): uPlot.Series {
  return {
    label,
    stroke,
    width: 2,
    dash: [...dash],
    spanGaps: false,
    points: { show: false, filter: () => lone, size: 6, fill: stroke },
  };
}

/** What rests on few answers: no line leads there. */
function hollowPoints(label: string, stroke: string, paper: string): uPlot.Series {
  return {
    label,
    stroke,
    paths: () => null,
    points: { show: true, size: 7, width: 1.5, fill: paper },
  };
}

/** The data of the series that `plotOptions()` makes of the lines. */
export function plotData(
  times: readonly number[],
  { lines, fewest }: Pick<PlotInput, "lines" | "fewest">,
): uPlot.AlignedData {
  const series = lines.flatMap(({ values, counts }) => {
    const { enough, few } = splitFew(values, counts, fewest);
    return [enough, few];
  });
  return [[...times], ...series];
}

/** A time on the axis: the day where one begins, otherwise the hour. */
function formatTick(seconds: number, bucket: Bucket): string {
  if (seconds % 86_400 === 0) {
    return formatBucket(seconds, bucket === "hour" ? "day" : bucket);
  }
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}
