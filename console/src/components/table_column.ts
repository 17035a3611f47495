import type { ComponentChildren } from "preact";
import type { SortKey } from "./arrange_rows.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly name: string;
  /** `row`: heads its row. `number`: to the right, and the largest first. `actions`: no name shown. */
  readonly kind?: "row" | "number" | "actions";
  readonly show: (row: Row) => ComponentChildren;
  /** What it is sorted by; a column without it cannot be. */
  readonly sortBy?: (row: Row) => SortKey;
  readonly class?: string;
}
