import type { Model } from "../registry/model.ts";
import type { Asked, BetaMembers, JsonObject } from "./model_format.ts";

/** The betas that are asked for and that the model's row lists, each once. */
export function acceptedBetas({ capabilities }: Model, { betas }: Pick<Asked, "betas">): string[] {
  return [...new Set(betas)].filter((beta) => capabilities.betas.includes(beta));
}

/** What goes with the betas that are accepted; nothing where there is none. */
export function acceptedMembers(
  members: BetaMembers | undefined,
  accepted: readonly string[],
): { readonly betaMembers?: BetaMembers } {
  const kept = Object.entries(members ?? {}).filter(([beta]) => accepted.includes(beta));
  return kept.length === 0 ? {} : { betaMembers: Object.fromEntries(kept) };
}

/** The members as they stand in a body. */
export function flatMembers(members: BetaMembers = {}): JsonObject {
  return Object.assign({}, ...Object.values(members));
}
