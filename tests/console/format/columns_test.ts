import { expect } from "@std/expect";
import {
  type Figures,
  type Formatter,
  msColumn,
  percentColumn,
  usdColumn,
} from "../../../console/src/format/columns.ts";

const column = (of: (values: Figures) => Formatter, values: Figures) => values.map(of(values));

Deno.test("msColumn() takes the unit of the largest time for all", () => {
  expect(column(msColumn, [840.4, 9_999, null])).toEqual(["840 ms", "9,999 ms", "–"]);
  expect(column(msColumn, [840, 12_300, 599_000])).toEqual(["0.8 s", "12.3 s", "599.0 s"]);
  expect(column(msColumn, [30_000, 840_000])).toEqual(["0.5 min", "14.0 min"]);
});

Deno.test("usdColumn() gives all amounts the same decimals, and no amount as nothing", () => {
  expect(column(usdColumn, [0.00112, 0.02, 0])).toEqual(["$0.0011", "$0.0200", "$0"]);
  expect(column(usdColumn, [1234.5, 0.000043, null])).toEqual(["$1,234.50", "<$0.01", "not known"]);
  expect(column(usdColumn, [26.744, -0.5])).toEqual(["$26.74", "−$0.50"]);
  expect(column(usdColumn, [0.0000243])).toEqual(["$0.000024"]);
  expect(column(usdColumn, [null, 0])).toEqual(["not known", "$0"]);
});

Deno.test("percentColumn() shows decimals for all or for none", () => {
  expect(column(percentColumn, [0, 0.0123, 0.5])).toEqual(["0.0 %", "1.2 %", "50.0 %"]);
  expect(column(percentColumn, [0, 0.5, 1, null])).toEqual(["0 %", "50 %", "100 %", "–"]);
});
