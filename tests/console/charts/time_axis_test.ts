import { expect } from "@std/expect";
import { marksOn, timeAxis } from "../../../console/src/charts/time_axis.ts";

const hour = 3_600;
const times = [0, hour, 2 * hour];
const axis = timeAxis(times, new Date((2 * hour + 1_800) * 1000).toISOString());

Deno.test("timeAxis() ends now, and not where the running bucket begins", () => {
  expect(axis).toEqual([0, 2 * hour + 1_800]);
  expect(timeAxis([60], new Date(60_000).toISOString())).toEqual([60, 61]);
});

Deno.test("marksOn() marks a switch of the running bucket, and one that is newer than the figures", () => {
  const marks = [-1, 600, 2 * hour + 900, 2 * hour + 1_900].map((time) => ({ time }));
  expect(marksOn(marks, axis).map(({ time }) => time))
    .toEqual([600, 2 * hour + 900, 2 * hour + 1_800]);
});
