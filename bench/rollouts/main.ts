/**
 * `deno task bench:rollouts`: how often rollouts are found worse without a difference, and how soon
 * with one, over many that are drawn at random and judged in Postgres. Exit status 1: a figure is not
 * what docs/performance.md promises.
 */
import { parseArgs } from "node:util";
import { startBenchStack } from "../processes/running_stack.ts";
import { table } from "../results/table.ts";
import {
  type Conclusion,
  countOf,
  medianUnits,
  simulateErrors,
  simulateMeans,
} from "./simulate.ts";

const usage = `Usage: deno task bench:rollouts [--rollouts N]

Draws rollouts at random and has the functions of Postgres judge them, on a stack of its own. Exit
status 1: too many were found worse without a difference, or harm was found later than promised.

  --rollouts N  how many of each kind; default 10000`;

const { values } = parseArgs({
  options: { rollouts: { type: "string", default: "10000" }, help: { type: "boolean" } },
});
const rollouts = Number(values.rollouts);
if (values.help === true || !Number.isInteger(rollouts) || rollouts < 1) {
  console.log(usage);
  Deno.exit(values.help === true ? 0 : 2);
}

const shares = [10, 25, 50];
/** The medians that the test was chosen for: units until the revert, by the canary's rate and the share. */
const promised: readonly [rate: number, medians: readonly number[]][] = [
  [1, [34, 23, 22]],
  [0.2, [289, 169, 136]],
  [0.08, [1346, 714, 580]],
];
/** Of what is judged by its mean: how many times as much it is, and what is tolerated. */
const means: readonly [what: string, ratio: number, tolerated: number][] = [
  ["as fast, 1.25 times tolerated", 1, 1.25],
  ["1.25 times the time, 1.25 tolerated", 1.25, 1.25],
  ["1.5 times the time, 1.25 tolerated", 1.5, 1.25],
  ["twice the cost, 1.5 times tolerated", 2, 1.5],
];

const lines: string[][] = [];
const faults: string[] = [];

function note(what: string, share: number, conclusions: readonly Conclusion[]): void {
  const percent = (verdict: Conclusion["verdict"]) =>
    `${(countOf(verdict, conclusions) / conclusions.length * 100).toFixed(2)} %`;
  const median = (verdict: Conclusion["verdict"]) => {
    const units = medianUnits(verdict, conclusions);
    return Number.isFinite(units) ? String(units) : "–";
  };
  lines.push([
    what,
    `${share} %`,
    percent("worse"),
    median("worse"),
    percent("not_worse"),
    median("not_worse"),
  ]);
}

const stack = await startBenchStack();
try {
  for (const share of shares) {
    const alike = await simulateErrors(stack.sql, {
      rollouts,
      share,
      canaryRate: 0.02,
      formerRate: 0.02,
      units: 4000,
    });
    note("2 % errors on both sides, 4,000 units", share, alike);
    if (countOf("worse", alike) > rollouts / 100) {
      faults.push(
        `More than 1 % of the rollouts without a difference were reverted at ${share} %.`,
      );
    }
  }
  for (const [rate, medians] of promised) {
    for (const [index, share] of shares.entries()) {
      const harmed = await simulateErrors(stack.sql, {
        rollouts,
        share,
        canaryRate: rate,
        formerRate: 0.02,
        units: 100_000,
      });
      note(`${rate * 100} % errors, 2 % on the other side`, share, harmed);
      const median = medianUnits("worse", harmed);
      if (Math.abs(median / medians[index]! - 1) > 0.25) {
        faults.push(
          `${rate * 100} % errors at ${share} %: ${median} units, not ${medians[index]}.`,
        );
      }
    }
  }
  for (const [what, ratio, tolerated] of means) {
    for (const share of shares) {
      const judged = await simulateMeans(stack.sql, {
        rollouts: Math.ceil(rollouts / 10),
        share,
        ratio,
        tolerated,
        units: 6000,
        every: 20,
      });
      note(what, share, judged);
    }
  }
} finally {
  await stack.stop();
}
console.log(
  table(["canary", "share", "worse", "units until", "not worse", "units until"], lines).join("\n"),
);
for (const fault of faults) console.error(fault);
if (faults.length > 0) Deno.exit(1);
