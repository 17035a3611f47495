import { ratios, type Values } from "../comparison/interval.ts";
import { figureOf, type Sample, type Samples } from "../comparison/sample.ts";
import { atLeast, atMost, type Target } from "../comparison/target.ts";
import { measured, table } from "../results/table.ts";
import { type ConditionName, conditions } from "./conditions.ts";
import { concurrencies, type CostName, refusedPerSecond } from "./measure_costs.ts";

export interface CostResult {
  readonly costs: ReadonlyMap<CostName, Samples>;
  readonly others: ReadonlyMap<"alone" | "beside", Samples>;
}

const head = ["p50 ms", "p99 ms", "requests/s", "× p50", "× requests/s", "× CPU"];

function times(samples: Samples | undefined, base: Samples | undefined, figure: keyof Sample) {
  return ratios(figureOf(samples, figure), figureOf(base, figure));
}

function row(name: string, samples: Samples | undefined, base: Samples | undefined): string[] {
  const of = (figure: keyof Sample) => measured(figureOf(samples, figure));
  const by = (figure: keyof Sample) =>
    samples === base ? "" : measured(times(samples, base, figure));
  return [name, of("p50"), of("p99"), of("perSecond"), by("p50"), by("perSecond"), by("cpu")];
}

/** A table of turns for each concurrency, and one of others beside the user who is refused. */
export function costTables({ costs, others }: CostResult): string[] {
  const alone = others.get("alone");
  return [
    ...concurrencies.flatMap((concurrency) => {
      const of = (name: ConditionName) => costs.get(`${name}, ${concurrency} at a time`);
      const names = Object.keys(conditions) as ConditionName[];
      return table(
        [`${concurrency} at a time`, ...head],
        names.map((name) => row(name, of(name), of("nothing"))),
      );
    }),
    // Without the processor time, in which the refusals are too.
    ...table(
      ["others, one at a time", ...head.slice(0, -1)],
      [
        row("alone", alone, alone),
        row(
          `beside a user who is refused ${refusedPerSecond} times a second`,
          others.get("beside"),
          alone,
        ),
      ].map((cells) => cells.slice(0, -1)),
    ),
  ];
}

export function costTargets({ costs, others }: CostResult): Target[] {
  const perSecond = (name: ConditionName): Values =>
    times(
      costs.get(`${name}, 32 at a time`),
      costs.get("nothing, 32 at a time"),
      "perSecond",
    );
  return [
    atLeast(
      "Turns under a hard limit of the project, 32 at a time, at least 0.8 × without a limit",
      0.8,
      perSecond("a hard limit of the project"),
    ),
    atMost(
      `Others' p99 at most 1.2 × beside a user who is refused ${refusedPerSecond} times a second`,
      1.2,
      times(others.get("beside"), others.get("alone"), "p99"),
    ),
  ];
}
