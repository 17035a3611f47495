import { growthInterval, ratios, type Values } from "../comparison/interval.ts";
import { figureOf, type Report, type Sample, takeSample } from "../comparison/sample.ts";
import { growsAtMost, type Target } from "../comparison/target.ts";
import { interval, measured, table } from "../results/table.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { startProject } from "./growing_project.ts";
import {
  callRequests,
  type GrowthRequests,
  listRequests,
  setDefaultRequests,
  turnRequests,
} from "./growth_requests.ts";
import {
  type Curve,
  emptyCurves,
  type GrowthPoint,
  type Measure,
  measureGrowth,
} from "./growth_curves.ts";
import { growthsOf } from "./growths.ts";
import type { Bench, Scenario } from "./scenario.ts";

const introduction = `
The same requests of a project that grows, one at a time, and alternately of a control that stays as
it was. The last two columns are the growth of their ratio since the least size; differences between
processes do not show in them. Their intervals have the uncertainty of both sizes in them. Both
projects are started several times. CPU is that of
everything that has a part in the answer: the function, the API server and Postgres. The first request
of each slice is not counted, since it may have to read a changed registry. A turn sends at most the
last hundred messages of its conversation, so its cost grows up to there and not beyond. \`list\`
answers with every model, so it cannot be flat.
`;

/** No start begins that would end later than this, if it took as long as the ones before it. */
const mostMs = 1_080_000;

/** Growth up to which a curve is flat. */
const mostGrowth = 1.1;

/** Whether anything gets slower as the data grows. */
export const growth: Scenario = async (bench) => {
  const { growth: plan } = bench.plan;
  await using cleanUp = new AsyncDisposableStack();
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const failures: string[] = [];
  const growths = growthsOf(plan).map((growth) => ({ growth, curves: emptyCurves(growth) }));
  const startedAt = performance.now();
  for (let started = 1; started <= plan.starts; started++) {
    const passedMs = performance.now() - startedAt;
    if (started > 1 && passedMs * started / (started - 1) > mostMs) {
      bench.progress("growth: no time for another start");
      break;
    }
    bench.progress(`growth: start ${started} of ${plan.starts}`);
    await using projects = new AsyncDisposableStack();
    const grown = await startProject(upstream);
    projects.defer(() => grown.stop());
    const control = await startProject(upstream);
    projects.defer(() => control.stop());
    const measureFor = (durationMs: number): Measure => (requests) =>
      measureSlice(bench, requests, durationMs, (failure) => {
        failures.push(failure);
      });
    for (const requestsOf of [turnRequests, callRequests, listRequests, setDefaultRequests]) {
      for (const project of [grown, control]) {
        await measureFor(plan.warmUpMs)(requestsOf(project));
      }
    }
    const start = { bench, grown, control, measure: measureFor(plan.sliceMs) };
    for (const { growth, curves } of growths) await measureGrowth(start, growth, curves);
  }
  const curves = growths.flatMap(({ curves }) => curves);
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
  report: Report,
): Promise<Sample> {
  signal.throwIfAborted();
  const job = { origin: server.origin, requests, expect, concurrency: 1 };
  // The first request after a change of the registry reads all of it, whatever is measured.
  await generator.run({ ...job, durationMs: 30_000, mostRequests: 1 });
  const measuredJob = { ...job, durationMs, mostRequests: 2_000 };
  return await takeSample(
    generator,
    measuredJob,
    () => project.processorTime(),
    report,
    server.name,
  );
}

/** A figure beside that of the control. */
function besideControl({ samples, control }: GrowthPoint, figure: "p50" | "cpu"): Values {
  return ratios(figureOf(samples, figure), figureOf(control, figure));
}

function rowsOf({ watched: { name }, unit, points }: Curve): string[] {
  const [least] = points;
  return table(
    [`${name}, by ${unit}`, "p50 ms", "CPU µs", "× p50", "× CPU"],
    points.map((point) => {
      const of = (figure: "p50" | "cpu") => measured(figureOf(point.samples, figure));
      const growth = (figure: "p50" | "cpu") =>
        least === undefined || point === least
          ? ""
          : interval(growthInterval(besideControl(point, figure), besideControl(least, figure)));
      return [
        point.size.toLocaleString("en"),
        ...[of("p50"), of("cpu"), growth("p50"), growth("cpu")],
      ];
    }),
  );
}

function flatness({ watched: { name, flatFrom }, unit, points }: Curve): Target[] {
  const from = points.find(({ size }) => size === flatFrom);
  const to = points.at(-1);
  if (from === undefined || to === undefined || from === to) return [];
  const sizes = `${to.size.toLocaleString("en")} and ${from.size.toLocaleString("en")} ${unit}`;
  const [values, base] = [besideControl(to, "p50"), besideControl(from, "p50")];
  return [growsAtMost(`Flat: ${name} with ${sizes}, p50`, mostGrowth, values, base)];
}
