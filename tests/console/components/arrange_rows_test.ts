import { expect } from "@std/expect";
import {
  arrangeRows,
  type Direction,
  nextDirection,
} from "../../../console/src/components/arrange_rows.ts";

interface Row {
  readonly name: string;
  readonly price: number | null;
}

const rows: readonly Row[] = [
  { name: "Nova Pro", price: 1.05 },
  { name: "Claude 10", price: 3 },
  { name: "Claude 9", price: null },
  { name: "Nova Lite", price: 0.06 },
];
const all = { search: "", textOf: ({ name }: Row) => name, filters: [], sort: null };
const names = (arranged: readonly Row[]) => arranged.map(({ name }) => name);

Deno.test("arrangeRows() leaves rows in their own order where nothing is asked for", () => {
  expect(arrangeRows(rows, all)).toEqual(rows);
});

Deno.test("arrangeRows() finds rows by all words of a search, in any order and case", () => {
  expect(names(arrangeRows(rows, { ...all, search: " PRO nova " }))).toEqual(["Nova Pro"]);
  expect(names(arrangeRows(rows, { ...all, search: "nova claude" }))).toEqual([]);
});

Deno.test("arrangeRows() filters by what is chosen", () => {
  const of = ({ name }: Row) => name.split(" ")[0]!;
  expect(names(arrangeRows(rows, { ...all, filters: [{ of, chosen: "Claude" }] })))
    .toEqual(["Claude 10", "Claude 9"]);
  expect(arrangeRows(rows, { ...all, filters: [{ of, chosen: null }] })).toEqual(rows);
});

Deno.test("arrangeRows() sorts numbers as numbers, and what is not known last either way", () => {
  const sorted = (direction: Direction) =>
    names(arrangeRows(rows, { ...all, sort: { by: ({ price }) => price, direction } }));
  expect(sorted("ascending")).toEqual(["Nova Lite", "Nova Pro", "Claude 10", "Claude 9"]);
  expect(sorted("descending")).toEqual(["Claude 10", "Nova Pro", "Nova Lite", "Claude 9"]);
  const byName = { by: ({ name }: Row) => name, direction: "ascending" as const };
  expect(names(arrangeRows(rows, { ...all, sort: byName })).slice(0, 2))
    .toEqual(["Claude 9", "Claude 10"]);
  expect(names(rows)).toEqual(["Nova Pro", "Claude 10", "Claude 9", "Nova Lite"]);
});

Deno.test("nextDirection() begins with what is looked for, and comes back to the own order", () => {
  const presses = (isNumber: boolean) => {
    const seen: (Direction | null)[] = [null];
    for (let press = 0; press < 3; press++) seen.push(nextDirection(seen.at(-1)!, isNumber));
    return seen;
  };
  expect(presses(true)).toEqual([null, "descending", "ascending", null]);
  expect(presses(false)).toEqual([null, "ascending", "descending", null]);
});
