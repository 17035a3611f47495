import type { Assistant } from "../registry/assistant.ts";
import { type Obstacle, obstaclesOf } from "../registry/model_usability.ts";
import { useFor } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import { effortWarning } from "./capability_warnings.ts";

/**
 * The active assistants whose model cannot answer, for an operator: why it cannot, and what becomes
 * of their turns; and those that set what their model cannot do.
 *
 * @param registry With the models of the assistants and the default.
 * @param types Only these assistants; all.
 */
export function assistantWarnings(
  { assistants, models, settings }: Registry,
  types?: readonly string[],
): string[] {
  return assistants.flatMap((assistant) => {
    const { assistant_type: type, model_version: own, is_active } = assistant;
    if (!is_active || types?.includes(type) === false) return [];
    const model = models.find((each) => own === null ? each.is_default : each.model_id === own);
    if (model === undefined) return [];
    const [obstacle] = obstaclesOf(model, useFor({ settings, assistants }, type));
    if (obstacle === undefined || obstacle.reason === "price_unknown") {
      return effortWarning(assistant, model);
    }
    const which = own === null ? "the default, which it follows," : "its own model";
    return [
      `${type}: ${which} cannot answer. ${obstacle.message} ${consequence(assistant, obstacle)}`,
    ];
  });
}

function consequence({ fallback_models: models }: Assistant, { code }: Obstacle): string {
  if (models === null) return "Other available models answer as fallbacks.";
  if (models.length > 0) return `Only its fallback_models may answer: ${models.join(", ")}.`;
  return `Its turns are refused with ${code}, as its fallback_models name none.`;
}
