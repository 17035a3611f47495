import type { Limit } from "../api/manage_actions.ts";

const units: Readonly<Record<string, string>> = {
  usd: "USD",
  tokens: "tokens",
  turns: "turns",
  concurrent: "turns at once",
};

/** What a limit of the audit log is called, without its amount, as `switchboard.limit_name()` says. */
export function nameOfLimit(
  { unit, period, kind, assistant }: {
    readonly unit: string;
    readonly period: string | null;
    readonly kind: string;
    /** The type of the assistant; null: none. */
    readonly assistant: string | null;
  },
): string {
  const time = period === null ? "" : period === "total" ? " in total" : ` per ${period}`;
  return `${units[unit] ?? unit}${time} for ${scopeOf(kind as Limit["scope"]["kind"], assistant)}`;
}

function scopeOf(kind: Limit["scope"]["kind"], assistant: string | null): string {
  switch (kind) {
    case "project":
      return "the project";
    case "assistant":
      return `the assistant ${assistant}`;
    case "each_user":
      return assistant === null ? "each user" : `each user of ${assistant}`;
    case "user":
      return "a user";
    case "api_key":
      return "an API key";
    default:
      return kind satisfies never;
  }
}
