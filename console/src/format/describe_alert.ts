/** Alerts and their rules in words. */
import type { Alert, AlertRule } from "../api/manage_actions.ts";
import type { AlertKind } from "../../../supabase/functions/_shared/alerts/alert.ts";
import { formatCount } from "./numbers.ts";

interface RuleWords {
  readonly name: string;
  /** What it looks for. */
  readonly about: string;
  /** What its thresholds count; null: it has none. */
  readonly unit: string | null;
}

const words: Readonly<Record<AlertKind, RuleWords>> = {
  limit_near: {
    name: "Limit near",
    about: "A limit is used up to this share; told again at 80 and at 100 %.",
    unit: "percent",
  },
  error_rate: {
    name: "Error rate",
    about: "A share of a model's answers fails.",
    unit: "percent",
  },
  model_suspended: {
    name: "Model suspended",
    about: "A model was passed over because it kept failing.",
    unit: "answers",
  },
  lifecycle_near: {
    name: "End of a model near",
    about: "AWS ends a registered model within these days.",
    unit: "days",
  },
  tick_late: {
    name: "Tick late",
    about: "The tick has not run for this long.",
    unit: "minutes",
  },
  delivery_failing: {
    name: "Delivery failing",
    about: "Delivering an alert to the webhook keeps failing.",
    unit: "attempts",
  },
  audit_chain_broken: {
    name: "Audit log broken",
    about: "An entry of the audit log is not as it was written.",
    unit: null,
  },
  limits_differ: {
    name: "Limits differ",
    about: "What limits have counted is not what the ledger says.",
    unit: null,
  },
  unapproved_change: {
    name: "Change not approved",
    about: "The database's owner changed a protected assistant, and it is not signed yet.",
    unit: null,
  },
  price_unknown: {
    name: "Price unknown",
    about: "Answers have no known cost, because their model has no price.",
    unit: "answers",
  },
  rollout_judged: {
    name: "Rollout judged",
    about: "A canary was found worse, or is proven not worse.",
    unit: null,
  },
};

/** A kind by its name; one of a later version as it is. */
export function nameOfKind(kind: string): string {
  return wordsOf(kind)?.name ?? kind.replaceAll("_", " ");
}

export function describeRule({ kind }: Pick<AlertRule, "kind">): string {
  return wordsOf(kind)?.about ?? "";
}

/** What the thresholds of a kind count; null: it has none. */
export function unitOfKind(kind: string): string | null {
  return wordsOf(kind)?.unit ?? null;
}

/** How far it is: percent of a limit, or days before a model's end; null where there is neither. */
export function describeLevel(
  { kind, level }: Pick<Alert, "kind" | "level">,
): { readonly text: string; readonly tone: "warn" | "danger" } | null {
  if (level === null) return null;
  if (kind !== "lifecycle_near") {
    return { text: `${level} %`, tone: level >= 100 ? "danger" : "warn" };
  }
  const days = `within ${level} ${level === 1 ? "day" : "days"}`;
  return { text: level === 0 ? "ended" : days, tone: level <= 7 ? "danger" : "warn" };
}

/** Where a rule's alerts open and close. */
export function describeThresholds(
  { kind, open_at: open, close_at: close }: Pick<AlertRule, "kind" | "open_at" | "close_at">,
): string {
  const unit = unitOfKind(kind);
  if (open === null || close === null || unit === null) return "opens and closes with its cause";
  const figure = (value: number) => {
    if (unit === "percent") return `${formatCount(value)} %`;
    return `${formatCount(value)} ${value === 1 ? unit.replace(/s$/, "") : unit}`;
  };
  // Days count down to the end of a model.
  return kind === "lifecycle_near"
    ? `opens at ${figure(open)} or fewer, closes above ${figure(close)}`
    : `opens at ${figure(open)}, closes below ${figure(close)}`;
}

/** What a rule looks at: how far back, and how much there must be of it. */
export function describeBasis(
  { window_minutes: minutes, least_count: least }: Pick<
    AlertRule,
    "window_minutes" | "least_count"
  >,
): string {
  const back = minutes === null ? [] : [`the last ${formatCount(minutes)} min`];
  const from = least === null ? [] : [`from ${formatCount(least)} answers on`];
  return [...back, ...from].join(", ") || "the present state";
}

/** Who said that an alert is known, where anybody did. */
export function describeAcknowledgement(
  { acknowledged_by: by }: Pick<Alert, "acknowledged_by">,
  people: ReadonlyMap<string, string>,
): string | null {
  return by === null ? null : people.get(by) ?? by;
}

function wordsOf(kind: string): RuleWords | undefined {
  return Object.hasOwn(words, kind) ? words[kind as AlertKind] : undefined;
}
