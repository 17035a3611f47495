import { historyTurns } from "../../supabase/functions/_shared/conversations/begin_turn.ts";
import { fillLimits, fillMessages, fillModels, removeModels } from "./fill_tables.ts";
import {
  type GrowthRequests,
  listRequests,
  setDefaultRequests,
  turnRequests,
  turnRequestsIn,
} from "./growth_requests.ts";
import type { GrowingProject } from "./growing_project.ts";
import type { Bench } from "./scenario.ts";

/** One round at one size. */
export interface GrowthSample {
  /** Milliseconds. */
  readonly p50: number;
  /** Microseconds. */
  readonly cpu: number;
}

/** Round by round: the requests at one size, and those of the control, which does not grow. */
export interface GrowthPoint {
  readonly size: number;
  readonly samples: GrowthSample[];
  readonly control: GrowthSample[];
}

/** One kind of request at several sizes. */
export interface Curve {
  readonly name: string;
  readonly unit: "models" | "messages in the conversation" | "messages in the table" | "limits";
  /** The size from which its cost should stay the same; null: it grows. */
  readonly flatFrom: number | null;
  readonly points: GrowthPoint[];
}

/** Measures one slice. */
export type Measure = (requests: GrowthRequests) => Promise<GrowthSample>;

/** Messages up to which a conversation is sent whole. */
const windowMessages = 2 * historyTurns;

/**
 * Measures the cost of requests while a project grows, alternately with a control that stays as it
 * was. Two projects of the same size differ by as much as a third, from process to process, and the
 * speed of the machine varies; neither shows in the change of their ratio.
 */
export async function measureCurves(
  { plan: { growth: plan }, progress }: Bench,
  grown: GrowingProject,
  control: GrowingProject,
  measure: Measure,
): Promise<readonly Curve[]> {
  const [fewModels] = plan.models as [number];
  const [fewMessages] = plan.messages as [number];
  const [fewLimits] = plan.limits as [number];
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
  const limited: Curve = { name: "a turn", unit: "limits", flatFrom: fewLimits, points: [] };

  /** Adds a point to each curve, round by round in alternation. */
  const measureAt = async (
    size: number,
    series: readonly (readonly [Curve, grown: GrowthRequests, control: GrowthRequests])[],
  ) => {
    const points = series.map(([curve, grown, control]) => {
      const point: GrowthPoint = { size, samples: [], control: [] };
      curve.points.push(point);
      return { point, grown, control };
    });
    for (let round = 1; round <= plan.rounds; round++) {
      const [curve] = series[0]!;
      progress(`growth: ${size} ${curve.unit}, round ${round} of ${plan.rounds}`);
      for (const { point, grown, control } of points) {
        point.samples.push(await measure(grown));
        point.control.push(await measure(control));
      }
    }
  };

  for (const models of plan.models) {
    await fillModels(grown.stack, models);
    await measureAt(models, [
      [turn, turnRequests(grown), turnRequests(control)],
      [list, listRequests(grown), listRequests(control)],
      [setDefault, setDefaultRequests(grown), setDefaultRequests(control)],
    ]);
  }
  await removeModels(grown.stack);
  for (const messages of plan.conversations) {
    const requests = await turnRequestsIn(grown, messages);
    await measureAt(messages, [[long, requests, turnRequests(control)]]);
  }
  let there = fewMessages;
  for (const messages of plan.messages) {
    await fillMessages(grown, messages - there);
    there = messages;
    await measureAt(messages, [[full, turnRequests(grown), turnRequests(control)]]);
  }
  await fillLimits(control.stack, fewLimits);
  for (const limits of plan.limits) {
    await fillLimits(grown.stack, limits);
    await measureAt(limits, [[limited, turnRequests(grown), turnRequests(control)]]);
  }
  return [turn, list, setDefault, long, full, limited];
}
