import { expect } from "@std/expect";
import { CircuitBreaker } from "../../../../../supabase/functions/_shared/runs/circuit_breaker.ts";

const model = "a.model";

function world() {
  const clock = { time: 0 };
  const breaker = new CircuitBreaker({ now: () => clock.time });
  let users = 0;
  /** Turns of so many users who have not asked before. */
  const fail = (times = 1) => {
    for (let n = 0; n < times; n++) breaker.failed(model, "passing", `user ${users++}`);
  };
  return { clock, breaker, fail };
}

Deno.test("CircuitBreaker leaves a model out after failures of three users in a row", () => {
  const { breaker, fail } = world();
  fail(2);
  expect(breaker.admits(model)).toBe(true);
  fail();
  expect(breaker.admits(model)).toBe(false);
  expect(breaker.admits("another.model")).toBe(true);
});

Deno.test("CircuitBreaker starts counting again after a success", () => {
  const { breaker, fail } = world();
  fail(2);
  breaker.succeeded(model);
  fail(2);
  expect(breaker.admits(model)).toBe(true);
});

Deno.test("CircuitBreaker leaves a model out at once that is sure to fail again", () => {
  const { breaker } = world();
  breaker.failed(model, "lasting", "anyone");
  expect(breaker.admits(model)).toBe(false);
});

Deno.test("CircuitBreaker lets one request try the model after the pause", () => {
  const { clock, breaker, fail } = world();
  fail(3);
  clock.time = 9_999;
  expect(breaker.admits(model)).toBe(false);
  clock.time = 10_000;
  expect([breaker.admits(model), breaker.admits(model)]).toEqual([true, false]);
  breaker.succeeded(model);
  expect([breaker.admits(model), breaker.admits(model)]).toEqual([true, true]);
});

Deno.test("CircuitBreaker doubles the pause at each failed trial, up to five minutes", () => {
  const { clock, breaker, fail } = world();
  fail(3);
  const pauses = Array.from({ length: 7 }, () => {
    const from = clock.time;
    while (!breaker.admits(model)) clock.time += 1000;
    breaker.failed(model, "passing", "anyone");
    return clock.time - from;
  });
  expect(pauses.map((ms) => ms / 1000)).toEqual([10, 20, 40, 80, 160, 300, 300]);
});

Deno.test("CircuitBreaker does not count calls that began before the model was left out", () => {
  const { clock, breaker, fail } = world();
  fail(6);
  clock.time = 10_000;
  expect(breaker.admits(model)).toBe(true);
});

Deno.test("CircuitBreaker lets another request try when the trial said nothing or vanished", () => {
  const { clock, breaker, fail } = world();
  fail(3);
  clock.time = 10_000;
  expect(breaker.admits(model)).toBe(true);
  breaker.released(model);
  expect([breaker.admits(model), breaker.admits(model)]).toEqual([true, false]);
  clock.time = 20_000;
  expect(breaker.admits(model)).toBe(true);
});

Deno.test("CircuitBreaker takes every model back when it is reset", () => {
  const { breaker, fail } = world();
  fail(3);
  breaker.reset();
  expect(breaker.admits(model)).toBe(true);
  fail(2);
  expect(breaker.admits(model)).toBe(true);
});

Deno.test("CircuitBreaker leaves no model out for what it fails one user, however often", () => {
  const { breaker } = world();
  for (let n = 0; n < 20; n++) breaker.failed(model, "passing", `user ${n % 2}`);
  expect(breaker.admits(model)).toBe(true);
  breaker.failed(model, "passing", "a third user");
  expect(breaker.admits(model)).toBe(false);
});
