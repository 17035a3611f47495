import { expect } from "@std/expect";
import { z } from "zod";
import {
  describeUnreadable,
  readLeniently,
} from "../../../../../supabase/functions/_shared/database/read_leniently.ts";

const rows = z.array(z.object({
  id: z.number(),
  cost: z.number().nonnegative().nullable(),
  checks: z.array(z.object({ ok: z.boolean() })),
}));
const row = (id: number, changes: object = {}) => ({
  id,
  cost: 1,
  checks: [{ ok: true }],
  ...changes,
});

Deno.test("readLeniently() reads what is as it must be, as it is", () => {
  expect(readLeniently([row(1)], rows)).toEqual({ data: [row(1)], unreadable: [] });
});

Deno.test("readLeniently() takes figures that are none for unknown, and leaves out other bad rows", () => {
  const answer = [
    row(1, { cost: "NaN" }),
    row(2, { checks: [{ ok: true }, { name: "x" }, { ok: 7 }] }),
    row(3, { cost: -1 }),
    row(4, { cost: "1" }),
    null,
    row(5),
  ];
  const before = structuredClone(answer);
  const read = readLeniently(answer, rows);
  expect(read?.data).toEqual([row(1, { cost: null }), row(3, { cost: null }), row(5)]);
  expect(read?.unreadable.map(({ name, problem }) => [name, problem.split(":")[0]])).toEqual([
    ["1", "cost"],
    ["2", "checks.1.ok"],
    ["2", "checks.2.ok"],
    ["3", "cost"],
    ["4", "cost"],
    ["4", "Invalid input"],
  ]);
  expect(answer).toEqual(before);
});

Deno.test("readLeniently() gives nothing where the answer is another one", () => {
  for (const answer of [null, "x", 7, {}, { rows: [] }]) {
    expect(readLeniently(answer, rows)).toBeNull();
  }
  expect(readLeniently({ n: "NaN" }, z.object({ n: z.number() }))).toBeNull();
});

Deno.test("describeUnreadable() names rows and columns, and none of their values", () => {
  const answer = [{ model_id: "lite", format: "a secret" }];
  const { unreadable } = readLeniently(answer, z.array(z.object({ format: z.enum(["nova"]) })))!;
  const line = describeUnreadable(unreadable);
  expect(line).toContain("lite: format");
  expect(line).not.toContain("secret");
  expect(describeUnreadable(Array(500).fill(unreadable[0]))).toHaveLength(2_000);
});
