import { historyTurns } from "../../supabase/functions/_shared/conversations/begin_turn.ts";
import type { Plan } from "../plan.ts";
import {
  fillKeyLimits,
  fillKeys,
  fillLimits,
  fillMessages,
  fillModels,
  fillWindows,
  removeModels,
} from "./fill_tables.ts";
import {
  callRequests,
  type GrowthRequests,
  listRequests,
  setDefaultRequests,
  turnRequests,
  turnRequestsIn,
} from "./growth_requests.ts";
import type { GrowingProject } from "./growing_project.ts";

/** Something that grows in a project. */
export interface Growth {
  /** What it is counted in. */
  readonly unit: string;
  /** The least first. */
  readonly sizes: readonly number[];
  /** Brings a project to a size. */
  readonly fill?: (project: GrowingProject, size: number) => Promise<void>;
  /** Takes away what would make everything else slower, too. */
  readonly remove?: (project: GrowingProject) => Promise<void>;
  /** The requests that are measured meanwhile. */
  readonly watched: readonly Watched[];
}

export interface Watched {
  readonly name: string;
  /** The size from which its cost should stay the same; null: it grows. */
  readonly flatFrom: number | null;
  readonly requests: (project: GrowingProject) => GrowthRequests;
  /** Those of the project that grows, where they depend on the size. */
  readonly requestsAt?: (project: GrowingProject, size: number) => Promise<GrowthRequests>;
}

/** Messages up to which a conversation is sent whole. */
const windowMessages = 2 * historyTurns;

/** Everything that grows, one after the other; the limits last, since they make turns dearer. */
export function growthsOf(plan: Plan["growth"]): readonly Growth[] {
  const flat = (
    name: string,
    sizes: readonly number[],
    requests: Watched["requests"],
  ): Watched => ({
    name,
    flatFrom: sizes[0] ?? null,
    requests,
  });
  return [
    {
      unit: "messages in the table",
      sizes: plan.messages,
      fill: fillMessages,
      watched: [flat("a turn", plan.messages, turnRequests)],
    },
    {
      unit: "messages in the conversation",
      sizes: plan.conversations,
      watched: [{
        name: "a turn",
        flatFrom: plan.conversations.find((messages) => messages >= windowMessages) ?? null,
        requests: turnRequests,
        requestsAt: turnRequestsIn,
      }],
    },
    {
      unit: "models",
      sizes: plan.models,
      fill: fillModels,
      remove: removeModels,
      watched: [
        flat("a turn", plan.models, turnRequests),
        { name: "`list`", flatFrom: null, requests: listRequests },
        flat("`set-default`", plan.models, setDefaultRequests),
      ],
    },
    {
      unit: "API keys",
      sizes: plan.keys,
      fill: fillKeys,
      watched: [flat("a call", plan.keys, callRequests)],
    },
    {
      unit: "limits of API keys",
      sizes: plan.limits,
      fill: fillKeyLimits,
      watched: [flat("a call", plan.limits, callRequests)],
    },
    {
      unit: "limits of users",
      sizes: plan.limits,
      fill: fillLimits,
      watched: [flat("a turn", plan.limits, turnRequests)],
    },
    {
      unit: "users with windows",
      sizes: plan.windows,
      fill: fillWindows,
      watched: [flat("a turn", plan.windows, turnRequests)],
    },
  ];
}
