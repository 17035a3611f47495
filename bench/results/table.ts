import { type Interval, intervalOf, type Values } from "../comparison/interval.ts";

/** A table in Markdown; all columns but the first are numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => column === 0 ? "---" : "--:");
  return [line(head), line(rule), ...rows.map(line), ""];
}

/** Three significant digits, without an exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, 2 - digits)));
}

/** The estimate with its interval in brackets, which a single value does not have. */
export function interval(
  { estimate, low, high }: Interval,
  write: (value: number) => string = figure,
): string {
  return low === high ? write(estimate) : `${write(estimate)} (${write(low)}–${write(high)})`;
}

/** The median of the values with its interval. */
export function measured(values: Values, write?: (value: number) => string): string {
  return interval(intervalOf(values), write);
}

export function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}
