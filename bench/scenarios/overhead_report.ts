import { atLeast, atMost, type Target } from "../results/scenario_report.ts";
import { megabytes, spread, table } from "../results/table.ts";
import type { ServerName } from "../servers/measured_servers.ts";
import { relativeSpread, spreadOf } from "../stats.ts";
import { type Cell, describeCell, type OverheadResult, type Sample } from "./measure_overhead.ts";

type Samples = ReadonlyMap<ServerName, readonly Sample[]>;
type Figure = (sample: Sample) => number;

const p50: Figure = ({ load }) => load.total.p50;
const p95: Figure = ({ load }) => load.total.p95;
const p99: Figure = ({ load }) => load.total.p99;
const perSecond: Figure = ({ load }) => load.count / load.seconds;

/** A figure of one server, round by round. */
function rounds(samples: Samples, name: ServerName, figure: Figure): number[] {
  return (samples.get(name) ?? []).map(figure);
}

/** The figure beyond that of the upstream in the same round. */
function added(samples: Samples, name: ServerName, figure: Figure): number[] {
  const alone = rounds(samples, "upstream alone", figure);
  return rounds(samples, name, figure).map((value, round) => value - (alone[round] ?? NaN));
}

function ratios(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, round) => value / (base[round] ?? NaN));
}

/** The tables, one for each kind of request. */
export function overheadTables({ cells, peakMemory }: OverheadResult): string[] {
  return [
    ...cells.flatMap(({ cell, samples }) => [`### ${describeCell(cell)}`, "", ...rows(samples)]),
    "### Peak memory",
    "",
    ...table(
      ["", "MB"],
      [...peakMemory].map(([name, bytes]) => [name, megabytes(bytes)]),
    ),
  ];
}

function rows(samples: Samples): string[] {
  const streamed = [...samples.values()].some(([sample]) => sample?.load.firstText);
  const names = [...samples.keys()].filter((name) => (samples.get(name) ?? []).length > 0);
  return table(
    [
      ...["", "added p50 ms", "added p95 ms", "added p99 ms"],
      ...(streamed ? ["first text p50 ms"] : []),
      ...["requests/s", "CPU µs/request"],
    ],
    names.map((name) => {
      const isBase = name === "upstream alone" || name === "two bare RPCs";
      const of = (figure: Figure) =>
        spread(spreadOf((isBase ? rounds : added)(samples, name, figure)));
      return [
        isBase ? `_${name}, in all_` : name,
        ...[of(p50), of(p95), of(p99)],
        ...(streamed
          ? [spread(spreadOf(rounds(samples, name, ({ load }) => load.firstText?.p50 ?? NaN)))]
          : []),
        spread(spreadOf(rounds(samples, name, perSecond))),
        spread(spreadOf(rounds(samples, name, ({ cpuPerRequest }) => cpuPerRequest))),
      ];
    }),
  );
}

/** The targets, measured at 0 ms to the first byte. */
export function overheadTargets({ cells }: OverheadResult): Target[] {
  const samplesOf = (wanted: Partial<Cell>) =>
    cells.find(({ cell }) => Object.entries(wanted).every(([k, v]) => cell[k as keyof Cell] === v))
      ?.samples ?? new Map();
  const inMemory = (["json", "stream"] as const).flatMap((mode) => {
    const kind = mode === "json" ? "JSON" : "streaming";
    const one = samplesOf({ delayMs: 0, mode, concurrency: 1 });
    const many = samplesOf({ delayMs: 0, mode, concurrency: 32 });
    const ours = "chat, in memory";
    const addedTo = (baseline: ServerName) =>
      spreadOf(ratios(added(one, ours, p50), added(one, baseline, p50)));
    const of = (baseline: ServerName, figure: Figure) =>
      spreadOf(ratios(rounds(many, ours, figure), rounds(many, baseline, figure)));
    return [
      atMost(
        `${kind}: in memory adds at most 1.3 × the AWS SDK server's p50`,
        1.3,
        addedTo("AWS SDK server"),
      ),
      atMost(`${kind}: in memory adds less than Portkey (p50)`, 1, addedTo("Portkey")),
      atLeast(
        `${kind}: in memory, 32 at a time, at least 0.8 × the AWS SDK server's requests/s`,
        0.8,
        of("AWS SDK server", perSecond),
      ),
      atLeast(
        `${kind}: in memory, 32 at a time, at least 1.5 × Portkey's requests/s`,
        1.5,
        of("Portkey", perSecond),
      ),
      atMost(`${kind}: in memory, 32 at a time, p99 under Portkey's`, 1, of("Portkey", p99)),
    ];
  });
  const one = samplesOf({ delayMs: 0, mode: "json", concurrency: 1 });
  const many = samplesOf({ delayMs: 0, mode: "json", concurrency: 32 });
  const rpcs = rounds(one, "two bare RPCs", p50);
  const allowed = added(one, "chat, in memory", p50)
    .map((value, round) => value + 1.15 * (rpcs[round] ?? NaN));
  return [
    ...inMemory,
    atMost(
      "A whole turn adds at most what it adds in memory and 1.15 × two bare RPCs (p50)",
      1,
      spreadOf(ratios(added(one, "chat", p50), allowed)),
    ),
    atLeast(
      "Whole turns, 32 at a time, at least 0.8 × pairs of bare RPCs per second",
      0.8,
      spreadOf(ratios(rounds(many, "chat", perSecond), rounds(many, "two bare RPCs", perSecond))),
    ),
  ];
}

/**
 * The inconclusive comparisons. Judged by the ratio to ours within a round, which is what is
 * compared: a machine that is slower for some rounds does no harm.
 *
 * @param maxSpread the relative spread of the ratio above which a comparison is inconclusive
 */
export function inconclusiveComparisons(
  { cells }: OverheadResult,
  maxSpread: number,
): string[] {
  const ours = "chat, in memory";
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return cells.filter(({ cell }) => cell.delayMs === 0).flatMap(({ cell, samples }) =>
    [...samples.keys()].flatMap((name) =>
      ([["p50", p50], ["requests/s", perSecond]] as const).flatMap(([title, figure]) => {
        const found = relativeSpread(
          ratios(rounds(samples, name, figure), rounds(samples, ours, figure)),
        );
        if (!(found > maxSpread)) return [];
        return [
          `${name} against ${ours} (${describeCell(cell)}), ${title}: the rounds' ratio spreads ` +
          `over ${percent(found)} of its median; conclusive up to ${percent(maxSpread)}`,
        ];
      })
    )
  );
}
