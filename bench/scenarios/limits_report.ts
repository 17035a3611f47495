import { atLeast, atMost, type Target } from "../results/scenario_report.ts";
import { spread, table } from "../results/table.ts";
import { relativeSpread, spreadOf } from "../stats.ts";
import {
  concurrencies,
  type Concurrency,
  type LimitCosts,
  type LimitSample,
  refusedPerSecond,
  settings,
} from "./measure_limits.ts";

type Samples = readonly LimitSample[];
type Figure = keyof LimitSample;

export interface LimitResult {
  readonly costs: LimitCosts;
  readonly alone: Samples;
  readonly beside: Samples;
}

const [noLimit = ""] = Object.keys(settings);

function samplesOf({ costs }: LimitResult, name: string, concurrency: Concurrency): Samples {
  const found = costs.find((cost) => cost.name === name && cost.concurrency === concurrency);
  return found?.samples ?? [];
}

function ratios(samples: Samples, base: Samples, figure: Figure): number[] {
  return samples.map((sample, round) => sample[figure] / (base[round]?.[figure] ?? NaN));
}

const head = ["p50 ms", "p99 ms", "requests/s", "× p50", "× requests/s", "× CPU"];

function row(name: string, samples: Samples, base: Samples): string[] {
  const of = (figure: Figure) => spread(spreadOf(samples.map((sample) => sample[figure])));
  const times = (figure: Figure) =>
    samples === base ? "" : spread(spreadOf(ratios(samples, base, figure)));
  return [
    name,
    ...[of("p50"), of("p99"), of("perSecond")],
    ...[times("p50"), times("perSecond"), times("cpu")],
  ];
}

/** A table of turns for each concurrency, and one of others beside the user who is refused. */
export function limitTables(result: LimitResult): string[] {
  const { alone, beside } = result;
  return [
    ...concurrencies.flatMap((concurrency) => {
      const base = samplesOf(result, noLimit, concurrency);
      const rows = Object.keys(settings).map((name) =>
        row(name, samplesOf(result, name, concurrency), base)
      );
      return table([`${concurrency} at a time`, ...head], rows);
    }),
    // Without the processor time, in which the refusals are too.
    ...table(
      ["others, one at a time", ...head.slice(0, -1)],
      [
        row("alone", alone, alone),
        row(`beside a user who is refused ${refusedPerSecond} times a second`, beside, alone),
      ].map((cells) => cells.slice(0, -1)),
    ),
  ];
}

/** The comparisons that have a target, round by round. */
function compared(result: LimitResult) {
  const many = samplesOf(result, noLimit, 32);
  const ofProject = samplesOf(result, "a hard limit of the project", 32);
  return {
    project: ratios(ofProject, many, "perSecond"),
    others: ratios(result.beside, result.alone, "p99"),
  };
}

export function limitTargets(result: LimitResult): Target[] {
  const { project, others } = compared(result);
  return [
    atLeast(
      "Turns under a hard limit of the project, 32 at a time, at least 0.8 × without a limit",
      0.8,
      spreadOf(project),
    ),
    atMost(
      `Others' p99 at most 1.2 × beside a user who is refused ${refusedPerSecond} times a second`,
      1.2,
      spreadOf(others),
    ),
  ];
}

/** @param maxSpread the relative spread of a ratio above which a comparison is inconclusive */
export function inconclusiveLimits(result: LimitResult, maxSpread: number): string[] {
  const { project, others } = compared(result);
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const named: [string, number[]][] = [
    ["a hard limit of the project, 32 at a time, requests/s", project],
    ["others beside a user who is refused, p99", others],
  ];
  return named.flatMap(([name, values]) => {
    const found = relativeSpread(values);
    if (!(found > maxSpread)) return [];
    return [
      `${name}: the rounds' ratio spreads over ${percent(found)} of its median; conclusive up to ` +
      percent(maxSpread),
    ];
  });
}
