import type { Values } from "../comparison/interval.ts";
import { atMost, exactly, type Target } from "../comparison/target.ts";
import { figure, measured, table } from "../results/table.ts";
import { quantile } from "../stats.ts";
import type { SwitchSeries } from "./measure_switches.ts";
import { timedPerSecond, type TimedRegistry } from "./measure_timed_registry.ts";
import type { CommittedSwitch } from "./switch_models.ts";
import {
  beyondTurn,
  type BlockTimes,
  lastOldAnswers,
  reachedAfter,
  staleAnswers,
  timesOf,
} from "./switch_times.ts";

export const switchingIntroduction = `
The default goes to and fro between two models, by REST and by SQL alternately, while processes are
asked for streams. Some blocks of switches are timed, at half of the rate that saturates the processes,
which are asked one after the other at even intervals. The other switches are made while each process
is asked again as soon as it has answered. Half of the users beside the rollout have the assistant
whose conversations it divides; the others follow the default.

A process learns of a switch with the first question that is asked after the operator was told of the
commit. _First answer_ is the time from that question to its first text, of the slowest process: by
then it has asked Postgres for the version, read the registry and chosen the model. _Without a switch_
is the slowest of one answer of each process at the same load. Their difference is the time of a switch
**beyond a turn**: for each block of switches p50 and p99, less the median without a switch.
_Everywhere_ is when the last process had begun its first answer by the switch, counted from the commit
and with the wait for its question, of the timed ones. _Last old answer_ is when the last one of them
ended that had been asked for before the commit. **Stale** are answers that were asked for after a commit and chosen by an older
registry, or not by the default of the registry that they name.
`;

/** What is found of a series. */
interface Found {
  readonly series: SwitchSeries;
  readonly times: readonly BlockTimes[];
  readonly committed: readonly CommittedSwitch[];
}

function find(series: SwitchSeries): Found {
  const { blocks, committed, answers, processes } = series;
  return {
    series,
    times: blocks.map((block) => timesOf(block, answers, processes)),
    committed,
  };
}

/** The same for a row and for the target about it. */
const stale = ({ series: { answers, ofOwn }, committed }: Found) =>
  staleAnswers(answers, committed, ofOwn).length;

/** Block by block; all blocks are of one start. */
const beyond = ({ times }: Found, share: number): Values => [
  times.map((block) => beyondTurn(block, share)),
];

export function switchTargets(all: readonly SwitchSeries[]): readonly Target[] {
  return all.map(find).flatMap((found) => {
    const { series: { name }, committed } = found;
    return [
      exactly(`${name}: stale answers after ${committed.length} switches: 0`, 0, stale(found)),
      atMost(`${name}: a switch, p50 beyond a turn: at most 15 ms`, 15, beyond(found, 0.5)),
      atMost(`${name}: a switch, p99 beyond a turn: at most 50 ms`, 50, beyond(found, 0.99)),
    ];
  });
}

export function switchTables(
  all: readonly SwitchSeries[],
  timed: readonly TimedRegistry[],
): readonly string[] {
  const found = all.map(find);
  return [
    ...table(
      ["processes", "first answer: p50 ms", "p99", "without: p50", "p99", "beyond: p50", "p99"],
      found.map(timeRow),
    ),
    ...table(
      [
        "processes",
        "switches",
        "answers",
        "a second, timed",
        "everywhere: p50 ms",
        "last old: p50",
        "most",
        "stale",
      ],
      found.map(reachRow),
    ),
    "One switch where the registry is kept for a time instead of compared with its version; " +
    `${timedPerSecond} questions a second to each process:`,
    "",
    ...table(
      ["registry read", "processes", "everywhere: ms", "stale answers"],
      timed.map(({ keptMs, processes, reachedMs, stale }) => [
        `every ${keptMs / 1000} s`,
        String(processes),
        Number.isFinite(reachedMs) ? figure(reachedMs) : "not while watched",
        String(stale),
      ]),
    ),
  ];
}

function timeRow(found: Found): readonly string[] {
  const switched = found.times.flatMap((block) => block.switched);
  const quiet = found.times.flatMap((block) => block.quiet);
  return [
    found.series.name,
    ...[at(switched, 0.5), at(switched, 0.99), at(quiet, 0.5), at(quiet, 0.99)],
    ...[measured(beyond(found, 0.5)), measured(beyond(found, 0.99))],
  ];
}

function reachRow(found: Found): readonly string[] {
  const { series: { name, blocks, answers, processes, saturating }, committed } = found;
  const timed = blocks.flatMap((block) => block.committed);
  const everywhere = timed.map((made) => reachedAfter(made, answers, processes));
  const old = lastOldAnswers(answers, timed);
  return [
    name,
    ...[String(committed.length), String(answers.length), figure(saturating / 2)],
    ...[at(everywhere, 0.5), at(old, 0.5), at(old, 1), String(stale(found))],
  ];
}

function at(times: readonly number[], share: number): string {
  return figure(quantile(times.toSorted((a, b) => a - b), share));
}
