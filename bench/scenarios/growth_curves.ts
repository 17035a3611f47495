import type { Sample } from "../comparison/sample.ts";
import type { GrowthRequests } from "./growth_requests.ts";
import type { Growth, Watched } from "./growths.ts";
import type { GrowingProject } from "./growing_project.ts";
import type { Bench } from "./scenario.ts";

/** By start, round by round: the requests at one size, and those of the control, which stays. */
export interface GrowthPoint {
  readonly size: number;
  readonly samples: Sample[][];
  readonly control: Sample[][];
}

/** One kind of request at several sizes. */
export interface Curve {
  readonly watched: Watched;
  readonly unit: string;
  readonly points: readonly GrowthPoint[];
}

/** Measures one slice. */
export type Measure = (requests: GrowthRequests) => Promise<Sample>;

/** The curves of what grows, without a sample. */
export function emptyCurves({ unit, sizes, watched }: Growth): readonly Curve[] {
  return watched.map((each) => ({
    watched: each,
    unit,
    points: sizes.map((size) => ({ size, samples: [], control: [] })),
  }));
}

/** What is measured in one start. */
export interface GrowthStart {
  readonly bench: Bench;
  readonly grown: GrowingProject;
  readonly control: GrowingProject;
  readonly measure: Measure;
}

/**
 * Measures the cost of requests while something grows in a project, alternately with a control that
 * has its least size throughout. Two projects of the same size differ by as much as a third, from
 * process to process, and the speed of the machine varies; neither shows in the change of their
 * ratio.
 */
export async function measureGrowth(
  start: GrowthStart,
  { unit, sizes, fill, remove }: Growth,
  curves: readonly Curve[],
): Promise<void> {
  const { bench: { progress }, grown, control } = start;
  const [least] = sizes;
  if (least !== undefined) await fill?.(control, least);
  for (const [at, size] of sizes.entries()) {
    progress(`growth: ${size} ${unit}`);
    await fill?.(grown, size);
    await measureAt(start, curves, at);
  }
  await remove?.(grown);
}

/** Adds a start to the points of one size, round by round in alternation. */
async function measureAt(
  { bench: { plan: { growth: plan } }, grown, control, measure }: GrowthStart,
  curves: readonly Curve[],
  at: number,
): Promise<void> {
  const measured = await Promise.all(
    curves.map(async ({ watched: { requests, requestsAt }, points }) => {
      const point = points[at]!;
      const samples: Sample[] = [];
      const ofControl: Sample[] = [];
      point.samples.push(samples);
      point.control.push(ofControl);
      const ofGrown = await requestsAt?.(grown, point.size) ?? requests(grown);
      return { samples, ofControl, ofGrown, besides: requests(control) };
    }),
  );
  for (let round = 0; round < plan.rounds; round++) {
    for (const { samples, ofControl, ofGrown, besides } of measured) {
      samples.push(await measure(ofGrown));
      ofControl.push(await measure(besides));
    }
  }
}
