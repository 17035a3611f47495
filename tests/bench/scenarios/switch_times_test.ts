import { expect } from "@std/expect";
import type { SeenAnswer } from "../../../bench/scenarios/switch_askers.ts";
import type { CommittedSwitch } from "../../../bench/scenarios/switch_models.ts";
import {
  beyondTurn,
  lastOldAnswers,
  reachedAfter,
  staleAnswers,
  timesOf,
} from "../../../bench/scenarios/switch_times.ts";

const made = (version: number, modelId: string, committedAt: number): CommittedSwitch => ({
  way: "SQL",
  version,
  modelId,
  committedAt,
});

/** To `b` at 100, back to `a` at 200. */
const committed = [made(5, "b", 100), made(6, "a", 200)];

/** Of process 0, begun after 10 ms and ended after 20. */
const answered = (sentAt: number, more: Partial<SeenAnswer> = {}): SeenAnswer => ({
  process: 0,
  sentAt,
  begunAt: sentAt + 10,
  endedAt: sentAt + 20,
  modelId: "a",
  registryVersion: 4,
  ...more,
});

Deno.test("an answer is stale if it was asked for after a switch and chosen by an older registry", () => {
  const inFlight = answered(95);
  const late = answered(100, { registryVersion: 4 });
  const byNext = answered(199, { modelId: "a", registryVersion: 6 });
  const behindNext = answered(201, { modelId: "b", registryVersion: 5 });
  const answers = [inFlight, late, byNext, behindNext];
  expect(staleAnswers(answers, committed)).toEqual([late, behindNext]);
});

Deno.test("an answer is stale if its model is not the default of its registry, but for a rule's own models", () => {
  const wrong = answered(150, { modelId: "a", registryVersion: 5 });
  const own = answered(150, { modelId: "c", registryVersion: 5 });
  const right = answered(150, { modelId: "b", registryVersion: 5 });
  expect(staleAnswers([wrong, own, right], committed)).toEqual([wrong, own]);
  expect(staleAnswers([wrong, own, right], committed, ["c"])).toEqual([wrong]);
});

Deno.test("a switch takes the slowest process's first answer that was asked for after it", () => {
  const answers = [
    answered(90, { begunAt: 190 }),
    answered(110, { begunAt: 118 }),
    answered(120, { process: 1, begunAt: 150 }),
    // Not the first one.
    answered(130, { begunAt: 190 }),
    answered(210, { begunAt: 215 }),
    answered(220, { process: 1, begunAt: 227 }),
    // Nothing is switched: 12 and 9, then 11 and 13, then one that has no other.
    answered(300, { begunAt: 312 }),
    answered(310, { process: 1, begunAt: 319 }),
    answered(320, { begunAt: 331 }),
    answered(330, { process: 1, begunAt: 343 }),
    answered(340, { begunAt: 440 }),
  ];
  const times = timesOf({ committed, quiet: [300, 400] }, answers, 2);
  expect(times).toEqual({ switched: [30, 7], quiet: [12, 13] });
  expect(beyondTurn(times, 0.5)).toBe(18.5 - 12.5);
  expect(beyondTurn(times, 1)).toBe(30 - 12.5);
});

Deno.test("a switch is everywhere when the last process has begun to answer by it or a later one", () => {
  const [first] = committed as [CommittedSwitch];
  const answers = [
    answered(95, { process: 1, begunAt: 190 }),
    answered(110, { registryVersion: 5 }),
    answered(150, { process: 1, registryVersion: 6 }),
    answered(170, { process: 1, registryVersion: 6 }),
  ];
  expect(reachedAfter(first, answers, 2)).toBe(60);
  expect(reachedAfter(first, answers, 3)).toBe(Infinity);
});

Deno.test("the last old answer is one in flight at the commit, by an older registry", () => {
  const answers = [
    answered(60, { endedAt: 99 }),
    answered(90, { endedAt: 130 }),
    answered(95, { endedAt: 170, registryVersion: 5 }),
    answered(101, { endedAt: 180 }),
  ];
  expect(lastOldAnswers(answers, committed)).toEqual([30, 0]);
});
