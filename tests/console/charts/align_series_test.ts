import { expect } from "@std/expect";
import fc from "fast-check";
import { alignSeries, type Cell } from "../../../console/src/charts/align_series.ts";

const options = {
  from: "2026-11-24T00:00:00Z",
  to: "2026-11-26T09:30:00Z",
  bucket: "day" as const,
  missing: 0 as 0 | null,
  labelOf: (key: string) => key.toUpperCase(),
  most: 7,
  others: "All others" as string | null,
};
const day = (date: number) => `2026-11-${date}T00:00:00+00:00`;

Deno.test("alignSeries() gives each line a value for each time, the largest line first", () => {
  const cells: Cell[] = [
    { at: day(24), key: "a", value: 1 },
    { at: day(26), key: "b", value: 5 },
    { at: day(26), key: "a", value: 2 },
    { at: day(26), key: "a", value: 1 },
  ];
  const { times, lines } = alignSeries(cells, options);
  expect(times).toEqual([24, 25, 26].map((date) => Date.parse(day(date)) / 1000));
  expect(lines).toMatchObject([
    { key: "b", label: "B", values: [0, 0, 5], total: 5 },
    { key: "a", label: "A", values: [1, 0, 3], total: 4 },
  ]);
});

Deno.test("alignSeries() keeps what is not known apart from 0", () => {
  const cells = [{ at: day(24), key: "a", value: null }, { at: day(25), key: "a", value: 3 }];
  const { lines } = alignSeries(cells, { ...options, missing: null });
  expect(lines[0]?.values).toEqual([null, 3, null]);
});

Deno.test("alignSeries() fills in what has no row, and nothing that is not known", () => {
  const cells: Cell[] = [
    { at: day(24), key: "a", value: 3 },
    { at: day(24), key: "b", value: null },
    { at: day(25), key: "c", value: null },
    { at: day(25), key: "c", value: 0.5 },
  ];
  expect(alignSeries(cells, options).lines).toMatchObject([
    { key: "a", label: "A", values: [3, 0, 0], total: 3 },
    { key: "c", label: "C", values: [0, 0.5, 0], total: 0.5 },
    { key: "b", label: "B", values: [null, 0, 0], total: null },
  ]);
  const { lines: [, others] } = alignSeries(
    [...cells, { at: day(24), key: "d", value: null }].filter(({ key }) => key !== "c"),
    { ...options, most: 2 },
  );
  expect(others).toMatchObject({ key: "", label: "All others", values: [null, 0, 0], total: null });
});

Deno.test("alignSeries() keeps how many answers a value rests on", () => {
  const cells = [{ at: day(25), key: "a", value: 900, count: 2 }, {
    at: day(24),
    key: "b",
    value: 1,
  }];
  const { lines } = alignSeries(cells, { ...options, missing: null });
  expect(lines.map(({ counts }) => counts)).toEqual([[null, 2, null], null]);
});

Deno.test("alignSeries() adds up the lines that are too many, or leaves them out", () => {
  const cells = ["a", "b", "c", "d"].map((key, index) => ({ at: day(24), key, value: 4 - index }));
  const added = alignSeries(cells, { ...options, most: 3 }).lines;
  expect(added.map(({ label, total }) => [label, total])).toEqual([
    ...[["A", 4], ["B", 3], ["All others", 3]],
  ]);
  const left = alignSeries(cells, { ...options, most: 3, others: null }).lines;
  expect(left.map(({ label }) => label)).toEqual(["A", "B", "C"]);
});

Deno.test("alignSeries() loses and invents nothing, however the rows lie", () => {
  const cell = fc.record({
    at: fc.integer({ min: 24, max: 26 }).map(day),
    key: fc.constantFrom(..."abcdefghij"),
    value: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(fc.property(fc.array(cell), fc.integer({ min: 2, max: 12 }), (cells, most) => {
    const { times, lines } = alignSeries(cells, { ...options, most });
    expect(lines.length).toBeLessThanOrEqual(most);
    const sum = (numbers: readonly (number | null)[]) =>
      numbers.reduce((total: number, value) => total + (value ?? 0), 0);
    expect(sum(lines.map(({ total }) => total))).toBe(sum(cells.map(({ value }) => value)));
    for (const [index, time] of times.entries()) {
      const rows = cells.filter(({ at }) => Date.parse(at) / 1000 === time);
      expect(sum(lines.map(({ values }) => values[index] ?? 0)))
        .toBe(sum(rows.map(({ value }) => value)));
    }
  }));
});
