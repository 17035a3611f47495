import { expect } from "@std/expect";
import { toCsv } from "../../../console/src/format/csv.ts";

Deno.test("toCsv() quotes what would break a line or a cell", () => {
  expect(toCsv(["a", "b"], [['say "no"', 1.5], ["two\nlines", null]])).toBe(
    'a,b\r\n"say ""no""",1.5\r\n"two\nlines",\r\n',
  );
});

Deno.test("toCsv() gives a spreadsheet no formula, and leaves numbers as they are", () => {
  expect(toCsv(["=A1"], [["@sum(a1)"], ["-1+2"], [-3]])).toBe(
    "'=A1\r\n'@sum(a1)\r\n'-1+2\r\n-3\r\n",
  );
});
