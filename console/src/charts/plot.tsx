import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { scheme } from "../state/theme.ts";
import { plotData, type PlotInput, plotOptions } from "./plot_options.ts";

const height = 260;

/** The drawing of a chart. What it shows is also in the legend and the table beside it. */
export function Plot(
  { times, ...input }: PlotInput & { times: readonly number[] },
) {
  const place = useRef<HTMLDivElement>(null);
  const colours = scheme.value;

  useEffect(() => {
    const element = place.current!;
    const size = () => ({ width: Math.max(element.clientWidth, 200), height });
    const plot = new uPlot(plotOptions(input, size()), plotData(times, input), element);
    const observer = new ResizeObserver(() => plot.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, input.lines, input.fewest, input.axis, input.marks, input.formatAxis, colours]);

  return <div class="plot" ref={place} aria-hidden="true" />;
}
