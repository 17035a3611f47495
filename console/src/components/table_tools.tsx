import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Direction } from "./arrange_rows.ts";
import type { Column } from "./table_column.ts";

/** By which column a table is sorted. */
export interface Sorted {
  readonly column: string;
  readonly direction: Direction;
}

type AnyColumn = Pick<Column<never>, "name" | "kind">;

/** What narrows and orders the rows of a table, and how many are left, also read out. */
export function TableTools(
  { what, count, shown, searchable, search, filters, chosen, sortable, sorted }: {
    what: string;
    count: number;
    shown: number;
    searchable: boolean;
    search: Signal<string>;
    filters: readonly { readonly name: string; readonly values: readonly string[] }[];
    chosen: Signal<Readonly<Record<string, string>>>;
    sortable: readonly AnyColumn[];
    sorted: Signal<Sorted | null>;
  },
) {
  // On a phone they would fill the screen above the first row.
  const open = useSignal(false);
  const choicesId = useId();
  const choose = (name: string, value: string) => {
    const { [name]: _, ...others } = chosen.value;
    chosen.value = value === "" ? others : { ...others, [name]: value };
  };
  const choices = [
    ...(searchable ? filters : []).map(({ name, values }) => (
      <label class="inline-field" key={name}>
        {name}
        <select
          value={chosen.value[name] ?? ""}
          onChange={(event) => choose(name, event.currentTarget.value)}
        >
          <option value="">all</option>
          {values.map((value) => <option key={value} value={value}>{value}</option>)}
        </select>
      </label>
    )),
    ...(sortable.length > 0 ? [<SortChoice key="sort" columns={sortable} sorted={sorted} />] : []),
  ];
  return (
    <div class="table-tools">
      {searchable && (
        <label class="inline-field">
          <span class="visually-hidden">Search {what}</span>
          <input
            type="search"
            placeholder={`Search ${what}`}
            value={search.value}
            onInput={(event) => search.value = event.currentTarget.value}
          />
        </label>
      )}
      {choices.length > 0 && (
        <button
          type="button"
          class={filters.length > 0 ? "button choices-button has-filters" : "button choices-button"}
          aria-expanded={open.value}
          aria-controls={choicesId}
          onClick={() => open.value = !open.value}
        >
          {searchable && filters.length > 0 ? "Filter and sort" : "Sort"}
        </button>
      )}
      <div id={choicesId} class={open.value ? "table-choices" : "table-choices menu-closed"}>
        {choices}
      </div>
      <p role="status" class={searchable ? "table-count" : "visually-hidden"}>
        {searchable && (shown === count ? `${count} ${what}` : `${shown} of ${count} ${what}`)}
        <span class="visually-hidden">
          {sorted.value !== null &&
            `, sorted by ${sorted.value.column}, ${sorted.value.direction}`}
        </span>
      </p>
    </div>
  );
}

/** Sorts where the headings are not shown: on a phone, whose rows are cards. */
function SortChoice(
  { columns, sorted }: { columns: readonly AnyColumn[]; sorted: Signal<Sorted | null> },
) {
  const options = columns.flatMap(({ name, kind }) => {
    const words = kind === "number" ? ["smallest first", "largest first"] : ["A–Z", "Z–A"];
    return (["ascending", "descending"] as const).map((direction, index) => ({
      column: name,
      direction,
      text: `${name}, ${words[index]}`,
    }));
  });
  const place = options.findIndex(({ column, direction }) =>
    column === sorted.value?.column && direction === sorted.value.direction
  );
  return (
    <label class="inline-field table-sort">
      Sort by
      <select
        value={place}
        onChange={({ currentTarget }) => {
          const option = options[Number(currentTarget.value)];
          sorted.value = option === undefined
            ? null
            : { column: option.column, direction: option.direction };
        }}
      >
        <option value={-1}>their own order</option>
        {options.map(({ text }, index) => <option key={text} value={index}>{text}</option>)}
      </select>
    </label>
  );
}

/** The heading of a column; a button, where it sorts. */
export function ColumnHeading(
  { column: { name, kind }, sortable, direction, onSort }: {
    column: AnyColumn;
    sortable: boolean;
    direction: Direction | null;
    onSort: () => void;
  },
) {
  if (kind === "actions") {
    return (
      <th scope="col">
        <span class="visually-hidden">{name}</span>
      </th>
    );
  }
  return (
    <th
      scope="col"
      class={kind === "number" ? "number" : undefined}
      aria-sort={sortable ? direction ?? "none" : undefined}
    >
      {sortable
        ? (
          <button type="button" class="sort-button" onClick={onSort}>
            {name}
            <span class="sort-arrow" aria-hidden="true">
              {direction === null ? "↕" : direction === "ascending" ? "↑" : "↓"}
            </span>
          </button>
        )
        : name}
    </th>
  );
}
