import { fillMessages, fillModels, removeModels } from "./fill_tables.ts";
import {
  askList,
  askSetDefault,
  askTurns,
  askTurnsIn,
  type GrowthAsking,
} from "./growth_askings.ts";
import type { GrowingProject } from "./growing_project.ts";
import type { Bench } from "./scenario.ts";

/** What one round found at one size. */
export interface GrowthSample {
  /** Milliseconds. */
  readonly p50: number;
  /** Microseconds. */
  readonly cpu: number;
}

/** Round by round: what was asked at a size, and beside it what does not grow. */
export interface GrowthPoint {
  readonly size: number;
  readonly samples: GrowthSample[];
  readonly control: GrowthSample[];
}

/** Something that is asked for at several sizes. */
export interface Curve {
  readonly name: string;
  readonly unit: "models" | "messages in the conversation" | "messages in the table";
  /** From which size on it should cost the same; null: it cannot. */
  readonly flatFrom: number | null;
  readonly points: GrowthPoint[];
}

/** Measures something at one moment. */
export type Measure = (asking: GrowthAsking) => Promise<GrowthSample>;

/** Messages up to which a conversation is sent whole; see `turn_runner.ts`. */
const windowMessages = 100;

/**
 * Measures what a project costs while it grows, always beside another that stays as it was. Two
 * projects of the same size differ by as much as a third, from process to process, and the machine is
 * faster now and slower then; neither shows in how the ratio of the two changes.
 */
export async function measureCurves(
  { plan: { growth: plan }, progress }: Bench,
  grown: GrowingProject,
  control: GrowingProject,
  measure: Measure,
): Promise<readonly Curve[]> {
  const [fewModels] = plan.models as [number];
  const [fewMessages] = plan.messages as [number];
  for (const project of [grown, control]) {
    await fillModels(project.stack, fewModels);
    await fillMessages(project, fewMessages);
  }
  const byModels = { unit: "models", flatFrom: fewModels } as const;
  const turn: Curve = { ...byModels, name: "a turn", points: [] };
  const list: Curve = { ...byModels, name: "`list`", flatFrom: null, points: [] };
  const setDefault: Curve = { ...byModels, name: "`set-default`", points: [] };
  const long: Curve = {
    name: "a turn",
    unit: "messages in the conversation",
    flatFrom: plan.conversations.find((messages) => messages >= windowMessages) ?? null,
    points: [],
  };
  const full: Curve = {
    name: "a turn",
    unit: "messages in the table",
    flatFrom: fewMessages,
    points: [],
  };

  /** Adds a point to each curve, round by round in alternation. */
  const measureAt = async (
    size: number,
    asked: readonly (readonly [Curve, GrowthAsking, GrowthAsking])[],
  ) => {
    const points = asked.map(([curve, asking, beside]) => {
      const point: GrowthPoint = { size, samples: [], control: [] };
      curve.points.push(point);
      return { point, asking, beside };
    });
    for (let round = 1; round <= plan.rounds; round++) {
      const [curve] = asked[0]!;
      progress(`growth: ${size} ${curve.unit}, round ${round} of ${plan.rounds}`);
      for (const { point, asking, beside } of points) {
        point.samples.push(await measure(asking));
        point.control.push(await measure(beside));
      }
    }
  };

  for (const models of plan.models) {
    await fillModels(grown.stack, models);
    await measureAt(models, [
      [turn, askTurns(grown), askTurns(control)],
      [list, askList(grown), askList(control)],
      [setDefault, askSetDefault(grown), askSetDefault(control)],
    ]);
  }
  await removeModels(grown.stack);
  for (const messages of plan.conversations) {
    const asking = await askTurnsIn(grown, messages);
    await measureAt(messages, [[long, asking, askTurns(control)]]);
  }
  let there = fewMessages;
  for (const messages of plan.messages) {
    await fillMessages(grown, messages - there);
    there = messages;
    await measureAt(messages, [[full, askTurns(grown), askTurns(control)]]);
  }
  return [turn, list, setDefault, long, full];
}
