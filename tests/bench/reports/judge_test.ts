import { expect } from "@std/expect";
import { faults } from "../../../bench/reports/judge.ts";
import { sequentialReads } from "../../../bench/reports/plan.ts";

const plan = (node: unknown) =>
  `duration: 1.234 ms  plan:\n${JSON.stringify({ "Query Text": "select 1", Plan: node }, null, 2)}`;

Deno.test("sequentialReads() finds the tables that a logged plan reads whole, at any depth", () => {
  const scan = { "Node Type": "Seq Scan", "Relation Name": "ai_usage", "Actual Rows": 5 };
  const index = { "Node Type": "Index Scan", "Relation Name": "ai_messages", "Actual Rows": 9 };
  expect(
    sequentialReads(
      plan({ "Node Type": "Append", Plans: [index, { "Node Type": "Sort", Plans: [scan] }] }),
    ),
  )
    .toEqual([{ table: "ai_usage", rows: 5 }]);
  expect(sequentialReads(plan(index))).toEqual([]);
  expect(sequentialReads("table is being vacuumed")).toBeUndefined();
});

Deno.test("faults() finds what is too slow, and what reads the ledger for a part of its time", () => {
  const found = (median: number, days: number | null, readWhole: string[]) =>
    faults({
      case: { name: "x", days, sql: "" },
      caller: "y",
      readWhole,
      median,
      fastest: 0,
      slowest: 0,
      processor: undefined,
    }, 90);
  expect(found(300, 7, ["ai_usage_days"])).toEqual([]);
  expect(found(301, 7, [])).toHaveLength(1);
  expect(found(1, 90, ["ai_usage"])).toEqual([]);
  expect(found(1, 30, ["ai_usage"])).toHaveLength(1);
  expect(found(1, null, ["ai_usage"])).toHaveLength(1);
  expect(found(1, 90, ["ai_messages"])).toHaveLength(1);
});
