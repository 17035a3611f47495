/** Rows of a report as lines of a chart: one per model or assistant, over the same times. */
import type { Bucket } from "../api/report_types.ts";
import { bucketOf, bucketStarts } from "../format/buckets.ts";

/** One figure of a report. Those of the same time and key are added up. */
export interface Cell {
  readonly at: string;
  readonly key: string;
  /** Null where the figure is not known. */
  readonly value: number | null;
  /** How many answers it rests on, where that matters; figures of the same time have one. */
  readonly count?: number;
}

export interface Line {
  readonly key: string;
  readonly label: string;
  /** One for each time. */
  readonly values: readonly (number | null)[];
  /** Over all times; null where nothing is known. */
  readonly total: number | null;
  /** How many answers each value rests on; null where that does not matter. */
  readonly counts: readonly (number | null)[] | null;
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
  const rows = new Map<string, Figure[]>();
  const counts = new Map<string, (number | null)[]>();
  for (const { at, key, value, count } of cells) {
    const place = places.get(bucketOf(at, bucket));
    if (place === undefined) continue;
    const figures = rows.get(key) ?? times.map((): Figure => undefined);
    figures[place] = add(figures[place], value);
    rows.set(key, figures);
    if (count !== undefined) {
      const known = counts.get(key) ?? times.map(() => null);
      known[place] = count;
      counts.set(key, known);
    }
  }
  const sorted = [...rows]
    .map(([key, figures]) => ({
      key,
      label: labelOf(key),
      figures,
      total: sum(figures) ?? null,
      counts: counts.get(key) ?? null,
    }))
    .sort((a, b) => (b.total ?? -1) - (a.total ?? -1) || a.key.localeCompare(b.key));
  // Only now: what is filled in must not make a sum of something that is not known.
  const toLine = ({ figures, ...line }: (typeof sorted)[number]): Line => ({
    ...line,
    values: figures.map((figure) => figure === undefined ? missing : figure),
  });
  if (sorted.length <= most) return { times, lines: sorted.map(toLine) };
  if (others === null) return { times, lines: sorted.slice(0, most).map(toLine) };
  const rest = sorted.slice(most - 1);
  const figures = times.map((_, index) => sum(rest.map((line) => line.figures[index])));
  const left = { key: "", label: others, figures, total: sum(figures) ?? null, counts: null };
  return { times, lines: [...sorted.slice(0, most - 1), left].map(toLine) };
}

/** What a line has at a time: null where it is not known, undefined where there is no row. */
type Figure = number | null | undefined;

/** What is known of two figures; null where there are some and none is known. */
function add(a: Figure, b: Figure): Figure {
  if (a === undefined || b === undefined) return a === undefined ? b : a;
  return a === null ? b : b === null ? a : a + b;
}

function sum(figures: readonly Figure[]): Figure {
  return figures.reduce(add, undefined);
}
