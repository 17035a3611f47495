import type { Affected } from "../api/manage_actions.ts";
import { formatUsd, formatUsdChange } from "./money.ts";
import { formatCount } from "./numbers.ts";

interface Fact {
  readonly term: string;
  readonly text: string;
}

/** The change itself does not depend on it. */
const notRead = "not known, as the ledger could not be read";

/** Says what a change does, or did: who answers instead, pinned conversations, and the cost. */
export function describeAffected(
  { assistants, conversations, cost }: Affected,
  nameOf: (modelId: string | null) => string,
): readonly Fact[] {
  const changes = assistants.map((assistant) => ({
    term: assistant.name,
    text: `${nameOf(assistant.from_model_id)} → ${nameOf(assistant.to_model_id)}${
      assistant.reason === "canary" ? ", its share only" : ""
    }${assistant.turns === null ? "" : `, ${plural(assistant.turns, "turn")} in 30 days`}`,
  }));
  return [
    ...(changes.length > 0
      ? changes
      : [{ term: "Assistants", text: "No assistant is answered by another model." }]),
    { term: "Conversations", text: describePinned(conversations, nameOf) },
    ...(changes.length > 0 ? [{ term: "Cost", text: describeCost(cost) }] : []),
  ];
}

function describePinned(
  { pinned, recent, keep_model: keeps, to_model_id: to }: Affected["conversations"],
  nameOf: (modelId: string | null) => string,
): string {
  if (pinned === null) return notRead;
  if (pinned === 0) return "No pinned conversation is affected.";
  const count = `${formatCount(pinned)} pinned, ${formatCount(recent)} of them used in 30 days`;
  if (keeps) return `${count}; they keep their model.`;
  return `${count}; ${to === null ? "no model" : nameOf(to)} answers them.`;
}

function describeCost(cost: Affected["cost"]): string {
  if (cost === null) return notRead;
  const { days, turns, unpriced, actual_usd: actual, what_if_usd: whatIf } = cost;
  if (turns === 0) return `No turns in the last ${days} days.`;
  const known = `${formatUsd(actual)} in the last ${days} days`;
  const missing = unpriced === 0 ? "" : ` The cost of ${plural(unpriced, "call")} is not known.`;
  if (whatIf === null) {
    return `${known}; at the new model's prices not known, as one is missing.${missing}`;
  }
  return `${known}; the same tokens at the new model's prices: ${formatUsd(whatIf)} (${
    formatUsdChange(cost.difference_usd)
  }).${missing}`;
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
