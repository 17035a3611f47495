/** Entries of the audit log about limits, in words. */
import type { Limit } from "../api/manage_actions.ts";
import { formatAmount } from "./limit_figures.ts";
import { nameOfLimit } from "./limit_name.ts";

interface LimitEntry {
  readonly action: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** A row of `ai_limits`. */
interface LimitRow {
  readonly scope: string;
  readonly assistant_type: string | null;
  readonly user_id: string | null;
  readonly api_key_id: string | null;
  readonly unit: Limit["unit"];
  readonly amount: number;
  readonly period: string | null;
  readonly time_zone: string;
  readonly enforcement: string;
}

/** Whether an entry is about a limit: then it has the whole row. */
export function isLimitEntry({ from, to }: Pick<LimitEntry, "from" | "to">): boolean {
  return limitRow(to) !== null || limitRow(from) !== null;
}

/** Says what was done with a limit, and what is different, a line each. */
export function describeLimitEntry(
  { from, to }: LimitEntry,
): { readonly what: string; readonly details: readonly string[] } {
  const [before, now] = [limitRow(from), limitRow(to)];
  const row = now ?? before;
  if (row === null) return { what: "Limit changed", details: [] };
  const limit = `Limit of ${
    nameOfLimit({ ...row, kind: row.scope, assistant: row.assistant_type })
  }`;
  if (now === null) return { what: `${limit} removed`, details: [`before: ${amountOf(row)}`] };
  return {
    what: `${limit} set to ${amountOf(now)}`,
    details: [
      ...(now.user_id === null ? [] : [`user: ${now.user_id}`]),
      ...(now.api_key_id === null ? [] : [`API key: ${now.api_key_id}`]),
      ...(before === null ? settings(now) : differences(before, now)),
    ],
  };
}

function settings({ enforcement, time_zone, period }: LimitRow): string[] {
  return [enforcement, ...(period === null || time_zone === "UTC" ? [] : [`in ${time_zone}`])];
}

/** What the sentence does not say already, and what was before. */
function differences(before: LimitRow, now: LimitRow): string[] {
  const told = (label: string, column: "enforcement" | "time_zone") =>
    before[column] === now[column] ? [] : [`${label}: ${now[column]} (before: ${before[column]})`];
  const former = nameOfLimit({ ...before, kind: before.scope, assistant: before.assistant_type });
  const present = nameOfLimit({ ...now, kind: now.scope, assistant: now.assistant_type });
  return [
    ...(before.amount === now.amount ? [] : [`before: ${amountOf(before)}`]),
    ...(former === present ? [] : [`before: ${former}`]),
    ...told("enforcement", "enforcement"),
    ...told("time zone", "time_zone"),
  ];
}

function amountOf({ amount, unit }: LimitRow): string {
  return formatAmount(Number(amount), unit);
}

function limitRow(value: unknown): LimitRow | null {
  if (typeof value !== "object" || value === null) return null;
  return "scope" in value && "unit" in value && "amount" in value ? value as LimitRow : null;
}
