import { spread, table } from "../report/table.ts";
import { median, type Spread, spreadOf } from "../stats.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "./contenders.ts";
import { startProject } from "./growing_project.ts";
import { askList, askSetDefault, askTurns, type GrowthAsking } from "./growth_askings.ts";
import {
  type Curve,
  type GrowthPoint,
  type GrowthSample,
  type Measure,
  measureCurves,
} from "./growth_curves.ts";
import { atMost, type Bench, type Scenario, type Target } from "./scenario.ts";

const introduction = `
The same requests of a project that grows, one at a time, and in alternation with one that stays as it
was. The last two columns say by how much the ratio of the two is larger than at the least size; what
differs from process to process, and from minute to minute, does not show in them. CPU is that of
everything that has a part in the answer: the function, the API server and Postgres. The first request
of each slice is not counted, since it may have to read a changed registry. A turn sends at most the
last hundred messages of its conversation, so its cost grows up to there and not beyond. \`list\`
answers with every model, so it cannot be flat.
`;

/** What counts as flat. */
const mostGrowth = 1.1;

/** Scenario 3: whether anything gets slower as the data grows. */
export const growth: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  bench.progress("growth: starting two projects");
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const grown = await startProject(upstream);
  cleanUp.defer(() => grown.stop());
  const control = await startProject(upstream);
  cleanUp.defer(() => control.stop());
  const problems: string[] = [];
  const measure: Measure = (asking) =>
    measureSlice(bench, asking, bench.plan.growth.sliceMs, (error) => problems.push(error));
  bench.progress("growth: warming up");
  for (const ask of [askTurns, askList, askSetDefault]) {
    for (const project of [grown, control]) {
      await measureSlice(bench, ask(project), bench.plan.growth.warmUpMs, (error) => {
        problems.push(error);
      });
    }
  }
  const curves = await measureCurves(bench, grown, control, measure);
  return {
    title: "Growth",
    lines: [introduction, ...curves.flatMap(rowsOf)],
    targets: curves.flatMap(flatness),
    problems,
  };
};

async function measureSlice(
  { generator, signal }: Bench,
  { project, server, requests, expect }: GrowthAsking,
  durationMs: number,
  report: (error: string) => void,
): Promise<GrowthSample> {
  signal.throwIfAborted();
  const asking = { origin: server.origin, requests, expect, concurrency: 1 };
  // The first request after a change of the registry reads all of it, whatever is measured.
  await generator.run({ ...asking, durationMs: 30_000, mostRequests: 1 });
  const before = project.processorTime();
  const load = await generator.run({ ...asking, durationMs, mostRequests: 2_000 });
  if (load.errors[0] !== undefined) report(load.errors[0]);
  return { p50: load.total.p50, cpu: (project.processorTime() - before) / 1000 / load.count };
}

/** By how much a figure, beside the control's, exceeds that of another size. */
function growthOf(point: GrowthPoint, least: GrowthPoint, figure: keyof GrowthSample): Spread {
  const besideControl = ({ samples, control }: GrowthPoint) =>
    samples.map((sample, round) => sample[figure] / (control[round]?.[figure] ?? NaN));
  const base = median(besideControl(least));
  return spreadOf(besideControl(point).map((ratio) => ratio / base));
}

function rowsOf({ name, unit, points }: Curve): string[] {
  const [least] = points;
  return table(
    [`${name}, by ${unit}`, "p50 ms", "CPU µs", "× p50", "× CPU"],
    points.map((point) => {
      const of = (figure: keyof GrowthSample) =>
        spread(spreadOf(point.samples.map((sample) => sample[figure])));
      const growth = (figure: keyof GrowthSample) =>
        least === undefined || point === least ? "" : spread(growthOf(point, least, figure));
      return [
        point.size.toLocaleString("en"),
        ...[of("p50"), of("cpu"), growth("p50"), growth("cpu")],
      ];
    }),
  );
}

function flatness({ name, unit, flatFrom, points }: Curve): Target[] {
  const from = points.find(({ size }) => size === flatFrom);
  const to = points.at(-1);
  if (from === undefined || to === undefined || from === to) return [];
  const sizes = `${to.size.toLocaleString("en")} and ${from.size.toLocaleString("en")} ${unit}`;
  return [atMost(`Flat: ${name} with ${sizes}, p50`, mostGrowth, growthOf(to, from, "p50"))];
}
