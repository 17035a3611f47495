import type { Model } from "../api/manage_actions.ts";
import { formatDate } from "./time.ts";

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
  const date = formatDate(end);
  const isToCome = end.slice(0, 10) > new Date(now).toISOString().slice(0, 10);
  return `${isToCome ? "until" : "ended"} ${date}`;
}
