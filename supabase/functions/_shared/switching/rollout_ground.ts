import { AppError } from "../core/app_error.ts";
import type { Assistant } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { describeScope } from "./rollout.ts";

/**
 * The model that one of a rollout is compared with: the default or, where there is an assistant,
 * the model of that one. In the words of `start_rollout()`, which a test compares.
 *
 * @throws {AppError} `rollout_active`, `model_is_default`
 */
export function requireFormer(
  registry: Registry,
  model: Model,
  assistant: Assistant | null,
): Model {
  requireNoRollout(registry, assistant);
  const standard = registry.models.find((each) => each.is_default);
  const ownId = assistant?.model_version ?? null;
  const former = ownId === null
    ? standard
    : registry.models.find((each) => each.model_id === ownId);
  if (former === undefined) {
    throw new AppError("no_model_available", "There is no model to compare it with.");
  }
  if (former.model_id === model.model_id) {
    throw new AppError(
      "model_is_default",
      `${model.model_id} is in place already, and cannot be compared with itself.`,
      { hint: "Name another model." },
    );
  }
  return former;
}

/**
 * In the words of `require_no_rollout()`.
 *
 * @param promotedId A model that may take the place although it is the canary.
 * @throws {AppError} `rollout_active`
 */
export function requireNoRollout(
  { models }: Registry,
  assistant: Assistant | null,
  promotedId: string | null = null,
): void {
  const standard = models.find((each) => each.canary_share !== null);
  const [modelId, id] = assistant === null
    ? [standard?.model_id ?? null, standard?.rollout_id]
    : [assistant.canary_model_id, assistant.rollout_id];
  if (modelId === null || modelId === promotedId) return;
  const scope = describeScope({ assistant_type: assistant?.assistant_type ?? null });
  throw new AppError("rollout_active", `Rollout ${id} of ${modelId} is under way for ${scope}.`, {
    hint: `Promote or revert it first: rollout end ${id} promote, or rollout end ${id} revert.`,
  });
}
