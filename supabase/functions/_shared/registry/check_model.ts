import { z } from "zod";
import { checkCapabilities } from "./check_capabilities.ts";
import type { Model } from "./model.ts";
import { obstacleOf, type ObstacleReason } from "./model_usability.ts";
import { assistantsWithoutRetention, useForAny, type Uses } from "./model_use.ts";
import { describeRetention, keepsTraffic } from "./provider_retention.ts";
import { placesOfModel } from "./residency.ts";

/** A rule that was applied to a model's row, and the result. */
export const modelCheckSchema = z.object({
  name: z.enum([
    "available",
    "lifecycle",
    "geography",
    "retention",
    "prices",
    "sampling",
    "capabilities",
    "caching",
    "assistants",
  ]),
  ok: z.boolean(),
  message: z.string(),
});

export type ModelCheck = Readonly<z.infer<typeof modelCheckSchema>>;

/**
 * Applies the rules to a model's row. It does not call the model.
 *
 * @param today ISO date
 * @param uses What models are used for: the settings, and all assistants.
 */
export function checkModel(
  model: Model,
  today: string,
  uses: Uses,
): readonly ModelCheck[] {
  const use = useForAny(uses);
  const { input_cost_per_mtok: input, output_cost_per_mtok: output } = model;
  const check = (name: ModelCheck["name"], reason: ObstacleReason, otherwise: string) => {
    const obstacle = obstacleOf(reason, model, use);
    return {
      name,
      ok: obstacle === null,
      message: obstacle === null ? otherwise : `${obstacle.message} ${obstacle.hint}`,
    };
  };
  return [
    check("available", "disabled", "It is available for new conversations."),
    check("lifecycle", "retired", describeLifecycle(model, today)),
    check(
      "geography",
      "outside_geographies",
      `Its calls stay in ${placesOfModel(model).join(", ")}.`,
    ),
    checkRetention(model, uses),
    check("prices", "price_unknown", `$${input}/$${output} per million input/output tokens.`),
    checkSampling(model),
    checkCapabilities(model),
    checkCaching(model),
  ];
}

/** Warnings about a model for an operator: the checks that failed, and a coming end. */
export function modelWarnings(
  model: Model,
  today: string,
  uses: Uses,
): readonly string[] {
  const warnings = checkModel(model, today, uses).filter((check) => !check.ok)
    .map((check) => check.message);
  // A legacy model passes its check, since it still answers, but not for long.
  if (model.lifecycle === "legacy") warnings.push(describeLifecycle(model, today));
  return warnings;
}

function describeLifecycle(model: Model, today: string): string {
  if (model.lifecycle !== "legacy") return "AWS offers it without an end date.";
  const successor = model.successor_model_id === null
    ? "no successor is on record"
    : `its successor is ${model.successor_model_id}`;
  return `AWS calls it legacy${endDate(model, today)}; ${successor}.`;
}

function endDate({ retires_on }: Model, today: string): string {
  if (retires_on === null) return "";
  return today < retires_on
    ? ` and ends it on ${retires_on}`
    : ` and ended it in most regions by ${retires_on}`;
}

/** A model whose provider keeps traffic answers those that allow it; passed if there are any. */
function checkRetention({ model_id, provider_retention }: Model, uses: Uses): ModelCheck {
  const { settings, assistants } = uses;
  const without = assistantsWithoutRetention(uses).map(({ assistant_type }) => assistant_type);
  const isAllowed = settings.allow_provider_retention ||
    assistants.some((row) => row.is_active && row.allow_provider_retention);
  const keptFrom = without.length === 0 ? "" : ` It is kept from ${without.join(", ")}.`;
  return {
    name: "retention",
    ok: !keepsTraffic(provider_retention) || isAllowed,
    message: describeRetention(model_id, provider_retention) + (
      !keepsTraffic(provider_retention)
        ? "."
        : isAllowed
        ? `.${keptFrom}`
        : ", and no assistant allows that, so it is never selected. See allow_provider_retention " +
          "of the assistants, and set-provider-retention for what the model's row says."
    ),
  };
}

function checkSampling(model: Model): ModelCheck {
  const set = [
    model.temperature === null ? null : "temperature",
    model.top_p === null ? null : "top_p",
  ].filter((name) => name !== null);
  const allowed = { temperature_and_top_p: 2, temperature_or_top_p: 1, none: 0 }[model.sampling];
  return {
    name: "sampling",
    ok: set.length <= allowed,
    message: set.length <= allowed
      ? "It accepts its sampling settings."
      : `Its row sets ${set.join(" and ")}, but it accepts ${
        allowed === 0 ? "neither" : "only one of the two"
      }; the rest is not sent.`,
  };
}

/** A model that caches without being asked makes every answer's cost unknown without its prices. */
function checkCaching(model: Model): ModelCheck {
  const { capabilities: { caching }, cache_read_cost_per_mtok, cache_write_cost_per_mtok } = model;
  const unknown = [
    cache_read_cost_per_mtok === null ? "reading from" : null,
    cache_write_cost_per_mtok === null ? "writing to" : null,
  ].filter((name) => name !== null);
  const automatic = caching?.automatic === true;
  const ok = !automatic || unknown.length === 0;
  return {
    name: "caching",
    ok,
    message: !ok
      ? `It caches prompts automatically, but the price of ${unknown.join(" and of ")} the cache ` +
        "is not known, so the cost of its answers is not either. Set the price (set-price; in the " +
        "shell, price set), or turn caching.automatic off in its capabilities."
      : automatic
      ? "It caches prompts automatically."
      : "It caches no prompts automatically.",
  };
}
