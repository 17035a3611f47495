/** Which rows of a table are shown, and in which order; nothing here draws. */

/** What a row is ordered by; null, which is not known, comes last in either direction. */
export type SortKey = string | number | null;

export interface Arrangement<Row> {
  /** Words that a row must have, in any order and case. */
  readonly search: string;
  readonly textOf: (row: Row) => string;
  /** Null: every value. */
  readonly filters: readonly {
    readonly of: (row: Row) => string;
    readonly chosen: string | null;
  }[];
  /** Null: the rows' own order. */
  readonly sort: {
    readonly by: (row: Row) => SortKey;
    readonly direction: Direction;
  } | null;
}

export type Direction = "ascending" | "descending";

/** The rows that are asked for, in the order that is asked for. */
export function arrangeRows<Row>(
  rows: readonly Row[],
  { search, textOf, filters, sort }: Arrangement<Row>,
): readonly Row[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = rows.filter((row) => {
    const text = words.length === 0 ? "" : textOf(row).toLocaleLowerCase();
    return words.every((word) => text.includes(word)) &&
      filters.every(({ of, chosen }) => chosen === null || of(row) === chosen);
  });
  if (sort === null) return found;
  const { by, direction } = sort;
  return found.sort((a, b) => compare(by(a), by(b), direction));
}

/**
 * What the next press of a column's heading asks for: numbers begin with the largest, texts with the
 * first; then the other way round, then the rows' own order.
 */
export function nextDirection(
  present: Direction | null,
  isNumber: boolean,
): Direction | null {
  const first = isNumber ? "descending" : "ascending";
  if (present === null) return first;
  if (present !== first) return null;
  return isNumber ? "ascending" : "descending";
}

function compare(a: SortKey, b: SortKey, direction: Direction): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), "en", { numeric: true });
  return direction === "ascending" ? order : -order;
}
