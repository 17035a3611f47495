import { expect } from "@std/expect";
import { sideBySide } from "./side_by_side.ts";

Deno.test("sideBySide() starts the next job when a lane is free, and keeps the order of results", async () => {
  const started: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const all = sideBySide(
    2,
    ends.map(({ promise }, n) => async () => {
      started.push(n);
      await promise;
      return n;
    }),
  );
  const end = async (n: number) => {
    ends[n]?.resolve();
    await new Promise((resolve) => setTimeout(resolve));
  };
  expect(started).toEqual([0, 1]);
  await end(1);
  expect(started).toEqual([0, 1, 2]);
  await end(2);
  await end(0);
  await end(3);
  expect(started).toEqual([0, 1, 2, 3]);
  expect(await all).toEqual([0, 1, 2, 3]);
});
