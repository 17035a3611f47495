import type uPlot from "uplot";
import { marksOn } from "./time_axis.ts";
import { labelMarks, type SwitchMark } from "./switch_marks.ts";

export interface MarkColours {
  readonly line: string;
  readonly label: string;
  readonly paper: string;
  readonly font: string;
}

/** In CSS pixels. */
const labelGap = 30;

/** A plugin that draws a line where a switch was made, and its number on top. */
export function drawMarks(
  marks: readonly SwitchMark[],
  colours: MarkColours,
): uPlot.Plugin {
  return { hooks: { draw: (plot) => draw(plot, marks, colours) } };
}

function draw(
  plot: uPlot,
  marks: readonly SwitchMark[],
  colours: MarkColours,
): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  const placed = marksOn(marks, [min ?? 0, max ?? 0])
    .map(({ time, number }) => ({ x: plot.valToPos(time, "x", true), number }));
  ctx.save();
  ctx.strokeStyle = colours.line;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  for (const { x } of placed) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.font = colours.font.replace(/^\d+/, (size) => `${Number(size) * ratio}`);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const { x, text } of labelMarks(placed, labelGap * ratio)) {
    const width = ctx.measureText(text).width + 8 * ratio;
    const height = 16 * ratio;
    const left = Math.min(
      Math.max(x - width / 2, bbox.left),
      bbox.left + bbox.width - width,
    );
    ctx.fillStyle = colours.paper;
    ctx.fillRect(left, bbox.top, width, height);
    ctx.strokeRect(left, bbox.top, width, height);
    ctx.fillStyle = colours.label;
    ctx.fillText(text, left + width / 2, bbox.top + height / 2);
  }
  ctx.restore();
}
