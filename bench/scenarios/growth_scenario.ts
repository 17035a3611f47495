import { spread, table } from "../report/table.ts";
import { spreadOf } from "../stats.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "./contenders.ts";
import { type Curve, type CurvePoint, prepareCurves } from "./growth_curves.ts";
import { atMost, type Bench, type Scenario, type Target } from "./scenario.ts";

const introduction = `
The same request at several sizes, one at a time, through real processes and a real database each.
The first request of each slice is not counted, since it may have to read a changed registry.
CPU is that of everything that has a part in the answer: the function, the API server and Postgres.
The last column is the ratio of the p50 to the row above. A turn sends at most the last hundred
messages of its conversation, so its cost grows up to there and not beyond. \`list\` answers with every
model, so it cannot be flat.
`;

/** What counts as flat. */
const mostGrowth = 1.1;

interface Sample {
  readonly p50: number;
  /** Microseconds. */
  readonly cpu: number;
}

/** Scenario 3: whether anything gets slower as the data grows. */
export const growth: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const curves = await prepareCurves(bench, upstream, cleanUp);
  const problems: string[] = [];
  const samples = new Map<CurvePoint, Sample[]>(
    curves.flatMap(({ points }) => points.map((point) => [point, []])),
  );
  const { rounds } = bench.plan.growth;
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    bench.progress(`growth: round ${round} of ${rounds}`);
    for (const curve of curves) {
      for (const point of curve.points) {
        const sample = await measure(bench, point, (error) => {
          problems.push(`${curve.name}, ${point.size} ${curve.unit}: ${error}`);
        });
        if (round > 0) samples.get(point)?.push(sample);
      }
    }
  }
  return {
    title: "Growth",
    lines: [introduction, ...curves.flatMap((curve) => rowsOf(curve, samples))],
    targets: curves.flatMap((curve) => flatness(curve, samples)),
    problems,
  };
};

async function measure(
  { generator, plan, signal }: Bench,
  { project, server, requests, expect }: CurvePoint,
  report: (error: string) => void,
): Promise<Sample> {
  signal.throwIfAborted();
  const asking = { origin: server.origin, requests, expect, concurrency: 1 };
  // The first request after a change of the registry reads all of it, whatever is measured.
  await generator.run({ ...asking, durationMs: 30_000, mostRequests: 1 });
  const before = project.processorTime();
  const load = await generator.run({
    ...asking,
    ...{ durationMs: plan.growth.sliceMs, mostRequests: 2_000 },
  });
  if (load.errors[0] !== undefined) report(load.errors[0]);
  return { p50: load.total.p50, cpu: (project.processorTime() - before) / 1000 / load.count };
}

type Samples = ReadonlyMap<CurvePoint, readonly Sample[]>;

/** By how much one point's figure exceeds another's, round by round. */
function ratios(samples: Samples, above: CurvePoint, below: CurvePoint, figure: keyof Sample) {
  const base = samples.get(below) ?? [];
  return spreadOf(
    (samples.get(above) ?? []).map((sample, n) => sample[figure] / (base[n]?.[figure] ?? NaN)),
  );
}

function rowsOf({ name, unit, points }: Curve, samples: Samples): string[] {
  return table(
    [`${name}, by ${unit}`, "p50 ms", "CPU µs", "× the row above"],
    points.map((point, n) => {
      const of = (figure: keyof Sample) =>
        spread(spreadOf((samples.get(point) ?? []).map((sample) => sample[figure])));
      const below = points[n - 1];
      return [
        point.size.toLocaleString("en"),
        of("p50"),
        of("cpu"),
        below === undefined ? "" : spread(ratios(samples, point, below, "p50")),
      ];
    }),
  );
}

function flatness({ name, unit, flatFrom, points }: Curve, samples: Samples): Target[] {
  const from = points.find(({ size }) => size === flatFrom);
  const to = points.at(-1);
  if (from === undefined || to === undefined || from === to) return [];
  const sizes = `${to.size.toLocaleString("en")} and ${from.size.toLocaleString("en")} ${unit}`;
  return [
    atMost(`Flat: ${name} with ${sizes}, p50`, mostGrowth, ratios(samples, to, from, "p50")),
  ];
}
