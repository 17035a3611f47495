import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { arrangeRows, type Direction, nextDirection } from "./arrange_rows.ts";
import type { Column } from "./table_column.ts";
import { ScrollTable } from "./scroll_table.tsx";
import { ColumnHeading, type Sorted, TableTools } from "./table_tools.tsx";

export type { Column };

/** A choice of rows by one of their values. */
export interface Filter<Row> {
  readonly name: string;
  /** The row's value, as it is shown in the list. */
  readonly of: (row: Row) => string;
}

export interface DataTableProps<Row> {
  /** The table's name. */
  readonly label: string;
  /** What its rows are called, as in "3 of 12 models". */
  readonly what: string;
  /** In their own order, which is shown until another one is asked for. */
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly columns: readonly Column<Row>[];
  /** The text that a search looks through. */
  readonly textOf: (row: Row) => string;
  readonly filters?: readonly Filter<Row>[];
  /** Shown where there is no row: says what to do. */
  readonly empty?: ComponentChildren;
  /** `stacked`: on a phone each row becomes a card. `compact`: lower rows, scrolling by itself. */
  readonly class?: string;
}

/** So few rows are seen at a glance: a search would only be in the way. */
const fewRows = 10;

/** A table that may grow: sorted by its headings, and from ten rows on searched and filtered. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, what, rows, keyOf, columns, textOf, filters = [], empty } = props;
  const search = useSignal("");
  const chosen = useSignal<Readonly<Record<string, string>>>({});
  const sorted = useSignal<Sorted | null>(null);
  if (rows.length === 0) return <p class="empty">{empty ?? `There are no ${what}.`}</p>;

  const shown = arrangeRows(rows, {
    search: search.value,
    textOf,
    filters: filters.map(({ name, of }) => ({ of, chosen: chosen.value[name] ?? null })),
    sort: toSort(columns, sorted.value),
  });
  const isNarrowed = search.value !== "" || Object.keys(chosen.value).length > 0;
  const canSort = rows.length > 1;
  const showAll = () => {
    search.value = "";
    chosen.value = {};
  };
  return (
    <div class="data-table">
      <TableTools
        what={what}
        count={rows.length}
        shown={shown.length}
        // What narrows the rows stays in sight, however few there are by then.
        searchable={rows.length >= fewRows || isNarrowed}
        search={search}
        filters={filters.map(({ name, of }) => ({ name, values: distinct(rows, of) }))}
        chosen={chosen}
        sortable={canSort ? columns.filter(({ sortBy }) => sortBy !== undefined) : []}
        sorted={sorted}
      />
      {shown.length === 0
        ? (
          <div class="empty">
            <p>No row matches.</p>
            <button type="button" class="button" onClick={showAll}>Show all {what}</button>
          </div>
        )
        : (
          <ScrollTable label={label} class={props.class ?? ""}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <ColumnHeading
                    key={column.name}
                    column={column}
                    sortable={canSort && column.sortBy !== undefined}
                    direction={directionOf(sorted.value, column.name)}
                    onSort={() => sorted.value = nextSorted(sorted.value, column)}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={keyOf(row)}>
                  {columns.map((column) => <Cell key={column.name} column={column} row={row} />)}
                </tr>
              ))}
            </tbody>
          </ScrollTable>
        )}
    </div>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { name, kind, show, class: own = "" } = column;
  switch (kind) {
    case "row":
      return <th scope="row" class={own}>{show(row)}</th>;
    case "actions":
      return <td class={`actions ${own}`}>{show(row)}</td>;
    case "number":
      return <td data-label={name} class={`number ${own}`}>{show(row)}</td>;
    case undefined:
      return <td data-label={name} class={own}>{show(row)}</td>;
    default:
      return kind satisfies never;
  }
}

function toSort<Row>(columns: readonly Column<Row>[], sorted: Sorted | null) {
  const by = columns.find(({ name }) => name === sorted?.column)?.sortBy;
  return by === undefined || sorted === null ? null : { by, direction: sorted.direction };
}

function directionOf(sorted: Sorted | null, column: string): Direction | null {
  return sorted?.column === column ? sorted.direction : null;
}

function nextSorted(
  sorted: Sorted | null,
  { name, kind }: Pick<Column<never>, "name" | "kind">,
): Sorted | null {
  const direction = nextDirection(directionOf(sorted, name), kind === "number");
  return direction === null ? null : { column: name, direction };
}

function distinct<Row>(rows: readonly Row[], of: (row: Row) => string): string[] {
  return [...new Set(rows.map(of))].sort((a, b) => a.localeCompare(b, "en"));
}
