import { expect } from "@std/expect";
import type { Asker } from "../../../bench/scenarios/switch_askers.ts";
import { ClosedLoad, PacedLoad, saturatingRate } from "../../../bench/scenarios/switch_load.ts";

/** A process that answers after so many milliseconds, and counts its questions. */
function fakeProcess(process: number, answersAfterMs: number) {
  const asked: number[] = [];
  const asker: Asker = async () => {
    const sentAt = performance.now();
    asked.push(sentAt);
    await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
    const endedAt = performance.now();
    return { process, sentAt, begunAt: endedAt, endedAt, modelId: "a", registryVersion: 1 };
  };
  return { asked, asker };
}

Deno.test("PacedLoad asks each process in turn, without waiting for answers", async () => {
  const slow = fakeProcess(0, 100);
  const fast = fakeProcess(1, 0);
  const load = new PacedLoad([slow.asker, fast.asker], 500);
  await load.rounds(10);
  await load.stop();
  expect(slow.asked.length).toBeGreaterThanOrEqual(10);
  expect(Math.abs(slow.asked.length - fast.asked.length)).toBeLessThanOrEqual(1);
  expect(load.answers.length).toBe(slow.asked.length + fast.asked.length);
  const [first] = load.answers.filter(({ process }) => process === 0);
  expect(slow.asked.filter((at) => at < first!.endedAt).length).toBeGreaterThan(1);
});

Deno.test("PacedLoad waits until each process was asked from then on, and has answered", async () => {
  const processes = [0, 1, 2].map((process) => fakeProcess(process, 20));
  const load = new PacedLoad(processes.map(({ asker }) => asker), 500);
  await load.rounds(1);
  const since = performance.now();
  await load.rounds(1);
  const answered = load.answers.filter(({ sentAt }) => sentAt >= since);
  expect(new Set(answered.map(({ process }) => process))).toEqual(new Set([0, 1, 2]));
  await load.stop();
});

Deno.test("PacedLoad ends with the first failure, and tells it to those who wait", async () => {
  const load = new PacedLoad([() => Promise.reject(new Error("refused"))], 500);
  await expect(load.rounds(1_000)).rejects.toThrow("refused");
  await expect(load.stop()).rejects.toThrow("refused");
});

Deno.test("PacedLoad gives up when questions are unanswered at its pace", async () => {
  const answer = Promise.withResolvers<void>();
  const { asker } = fakeProcess(0, 0);
  const load = new PacedLoad([() => answer.promise.then(asker)], 100_000);
  const rounds = load.rounds(1_000);
  setTimeout(answer.resolve, 50);
  await expect(rounds).rejects.toThrow("400 questions are unanswered");
  await expect(load.stop()).rejects.toThrow("400 questions are unanswered");
});

Deno.test("ClosedLoad asks each process again when it has answered, and waits for all of them", async () => {
  const slow = fakeProcess(0, 30);
  const fast = fakeProcess(1, 1);
  const load = new ClosedLoad([slow.asker, fast.asker]);
  await load.round();
  const since = performance.now();
  await load.round();
  const answered = load.answers.filter(({ sentAt }) => sentAt >= since);
  expect(new Set(answered.map(({ process }) => process))).toEqual(new Set([0, 1]));
  await load.stop();
  expect(load.answers.length).toBe(slow.asked.length + fast.asked.length);
});

Deno.test("ClosedLoad ends with the first failure, and tells it to those who wait", async () => {
  const load = new ClosedLoad([() => Promise.reject(new Error("refused"))]);
  await expect(load.round()).rejects.toThrow("refused");
  await expect(load.stop()).rejects.toThrow("refused");
});

Deno.test("saturatingRate() counts answers of every process", async () => {
  const processes = [0, 1].map((process) => fakeProcess(process, 5));
  const rate = await saturatingRate(processes.map(({ asker }) => asker), 150);
  // Six at a time, each for 5 ms or more.
  expect(rate).toBeGreaterThan(0);
  expect(rate).toBeLessThanOrEqual(6 * 1_000 / 5 + 60);
});
