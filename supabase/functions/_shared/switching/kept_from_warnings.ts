import { hasObstacle } from "../registry/model_usability.ts";
import type { Model } from "../registry/model.ts";
import { useFor, type Uses } from "../registry/model_use.ts";

/**
 * The active assistants whose rows name a model that is kept from them, as its provider keeps traffic
 * or might: as their own model, the default that they follow, their canary or a fallback.
 */
export function keptFromWarnings(model: Model, uses: Uses): string[] {
  const { model_id: id, is_default } = model;
  const kept = uses.assistants.filter((row) =>
    row.is_active &&
    ([row.model_version, row.canary_model_id, ...row.fallback_models ?? []].includes(id) ||
      row.model_version === null && is_default) &&
    hasObstacle("provider_retains", model, useFor(uses, row.assistant_type))
  ).map(({ assistant_type }) => assistant_type);
  return kept.length === 0 ? [] : [
    `${id} is passed over for ${kept.join(", ")}, which do not allow that its provider keeps ` +
    "traffic (allow_provider_retention).",
  ];
}
