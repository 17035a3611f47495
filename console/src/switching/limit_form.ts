import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import type { Limit } from "../api/manage_actions.ts";

/** What is entered of a limit. */
export interface LimitValues {
  readonly kind: Limit["scope"]["kind"];
  /** An assistant's type, a user's id or an API key's; empty: none. */
  readonly id: string;
  readonly unit: Limit["unit"];
  /** As it is typed. */
  readonly amount: string;
  /** Without a meaning for turns at once. */
  readonly period: NonNullable<Limit["period"]>;
  readonly time_zone: string;
  readonly enforcement: Limit["enforcement"];
}

export type LimitArgs = Omit<ArgumentsOf<"set-limit">, "reason">;

/** The commonest wish: so much for each user, and a day. */
export const newLimit: LimitValues = {
  kind: "each_user",
  id: "",
  unit: "usd",
  amount: "",
  period: "day",
  time_zone: "UTC",
  enforcement: "hard",
};

export function limitValues(limit: Limit): LimitValues {
  const { scope, unit, amount, period, time_zone, enforcement } = limit;
  return {
    kind: scope.kind,
    id: scope.id ?? "",
    unit,
    amount: String(amount),
    period: period ?? newLimit.period,
    time_zone,
    enforcement,
  };
}

/** Whether a period's beginning depends on the time zone. */
export function hasTimeZone({ unit, period }: Pick<LimitValues, "unit" | "period">): boolean {
  return unit !== "concurrent" && period !== "minute" && period !== "total";
}

/** What is wrong with what was entered, in words; null where nothing is. */
export function problemOfLimit(values: LimitValues): string | null {
  const { kind, id, amount, time_zone } = values;
  if (kind === "assistant" && id === "") return "Choose an assistant.";
  if (kind === "api_key" && id === "") return "Choose a key.";
  if (kind === "user" && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id.trim())) {
    return "A user is named by their id, as in Auth.";
  }
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(amount.trim())) return "The amount is a number, 0 or more.";
  if (Number(amount) > 1e12) return "The amount is at most 1,000,000,000,000.";
  if (hasTimeZone(values) && !isTimeZone(time_zone.trim())) {
    return "The time zone is a name such as Europe/Berlin.";
  }
  return null;
}

/** The request's fields; null where they cannot be sent. */
export function limitArgs(values: LimitValues): LimitArgs | null {
  if (problemOfLimit(values) !== null) return null;
  const { kind, unit, amount, period, time_zone, enforcement } = values;
  const id = values.id.trim();
  const isConcurrent = unit === "concurrent";
  return {
    scope: kind === "project" || id === "" ? { kind } : { kind, id },
    unit,
    amount: Number(amount),
    ...(!isConcurrent && { period }),
    ...(hasTimeZone(values) && { time_zone: time_zone.trim() }),
    // Turns at once can only be refused, or not be limited.
    enforcement: isConcurrent ? "hard" : enforcement,
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}
