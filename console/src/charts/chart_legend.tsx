import type { Formatter } from "../format/columns.ts";
import type { Line } from "./align_series.ts";
import { describeAnswers } from "./few_answers.ts";
import { lineStyle } from "./line_styles.ts";

/** What each line is, with its value under the pointer, or over the whole time. */
export function ChartLegend(
  { lines, index, format, formatTotal, fewest }: {
    lines: readonly Line[];
    index: number | null;
    format: Formatter;
    /** Null where values over the whole time cannot be added up. */
    formatTotal: Formatter | null;
    fewest: number;
  },
) {
  return (
    <ul class="legend">
      {lines.map((line, place) => {
        const { colour, dash } = lineStyle(place);
        const value = index === null
          ? formatTotal?.(line.total) ?? null
          : format(line.values[index] ?? null);
        const count = index === null ? null : line.counts?.[index] ?? null;
        return (
          <li key={line.key}>
            <svg
              class="legend-line"
              viewBox="0 0 32 8"
              width="32"
              height="8"
              aria-hidden="true"
            >
              <line
                x1="1"
                y1="4"
                x2="31"
                y2="4"
                stroke={`var(${colour})`}
                stroke-width="2.5"
                stroke-dasharray={dash.join(" ")}
              />
            </svg>
            {line.label}
            {value !== null && <strong>{value}</strong>}
            {count !== null && <span class="muted">{describeAnswers(count, fewest)}</span>}
          </li>
        );
      })}
    </ul>
  );
}
