import type { Model } from "../api/manage_actions.ts";
import { nameOfModel } from "./model_state.ts";
import { formatDate } from "./time.ts";

type Ending = Pick<Model, "model_name" | "retires_on" | "successor_model_id">;

/**
 * When AWS ends a model, or has ended it, in most regions at least; null where no end is announced.
 *
 * @param now Milliseconds since 1970.
 */
export function describeEnd(
  { retires_on: end }: Pick<Model, "retires_on">,
  now: number,
): string | null {
  if (end === null) return null;
  return `${isToCome(end, now) ? "until" : "ended"} ${formatDate(end)}`;
}

/**
 * What it means that AWS has marked a model as legacy: when it ends, and which model takes its place.
 *
 * @param now Milliseconds since 1970.
 */
export function describeLegacy(
  { model_name: name, retires_on: end, successor_model_id: successor }: Ending,
  models: readonly Pick<Model, "model_id" | "model_name">[],
  now: number,
): string {
  const when = end === null
    ? "has announced no end yet"
    : isToCome(end, now)
    ? `ends it on ${formatDate(end)}`
    : `has ended it in most regions since ${formatDate(end)}`;
  const next = successor === null
    ? "No successor is on record."
    : `Its successor is ${nameOfModel(successor, models)}.`;
  return `AWS has marked ${name} as legacy and ${when}. ${next}`;
}

function isToCome(end: string, now: number): boolean {
  return end.slice(0, 10) > new Date(now).toISOString().slice(0, 10);
}
