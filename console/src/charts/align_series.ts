/** Rows of a report as lines of a chart: one per model or assistant, over the same times. */
import type { Bucket } from "../api/report_types.ts";
import { bucketOf, bucketStarts } from "./buckets.ts";

/** One figure of a report. Those of the same time and key are added up. */
export interface Cell {
  readonly at: string;
  readonly key: string;
  /** Null where the figure is not known. */
  readonly value: number | null;
}

export interface Line {
  readonly key: string;
  readonly label: string;
  /** One for each time. */
  readonly values: readonly (number | null)[];
  /** Over all times; null where nothing is known. */
  readonly total: number | null;
}

export interface AlignedLines {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** The largest first. */
  readonly lines: readonly Line[];
}

export interface AlignOptions {
  readonly from: string;
  readonly to: string;
  readonly bucket: Bucket;
  /** What a time without a row has: nothing was counted, or nothing was measured. */
  readonly missing: 0 | null;
  readonly labelOf: (key: string) => string;
  /** More lines than these cannot be told apart. Those that are left over are added up. */
  readonly most: number;
  /** How the left over are called; null: they cannot be added up, and are left out. */
  readonly others: string | null;
}

export function alignSeries(
  cells: readonly Cell[],
  options: AlignOptions,
): AlignedLines {
  const { from, to, bucket, missing, labelOf, most, others } = options;
  const times = bucketStarts(from, to, bucket);
  const places = new Map(times.map((time, index) => [time, index]));
  const rows = new Map<string, (number | null)[]>();
  for (const { at, key, value } of cells) {
    const place = places.get(bucketOf(at, bucket));
    if (place === undefined) continue;
    const values = rows.get(key) ?? times.map((): number | null => missing);
    values[place] = add(values[place] ?? null, value);
    rows.set(key, values);
  }
  const sorted = [...rows]
    .map(([key, values]) => ({
      key,
      label: labelOf(key),
      values,
      total: sum(values),
    }))
    .sort((a, b) => (b.total ?? -1) - (a.total ?? -1) || a.key.localeCompare(b.key));
  if (sorted.length <= most) return { times, lines: sorted };
  const kept = sorted.slice(0, others === null ? most : most - 1);
  if (others === null) return { times, lines: kept };
  const rest = sorted.slice(most - 1);
  const values = times.map((_, index) => sum(rest.map((line) => line.values[index] ?? null)));
  return {
    times,
    lines: [...kept, { key: "", label: others, values, total: sum(values) }],
  };
}

/** What is known of two figures; null only where neither is. */
function add(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : a + b;
}

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce(add, null);
}
