import type { Model } from "../registry/model.ts";

/** The days that AWS announces of a model's life, as ISO dates; null: not announced. */
export type LifecycleDates = Pick<Model, "legacy_on" | "extended_access_on" | "retires_on">;

/** The dates of what has more than them. */
export function datesOf(
  { legacy_on, extended_access_on, retires_on }: LifecycleDates,
): LifecycleDates {
  return { legacy_on, extended_access_on, retires_on };
}

export function hasSameDates(one: LifecycleDates, other: LifecycleDates): boolean {
  return one.legacy_on === other.legacy_on &&
    one.extended_access_on === other.extended_access_on && one.retires_on === other.retires_on;
}
