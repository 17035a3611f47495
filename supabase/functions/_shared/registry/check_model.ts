import { z } from "zod";
import type { Model } from "./model.ts";
import { placesOfModel, residencyProblem } from "./residency.ts";

/** A rule that was applied to a model's row, and the result. */
export const modelCheckSchema = z.object({
  name: z.enum(["available", "lifecycle", "geography", "prices", "sampling"]),
  ok: z.boolean(),
  message: z.string(),
});

export type ModelCheck = Readonly<z.infer<typeof modelCheckSchema>>;

/**
 * Looks at what the registry says about a model and whether a switch to it can work. It does not
 * call the model.
 *
 * @param today ISO date
 * @param allowed Where calls may be processed, such as `eu`.
 */
export function checkModel(
  model: Model,
  today: string,
  allowed: readonly string[],
): readonly ModelCheck[] {
  return [
    checkAvailability(model),
    checkLifecycle(model, today),
    checkGeography(model, allowed),
    checkPrices(model),
    checkSampling(model),
  ];
}

/** What an operator should know before relying on the model: the checks that are not in order. */
export function modelWarnings(
  model: Model,
  today: string,
  allowed: readonly string[],
): readonly string[] {
  const warnings = checkModel(model, today, allowed).filter((check) => !check.ok)
    .map((check) => check.message);
  // Legacy is in order, as it may still answer, but not for long.
  if (model.lifecycle === "legacy") warnings.push(checkLifecycle(model, today).message);
  return warnings;
}

function checkAvailability(model: Model): ModelCheck {
  return {
    name: "available",
    ok: model.is_available,
    message: model.is_available
      ? "It is available for new conversations."
      : "It is disabled; enable it before switching to it.",
  };
}

function checkLifecycle(model: Model, today: string): ModelCheck {
  const successor = model.successor_model_id === null
    ? "no successor is on record"
    : `its successor is ${model.successor_model_id}`;
  switch (model.lifecycle) {
    case "active":
      return { name: "lifecycle", ok: true, message: "AWS offers it without an end date." };
    case "legacy":
      return {
        name: "lifecycle",
        ok: true,
        message: `AWS calls it legacy${endDate(model, today)}; ${successor}.`,
      };
    case "retired":
      return { name: "lifecycle", ok: false, message: `AWS has retired it; ${successor}.` };
    default:
      return model.lifecycle satisfies never;
  }
}

function endDate({ retires_on }: Model, today: string): string {
  if (retires_on === null) return "";
  return today < retires_on
    ? ` and ends it on ${retires_on}`
    : ` and ended it in most regions by ${retires_on}`;
}

function checkGeography(model: Model, allowed: readonly string[]): ModelCheck {
  const problem = residencyProblem(model, allowed);
  return {
    name: "geography",
    ok: problem === null,
    message: problem ?? `Its calls stay in ${placesOfModel(model).join(", ")}.`,
  };
}

/** Whether the price of what it reads or writes is not known. */
export function lacksPrice(model: Model): boolean {
  return model.input_cost_per_mtok === null || model.output_cost_per_mtok === null;
}

function checkPrices(model: Model): ModelCheck {
  const unknown = [
    model.input_cost_per_mtok === null ? "input" : null,
    model.output_cost_per_mtok === null ? "output" : null,
  ].filter((name) => name !== null);
  return {
    name: "prices",
    ok: unknown.length === 0,
    message: unknown.length === 0
      ? `$${model.input_cost_per_mtok}/$${model.output_cost_per_mtok} per million input/output tokens.`
      : `The price of its ${
        unknown.join(" and ")
      } tokens is not known, so its cost cannot be recorded.`,
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
      ? "Its sampling settings are ones that it accepts."
      : `Its row sets ${set.join(" and ")}, but it accepts ${
        allowed === 0 ? "neither" : "only one of the two"
      }; what it does not accept is not sent.`,
  };
}
