/** The columns of the registry's rows, in words. */
import { retentionNames } from "./retention_names.ts";
import { formatPrice } from "./money.ts";
import { formatCount } from "./numbers.ts";
import { formatDate, formatMoment } from "./time.ts";

export type NameOf = (modelId: string | null) => string;

interface Words {
  /** What stands before the value. */
  readonly label: string;
  readonly value: (value: unknown, nameOf: NameOf) => string;
}

/** Says what a column is now, and what it was before. */
export function describeColumn(
  column: string,
  before: unknown,
  now: unknown,
  nameOf: NameOf,
): string {
  const { value } = columns[column] ?? unknownColumn(column);
  return `${describeValue(column, now, nameOf)} (before: ${value(before, nameOf)})`;
}

/** Says what a column of a row is that was not there before, or is gone. */
export function describeValue(column: string, value: unknown, nameOf: NameOf): string {
  const words = columns[column] ?? unknownColumn(column);
  return `${words.label} ${words.value(value, nameOf)}`;
}

/** The columns of a whole row that are different, each in words. */
export function describeDifferences(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  nameOf: NameOf,
): string[] {
  return Object.keys(now)
    .filter((column) => JSON.stringify(before[column]) !== JSON.stringify(now[column]))
    .map((column) => describeColumn(column, before[column], now[column], nameOf));
}

function unknownColumn(column: string): Words {
  return { label: column.replaceAll("_", " "), value: plain };
}

/** Any value; what is not set is never shown as a mark of the database. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return "not set";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return formatCount(value);
  if (Array.isArray(value)) return value.map(plain).join(", ") || "none";
  if (typeof value === "object") {
    return Object.entries(value).map(([name, each]) => `${name.replaceAll("_", " ")} ${part(each)}`)
      .join(", ") || "none";
  }
  return String(value);
}

/** A value within another one. */
function part(value: unknown): string {
  if (typeof value === "number") return String(value);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? `(${plain(value)})` : plain(value);
}

const price = (label: string): Words => ({
  label: `price of ${label} per million tokens:`,
  value: (value) => formatPrice(typeof value === "number" ? value : null),
});
const words = (label: string, names: Readonly<Record<string, string>>): Words => ({
  label,
  value: (value) => names[String(value)] ?? plain(value),
});
const term = (label: string): Words => ({ label: `${label}:`, value: plain });
const date = (label: string): Words => ({
  label: `${label}:`,
  value: (value) => typeof value === "string" ? formatDate(value) : "not set",
});

const moment = (label: string, unset: string): Words => ({
  label,
  value: (value) => typeof value === "string" ? formatMoment(value) : unset,
});

const columns: Readonly<Record<string, Words>> = {
  fallback_models: {
    label: "may fall back to",
    value: (value, nameOf) => {
      if (!Array.isArray(value)) return "any available model";
      return value.map((id) => nameOf(String(id))).join(", ") || "none";
    },
  },
  allowed_models: {
    label: "callers may also name",
    value: (value) => Array.isArray(value) ? plain(value) : "any model",
  },
  max_output_tokens: {
    label: "most tokens of an answer, whatever is asked for:",
    value: (value) => typeof value === "number" ? formatCount(value) : "as the model has it",
  },
  open_at: term("opens at"),
  close_at: term("closes at"),
  least_count: term("fewest answers"),
  window_minutes: term("minutes that it looks back"),
  aliases: term("aliases"),
  models: term("models"),
  dialects: term("endpoints"),
  replaces: term("in place of key"),
  expires_at: moment("expires:", "never"),
  grace_ends_at: moment("grace period ends:", "none"),
  revoked_at: moment("revoked:", "no"),
  successor_model_id: {
    label: "successor:",
    value: (value, nameOf) => typeof value === "string" ? nameOf(value) : "none",
  },
  model_version: {
    label: "model:",
    value: (value, nameOf) => typeof value === "string" ? nameOf(value) : "the default",
  },
  canary_model_id: {
    label: "model in rollout:",
    value: (value, nameOf) => typeof value === "string" ? nameOf(value) : "none",
  },
  canary_share: {
    label: "share:",
    value: (value) => typeof value === "number" ? `${value} %` : "none",
  },
  rollout_id: {
    label: "rollout:",
    value: (value) => typeof value === "number" ? String(value) : "none",
  },
  watch_minutes: term("watched for minutes"),
  model_config: {
    label: "settings:",
    value: (value) => {
      const text = plain(value);
      return text === "none" ? "those of the model" : text;
    },
  },
  guardrail_id: term("guardrail"),
  requires_evaluation: words("another model needs", {
    true: "a passing evaluation",
    false: "no evaluation",
  }),
  evaluation_max_age_days: {
    label: "days for which an evaluation counts:",
    value: (value) =>
      typeof value === "number" ? formatCount(value) : "as long as the prompt stays",
  },
  keep_days: {
    label: "days after the last turn for which a conversation is kept:",
    value: (value) => typeof value === "number" ? formatCount(value) : "for good",
  },
  backup_days: term("days for which backups are kept"),
  guardrail_version: term("version of the guardrail"),
  capabilities: term("accepts"),
  system_prompt: term("system prompt"),
  name: term("name"),
  model_name: term("name"),
  assistant_type: {
    label: "assistant:",
    value: (value) => typeof value === "string" ? value : "none",
  },
  on_disconnect: words("when its client leaves, an answer is", {
    finish: "finished and stored",
    stop: "stopped",
  }),
  is_protected: words("changes of its model and prompt need", {
    true: "a second person",
    false: "no second person",
  }),
  is_active: words("is", { true: "active", false: "not active" }),
  is_available: words("takes", { true: "new conversations", false: "no new conversations" }),
  serves_pinned: words("keeps", { true: "its conversations", false: "no conversation" }),
  is_default: words("is", { true: "the default", false: "not the default" }),
  input_cost_per_mtok: price("input"),
  output_cost_per_mtok: price("output"),
  cache_read_cost_per_mtok: price("cache reads"),
  cache_write_cost_per_mtok: price("cache writes"),
  cache_write_1h_cost_per_mtok: price("cache writes kept for an hour"),
  long_prompt_tokens: {
    label: "a prompt is long from",
    value: (value) => typeof value === "number" ? `${formatCount(value)} tokens` : "no length",
  },
  long_prompt_factor: term("factor of a long prompt's price"),
  lifecycle: words("AWS calls it", {}),
  valid_from: moment("holds from", "the beginning"),
  valid_to: moment("holds until", "further notice"),
  legacy_on: date("AWS calls it legacy from"),
  extended_access_on: date("extended access from"),
  retires_on: date("AWS ends it"),
  checked_on: date("checked on"),
  geographies: {
    label: "calls are processed in",
    value: (value) => Array.isArray(value) ? plain(value) : "unknown places",
  },
  allowed_geographies: term("calls may be processed in"),
  function_geographies: term("functions may run in"),
  require_mfa: words("a second factor is", { true: "required", false: "not required" }),
  require_person: words("changes by a secret key alone are", {
    true: "refused",
    false: "allowed",
  }),
  allow_anonymous_users: words("anonymous users", { true: "may chat", false: "may not chat" }),
  allow_provider_retention: words("models whose provider keeps traffic", {
    true: "may answer",
    false: "may not answer",
  }),
  provider_retention: words("its provider keeps", retentionNames),
  provider_retention_source: term("source of that"),
  provider_retention_checked_on: date("read on"),
  on_role_change: words("after a change of role, conversations", {
    refuse: "take no more turns",
    move: "move to the new assistant",
  }),
};
