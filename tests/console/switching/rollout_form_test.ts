import { expect } from "@std/expect";
import {
  newRollout,
  problemOfRollout,
  rolloutArgs,
} from "../../../console/src/switching/rollout_form.ts";

Deno.test("rolloutArgs() sends what was entered, and of an assistant its type", () => {
  expect(rolloutArgs(newRollout)).toEqual({
    share: 10,
    on_verdict: "hold",
    guards: { error_points: 2, latency_ratio: 1.25, cost_ratio: 1.5 },
  });
  expect(rolloutArgs({ ...newRollout, assistant_type: "health", share: " 5 " }))
    .toMatchObject({ assistant_type: "health", share: 5 });
});

Deno.test("problemOfRollout() names what cannot be sent", () => {
  const wrong: [Partial<typeof newRollout>, RegExp][] = [
    [{ share: "0" }, /share/],
    [{ share: "101" }, /share/],
    [{ share: "2.5" }, /share/],
    [{ error_points: "0" }, /points/],
    [{ latency_ratio: "1" }, /times/],
    [{ cost_ratio: "dear" }, /costs/],
    [{ cost_ratio: "1,5" }, /costs/],
  ];
  for (const [changes, problem] of wrong) {
    expect(problemOfRollout({ ...newRollout, ...changes })).toMatch(problem);
    expect(rolloutArgs({ ...newRollout, ...changes })).toBeNull();
  }
  expect(problemOfRollout(newRollout)).toBeNull();
});
