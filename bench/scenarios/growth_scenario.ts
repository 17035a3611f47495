import type { Values } from "../comparison/interval.ts";
import { atMost, type Target } from "../comparison/target.ts";
import { measured, table } from "../results/table.ts";
import { median } from "../stats.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { startProject } from "./growing_project.ts";
import {
  type GrowthRequests,
  listRequests,
  setDefaultRequests,
  turnRequests,
} from "./growth_requests.ts";
import {
  type Curve,
  type GrowthPoint,
  type GrowthSample,
  type Measure,
  measureCurves,
} from "./growth_curves.ts";
import type { Bench, Scenario } from "./scenario.ts";

const introduction = `
The same requests of a project that grows, one at a time, and alternately of a control that stays as
it was. The last two columns are the growth of their ratio since the least size; differences between
processes and between minutes do not show in them. CPU is that of
everything that has a part in the answer: the function, the API server and Postgres. The first request
of each slice is not counted, since it may have to read a changed registry. A turn sends at most the
last hundred messages of its conversation, so its cost grows up to there and not beyond. \`list\`
answers with every model, so it cannot be flat.
`;

/** Growth up to which a curve is flat. */
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
  const failures: string[] = [];
  const measure: Measure = (requests) =>
    measureSlice(bench, requests, bench.plan.growth.sliceMs, (failure) => {
      failures.push(failure);
    });
  bench.progress("growth: warming up");
  for (const requestsOf of [turnRequests, listRequests, setDefaultRequests]) {
    for (const project of [grown, control]) {
      await measureSlice(bench, requestsOf(project), bench.plan.growth.warmUpMs, (failure) => {
        failures.push(failure);
      });
    }
  }
  const curves = await measureCurves(bench, grown, control, measure);
  return {
    title: "Growth",
    lines: [introduction, ...curves.flatMap(rowsOf)],
    targets: curves.flatMap(flatness),
    failures,
  };
};

async function measureSlice(
  { generator, signal }: Bench,
  { project, server, requests, expect }: GrowthRequests,
  durationMs: number,
  report: (failure: string) => void,
): Promise<GrowthSample> {
  signal.throwIfAborted();
  const job = { origin: server.origin, requests, expect, concurrency: 1 };
  // The first request after a change of the registry reads all of it, whatever is measured.
  await generator.run({ ...job, durationMs: 30_000, mostRequests: 1 });
  const before = project.processorTime();
  const load = await generator.run({ ...job, durationMs, mostRequests: 2_000 });
  if (load.errorCount > 0) {
    report(
      `${server.name}: ${load.errorCount} of ${load.count + load.errorCount} requests failed, ` +
        `the first with ${load.errors[0]}`,
    );
  }
  return { p50: load.total.p50, cpu: (project.processorTime() - before) / 1000 / load.count };
}

/** The growth of a figure, relative to the control's, since another size. */
function growthOf(point: GrowthPoint, least: GrowthPoint, figure: keyof GrowthSample): Values {
  const besideControl = ({ samples, control }: GrowthPoint) =>
    samples.map((sample, round) => sample[figure] / (control[round]?.[figure] ?? NaN));
  const base = median(besideControl(least));
  return [besideControl(point).map((ratio) => ratio / base)];
}

function rowsOf({ name, unit, points }: Curve): string[] {
  const [least] = points;
  return table(
    [`${name}, by ${unit}`, "p50 ms", "CPU µs", "× p50", "× CPU"],
    points.map((point) => {
      const of = (figure: keyof GrowthSample) =>
        measured([point.samples.map((sample) => sample[figure])]);
      const growth = (figure: keyof GrowthSample) =>
        least === undefined || point === least ? "" : measured(growthOf(point, least, figure));
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
