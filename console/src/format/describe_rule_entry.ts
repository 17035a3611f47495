/** Entries of the audit log about the rules of alerts, in words. */
import { nameOfKind } from "./describe_alert.ts";
import { describeDifferences, type NameOf } from "./describe_columns.ts";

type Row = Readonly<Record<string, unknown>>;

interface RuleEntry {
  readonly from: unknown;
  readonly to: unknown;
}

/** Whether an entry is about a rule: then it has the whole row. */
export function isRuleEntry({ to }: RuleEntry): boolean {
  return ruleRow(to) !== null;
}

/** Says which rule was changed, and what is different, a line each. */
export function describeRuleEntry(
  { from, to }: RuleEntry,
  nameOf: NameOf,
): { readonly what: string; readonly details: readonly string[] } {
  const now = ruleRow(to) ?? {};
  return {
    what: `Alert rule ${nameOfKind(String(now.kind))} changed`,
    details: describeDifferences(ruleRow(from) ?? {}, now, nameOf),
  };
}

function ruleRow(value: unknown): Row | null {
  if (typeof value !== "object" || value === null) return null;
  return "kind" in value && "open_at" in value && "window_minutes" in value ? value as Row : null;
}
