import { expect } from "@std/expect";
import { Alarm } from "../../../../../supabase/functions/_shared/runtime/alarm.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("Alarm rings once, when the time is over that was set last", async () => {
  let rung = 0;
  const alarm = new Alarm(() => rung++);
  alarm.set(10_000);
  alarm.set(20);
  await pause(100);
  expect(rung).toBe(1);
  alarm.stop();
});

Deno.test("Alarm waits for the later time when it is set again before it rings", async () => {
  let rung = 0;
  const alarm = new Alarm(() => rung++);
  alarm.set(30);
  alarm.set(10_000);
  await pause(100);
  expect(rung).toBe(0);
  alarm.stop();
});

Deno.test("Alarm does not ring after it was lifted, and does when it is set again", async () => {
  let rung = 0;
  const alarm = new Alarm(() => rung++);
  alarm.set(20);
  alarm.lift();
  await pause(80);
  expect(rung).toBe(0);
  alarm.set(20);
  await pause(80);
  expect(rung).toBe(1);
  alarm.stop();
});
