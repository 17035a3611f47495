import { expect } from "@std/expect";
import type { Rollout, RolloutFigures } from "../../../console/src/api/manage_actions.ts";
import {
  describeFinding,
  describeForecast,
  describeGuards,
  stateOfRollout,
} from "../../../console/src/format/describe_rollout.ts";
import { rolloutFigures, rolloutRow } from "../../support/rollouts.ts";

const forecast = (changes: Partial<NonNullable<RolloutFigures["forecast"]>>) =>
  describeForecast({
    ...rolloutFigures,
    forecast: { more_units: 400, units_per_hour: 20, more_hours: 20, ...changes },
  });

Deno.test("describeGuards() tells each guard in its unit, with its bounds and verdict", () => {
  const guards = describeGuards(rolloutFigures);
  expect(guards.map(({ label, found, tolerated, text }) => [label, found, tolerated, text]))
    .toEqual(
      [
        ["Errors", "+0.4 points (−1.2 points to +1.9 points)", "+2.0 points", "not worse"],
        ["Time to first token", "1.02 × (0.90 × to 1.30 ×)", "1.25 ×", "undecided"],
        ["Whole time", "nothing to compare yet", "1.25 ×", "undecided"],
        ["Cost", "0.50 × (0.40 × to 0.60 ×)", "1.50 ×", "cannot be told"],
      ],
    );
  expect(guards[2]!.picture).toBeNull();
});

Deno.test("a guard's picture has alike in the middle and what is tolerated to the right of it", () => {
  for (const { picture } of describeGuards(rolloutFigures)) {
    if (picture === null) continue;
    const { lower, estimate, upper, tolerated } = picture;
    expect(tolerated).toBeGreaterThan(0.5);
    expect(0 <= lower && lower <= estimate && estimate <= upper && upper <= 1).toBe(true);
  }
  const wide = { ...rolloutFigures.guards.cost, estimate: 1, lower: 0.001, upper: 1000 };
  const guards = { ...rolloutFigures.guards, cost: wide };
  const { picture } = describeGuards({ ...rolloutFigures, guards })[3]!;
  // Of very wide bounds the ends are cut off.
  expect(picture).toMatchObject({ lower: 0, estimate: 0.5, upper: 1 });
  expect(picture?.tolerated).toBeCloseTo(0.625, 9);
});

Deno.test("describeForecast() says about how long, or that it cannot be told", () => {
  expect(forecast({})).toBe(
    "about 400 more conversations and calls, about 20 h at the traffic of the last hours",
  );
  expect(forecast({ more_hours: 0.4 })).toContain("less than an hour");
  expect(forecast({ more_hours: 100 })).toContain("about 4 days");
  expect(forecast({ more_hours: null, units_per_hour: 0 })).toContain("none came");
  expect(forecast({ more_units: null, more_hours: null })).toBe("cannot be told yet");
  expect(describeForecast({ ...rolloutFigures, forecast: null })).toBeNull();
});

Deno.test("stateOfRollout() and describeFinding() tell how it stands and what was found", () => {
  const states: [Partial<Rollout>, string][] = [
    [{}, "under way"],
    [{ found_worse_at: "2026-11-30T10:00:00Z" }, "worse, reverts now"],
    [{ found_worse_at: "2026-11-30T10:00:00Z", problem: "No." }, "worse, cannot be reverted"],
    [{ watch_until: "2026-11-30T10:00:00Z" }, "watched until 30 Nov 2026, 10:00 UTC"],
    [{ outcome: "reverted", found_worse_at: "2026-11-30T10:00:00Z" }, "reverted"],
    [{ outcome: "kept", watch_until: "2026-11-30T10:00:00Z" }, "kept"],
  ];
  for (const [changes, text] of states) {
    expect(stateOfRollout({ ...rolloutRow, ...changes }).text).toBe(text);
  }
  const found = (guard: Rollout["verdicts"][number]["guard"], figures = {}) =>
    describeFinding({
      ...rolloutRow,
      verdicts: [{ id: 1, created_at: "", verdict: "worse", guard, figures }],
    });
  expect(describeFinding(rolloutRow)).toBe("no verdict");
  expect(found("all")).toBe("proven not worse");
  expect(found("first_token")).toBe("worse: time to first token");
  expect(found("fuse", { code: "bedrock_access_denied" })).toBe("worse: bedrock_access_denied");
});
