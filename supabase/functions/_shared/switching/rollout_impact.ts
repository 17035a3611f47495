import type { Affected } from "./impact.ts";

/**
 * What a share of a switch affects, by what all of it would. Conversations that are pinned take no
 * part in a rollout.
 */
export function shareOf(all: Affected, share: number): Affected {
  const part = share / 100;
  return {
    assistants: all.assistants.map(({ turns, ...move }) => ({
      ...move,
      reason: move.to_model_id === null ? null : "canary",
      turns: turns === null ? null : Math.round(turns * part),
    })),
    conversations: { pinned: 0, recent: 0, keep_model: true, to_model_id: null },
    cost: all.cost && {
      days: all.cost.days,
      turns: Math.round(all.cost.turns * part),
      unpriced: Math.round(all.cost.unpriced * part),
      actual_usd: times(all.cost.actual_usd, part),
      what_if_usd: times(all.cost.what_if_usd, part),
      difference_usd: times(all.cost.difference_usd, part),
    },
  };
}

function times(usd: number | null, part: number): number | null {
  return usd === null ? null : usd * part;
}
