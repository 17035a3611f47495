import { expect } from "@std/expect";
import { shapeDifferences } from "./same_shape.ts";

Deno.test("shapeDifferences() finds keys and types that differ, and nothing else", () => {
  const documented = { a: 1, b: { c: "x", d: [{ e: true }] }, f: null };
  expect(shapeDifferences(documented, { a: 2, b: { c: "y", d: [] }, f: 3 }))
    .toEqual([]);
  expect(
    shapeDifferences(documented, { a: null, b: { c: 1, d: [{ e: 1 }], g: 2 } }),
  ).toEqual([
    "answer.b.c is number, not string",
    "answer.b.d[0].e is number, not boolean",
    "answer.b.g is not documented",
    "answer.f is missing",
  ]);
});
