import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import type { AlertRule } from "../api/manage_actions.ts";

const figures = ["open_at", "close_at", "least_count", "window_minutes"] as const;
type Figure = typeof figures[number];

/** What is entered of a rule; figures as they are typed, null where its kind has none. */
export type RuleValues =
  & { readonly is_active: boolean }
  & Readonly<Record<Figure, string | null>>;

type Fields = Omit<ArgumentsOf<"set-alert-rule">, "kind" | "reason">;

export function ruleValues(rule: AlertRule): RuleValues {
  const text = (name: Figure) => rule[name] === null ? null : String(rule[name]);
  return {
    is_active: rule.is_active,
    open_at: text("open_at"),
    close_at: text("close_at"),
    least_count: text("least_count"),
    window_minutes: text("window_minutes"),
  };
}

/** What is wrong with what was entered, in words; null where nothing is. */
export function problemOfRule(values: RuleValues, kind: string): string | null {
  for (const name of figures) {
    const text = values[name];
    if (text === null) continue;
    const isWhole = name === "least_count" || name === "window_minutes";
    if (!(isWhole ? /^[1-9]\d*$/ : /^(\d+(\.\d*)?|\.\d+)$/).test(text.trim())) {
      return isWhole
        ? "Answers and minutes are whole numbers above 0."
        : "A threshold is a number, 0 or more.";
    }
  }
  const [open, close] = [values.open_at, values.close_at].map(Number);
  if (values.open_at === null || open === undefined || close === undefined) return null;
  if (kind === "lifecycle_near") {
    return close < open ? "It closes at as many days as it opens at, or more." : null;
  }
  return close > open ? "It closes at what it opens at, or below." : null;
}

/** The fields that differ, as they are sent. */
export function changedRule(before: RuleValues, now: RuleValues): Fields {
  return {
    ...(now.is_active === before.is_active ? {} : { is_active: now.is_active }),
    ...Object.fromEntries(
      figures.filter((name) => now[name]?.trim() !== before[name]?.trim())
        .map((name) => [name, Number(now[name])]),
    ),
  };
}
