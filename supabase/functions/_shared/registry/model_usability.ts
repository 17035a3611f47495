/**
 * Whether a model may be used, and if not, why. Checks, warnings, refusals and the selection derive
 * from this table. The database refuses the same, in the same order and words, which a test
 * compares.
 */
import { AppError, type ErrorCode } from "../core/app_error.ts";
import type { Model } from "./model.ts";
import type { ModelUse } from "./model_use.ts";
import { describeRetention, keepsTraffic } from "./provider_retention.ts";
import { placesNotAllowed } from "./residency.ts";

/**
 * Why a model cannot be used, in the order in which it is refused. Of a disabled model, a caller
 * need not know where it leads.
 */
export const obstacleReasons = [
  "retired",
  "disabled",
  "outside_geographies",
  "provider_retains",
  "price_unknown",
] as const;

export type ObstacleReason = typeof obstacleReasons[number];

/** A reason in words. */
export interface Obstacle {
  readonly reason: ObstacleReason;
  readonly code: ErrorCode;
  readonly message: string;
  /** What an operator can do. */
  readonly hint: string;
}

interface Rule {
  readonly code: ErrorCode;
  readonly applies: (model: Model, use: ModelUse) => boolean;
  readonly message: (model: Model, use: ModelUse) => string;
  readonly hint: (model: Model, use: ModelUse) => string;
}

const rules: Readonly<Record<ObstacleReason, Rule>> = {
  retired: {
    code: "model_retired",
    applies: ({ lifecycle }) => lifecycle === "retired",
    message: ({ model_id }) => `AWS has retired ${model_id}; it no longer answers.`,
    hint: ({ successor_model_id }) =>
      successor_model_id === null
        ? "It has no successor on record."
        : `Its successor is ${successor_model_id}.`,
  },
  disabled: {
    code: "model_not_available",
    applies: ({ is_available }) => !is_available,
    message: ({ model_id }) => `${model_id} is not available.`,
    hint: () => "Enable it first.",
  },
  outside_geographies: {
    code: "model_outside_geographies",
    applies: (model, use) => placesNotAllowed(model, use.allowedGeographies).length > 0,
    message: (model, { allowedGeographies: allowed }) =>
      `Calls of ${model.model_id} ${describePlaces(placesNotAllowed(model, allowed))}; ` +
      `allowed is ${allowed.join(", ") || "nothing"} only.`,
    hint: () =>
      "Use a model whose calls stay there; see allowed_geographies in registry_settings " +
      "and geographies in the model's row.",
  },
  provider_retains: {
    code: "provider_retains_data",
    applies: (model, use) => keepsTraffic(model.provider_retention) && !use.allowsRetention,
    message: ({ model_id, provider_retention }, { assistantType }) =>
      `${describeRetention(model_id, provider_retention)}, which ${
        assistantType === null
          ? "calls without an assistant do"
          : `the assistant ${assistantType} does`
      } not allow.`,
    hint: (_, { assistantType }) =>
      "Use a model whose provider keeps no traffic; see provider_retention in the model's row " +
      `and allow_provider_retention ${
        assistantType === null ? "in registry_settings." : "of the assistant."
      }`,
  },
  price_unknown: {
    code: "price_unknown",
    applies: (model) => unknownPrices(model).length > 0,
    message: (model) =>
      `The price of ${model.model_id} is not known for ${unknownPrices(model).join(" and ")} ` +
      "tokens, so its cost cannot be recorded.",
    hint: () =>
      "Set its price (set-price; in the shell, price set), or switch with force (--force).",
  },
};

/** A reason why a model cannot be used, in words; null where it does not apply. */
export function obstacleOf(
  reason: ObstacleReason,
  model: Model,
  use: ModelUse,
): Obstacle | null {
  return hasObstacle(reason, model, use) ? describeObstacle(reason, model, use) : null;
}

/** The words of a reason that is known to keep a model from answering. */
export function describeObstacle(
  reason: ObstacleReason,
  model: Model,
  use: ModelUse,
): Obstacle {
  const { code, message, hint } = rules[reason];
  return { reason, code, message: message(model, use), hint: hint(model, use) };
}

/** Whether a reason applies, without its words. */
export function hasObstacle(
  reason: ObstacleReason,
  model: Model,
  use: ModelUse,
): boolean {
  return rules[reason].applies(model, use);
}

/** Every reason why a model cannot be used, the first to be refused first. */
export function obstaclesOf(model: Model, use: ModelUse): readonly Obstacle[] {
  return obstacleReasons.map((reason) => obstacleOf(reason, model, use))
    .filter((obstacle) => obstacle !== null);
}

/** The error of a model that is not in the registry. */
export function modelNotFound(modelId: string, hint: string): AppError {
  return new AppError("model_not_found", `There is no model ${modelId} in the registry.`, { hint });
}

/** Tokens whose price a model's row does not give. */
function unknownPrices(model: Model): readonly string[] {
  return [
    ...(model.input_cost_per_mtok === null ? ["input"] : []),
    ...(model.output_cost_per_mtok === null ? ["output"] : []),
  ];
}

function describePlaces(places: readonly string[]): string {
  if (places.includes("global")) return "may be processed in any region of AWS";
  if (places.includes("unknown")) return "are processed in an unknown location";
  return `may be processed in ${places.join(", ")}`;
}
