import { expect } from "@std/expect";
import { mergeNewest, mergeOlder } from "../../../console/src/state/merge_history.ts";

const entries = (...ids: number[]) => ids.map((id) => ({ id, created_at: `at ${id}` }));

Deno.test("mergeNewest() puts what is new in front, and keeps the pages that were read", () => {
  expect(mergeNewest(entries(9, 8, 7, 6, 5), entries(10, 9, 8))).toEqual(
    entries(10, 9, 8, 7, 6, 5),
  );
  expect(mergeNewest([], entries(3, 2))).toEqual(entries(3, 2));
  expect(mergeNewest(entries(3, 2), entries(3, 2))).toEqual(entries(3, 2));
});

Deno.test("mergeNewest() starts over where entries between are unknown", () => {
  expect(mergeNewest(entries(5, 4, 3), entries(20, 19, 18))).toEqual(entries(20, 19, 18));
});

Deno.test("mergeNewest() starts over where the same ids are of other entries, as after a restore", () => {
  const restored = [{ id: 4, created_at: "later" }, { id: 3, created_at: "later" }];
  expect(mergeNewest(entries(5, 4, 3, 2), restored)).toEqual(restored);
});

Deno.test("mergeOlder() adds a page where it was asked for, and nowhere else", () => {
  expect(mergeOlder(entries(9, 8), entries(7, 6), 8)).toEqual(entries(9, 8, 7, 6));
  expect(mergeOlder(entries(20, 19), entries(7, 6), 8)).toEqual(entries(20, 19));
});
