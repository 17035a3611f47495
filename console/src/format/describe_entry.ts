import type { ModelSwitch } from "../api/manage_actions.ts";
import { describeColumn, describeValue, type NameOf } from "./describe_columns.ts";
import { describeKeyEntry, isKeyEntry } from "./describe_key_entry.ts";
import { describeLimitEntry, isLimitEntry } from "./describe_limit_entry.ts";
import { describePeopleEntry, isPeopleEntry } from "./describe_people_entry.ts";
import { describeRuleEntry, isRuleEntry } from "./describe_rule_entry.ts";

/** An entry of the audit log, in words. */
export interface EntryDescription {
  readonly what: string;
  /** What is different, a line each. */
  readonly details: readonly string[];
}

/** The actions of the log, in words. */
export const actionWords = {
  "set-default": "default switched",
  "unset-default": "default taken away",
  "assign": "model assigned",
  "unassign": "model unassigned",
  "enable": "enabled",
  "disable": "disabled",
  "retire": "retired",
  "create": "added",
  "update": "changed",
  "delete": "removed",
  "set-price": "price set",
  "schedule-price": "later price scheduled or taken back",
  "adopt-price": "scheduled price in force",
  "update-settings": "settings changed",
  "set-role": "role changed",
  "set-aliases": "aliases set",
  "set-provider-retention": "provider's retention set",
  "set-key-models": "models of an API key set",
  "create-api-key": "API key created",
  "rotate-api-key": "API key rotated",
  "revoke-api-key": "API key revoked",
  "set-limit": "limit set",
  "remove-limit": "limit removed",
  "set-alert-rule": "alert rule changed",
  "start-rollout": "rollout started",
  "set-rollout-share": "share of a rollout set",
  "revert-rollout": "rollout reverted",
  "end-watch": "watch over a switch ended",
  "set-retention": "retention of an assistant set",
  "set-legal-hold": "legal hold set",
  "remove-legal-hold": "legal hold removed",
  "erase": "data erased",
  "export-user": "a user's data exported",
} as const;

/** Says what an entry did. Actions of later versions are shown by their own name. */
export function describeEntry(entry: ModelSwitch, nameOf: NameOf): EntryDescription {
  if (isKeyEntry(entry)) return describeKeyEntry(entry, nameOf);
  if (isLimitEntry(entry)) return describeLimitEntry(entry);
  if (isRuleEntry(entry)) return describeRuleEntry(entry, nameOf);
  if (isPeopleEntry(entry)) return describePeopleEntry(entry);
  const subject = entry.assistant_type ?? nameOf(entry.model_id);
  const { from, to } = entry;
  const model = (value: unknown) => typeof value === "string" ? nameOf(value) : null;
  const before = (text: string | null) => text === null ? [] : [`before: ${text}`];
  switch (entry.action) {
    case "set-default":
      return {
        what: `Default switched to ${model(to) ?? "no model"}`,
        details: before(model(from)),
      };
    case "unset-default":
      return { what: "Default taken away", details: before(model(from)) };
    case "assign":
      return {
        what: `${subject} answers with ${model(to) ?? "the default"}`,
        details: before(model(from) ?? "the default"),
      };
    case "unassign":
      return { what: `${subject} follows the default`, details: before(model(from)) };
    case "enable":
      return { what: `${subject} enabled`, details: before(String(from)) };
    case "disable":
      return {
        what: `${subject} disabled`,
        details: [
          ...(to === "stopped" ? ["also for the conversations that are pinned to it"] : []),
          ...before(String(from)),
        ],
      };
    case "retire":
      return {
        what: `${subject} ${entry.source === "chat" ? "found retired by AWS" : "retired"}`,
        details: before(String(from)),
      };
    case "create":
      return { what: `${subject} added`, details: [] };
    case "delete":
      return { what: `${subject} removed`, details: [] };
    case "update":
      return { what: `${subject} changed`, details: changes(entry, nameOf) };
    case "set-price":
      return { what: `Price of ${subject} set`, details: changes(entry, nameOf) };
    case "schedule-price":
      return {
        what: `Later price of ${subject} ${to === null ? "taken back" : "scheduled"}`,
        details: changes(entry, nameOf),
      };
    case "adopt-price":
      return {
        what: `Scheduled price of ${subject} came into force`,
        details: changes(entry, nameOf),
      };
    case "update-settings":
      return { what: "Settings changed", details: changes(entry, nameOf) };
    case "set-aliases":
      return { what: `Aliases of ${subject} set`, details: changes(entry, nameOf) };
    case "set-provider-retention":
      return {
        what: `What the provider of ${subject} keeps is set`,
        details: changes(entry, nameOf),
      };
    case "start-rollout":
      return { what: `Rollout for ${subject} started`, details: changes(entry, nameOf) };
    case "set-rollout-share":
      return { what: `Share of the rollout for ${subject} set`, details: changes(entry, nameOf) };
    case "revert-rollout":
      return { what: `Rollout for ${subject} reverted`, details: changes(entry, nameOf) };
    case "end-watch":
      return { what: `Watch over ${subject} ended`, details: changes(entry, nameOf) };
    case "set-retention":
      return { what: `Retention of ${subject} set`, details: changes(entry, nameOf) };
    case "set-role":
      return describeRole(from, to);
    default:
      return { what: `${subject}: ${entry.action}`, details: changes(entry, nameOf) };
  }
}

/**
 * Whether a rollback takes an entry back; settings, roles, keys but for the models that they name,
 * alert rules, later prices, the ends of rollouts, what concerns people's data and AWS's words stay.
 */
export function isRolledBack(entry: ModelSwitch): boolean {
  const { action, source, is_seeded } = entry;
  return source !== "chat" && !is_seeded && (!isKeyEntry(entry) || action === "set-key-models") &&
    !isLeft.has(action);
}

const isLeft: ReadonlySet<string> = new Set([
  "update-settings",
  "set-role",
  "set-alert-rule",
  "schedule-price",
  "adopt-price",
  "revert-rollout",
  "end-watch",
  "set-legal-hold",
  "remove-legal-hold",
  "erase",
  "export-user",
]);

/** What the next rollback would take back. */
export function describeNext(
  next: {
    readonly id: number;
    readonly action: string;
    readonly model_id: string | null;
    readonly assistant_type: string | null;
  },
  nameOf: NameOf,
): string {
  const subject = next.assistant_type ?? (next.model_id === null ? null : nameOf(next.model_id));
  const words: Readonly<Record<string, string>> = actionWords;
  return `The next undo takes back entry ${next.id}: ${words[next.action] ?? next.action}${
    subject === null ? "" : `, ${subject}`
  }.`;
}

/** Who made a change, and how. */
export function describeActor(
  entry: Pick<
    ModelSwitch,
    "source" | "actor_user_id" | "actor_email" | "actor_key_name" | "database_role"
  >,
  ownUserId: string,
): string {
  const { actor_user_id: userId } = entry;
  if (userId === ownUserId) return "you";
  if (userId !== null) return entry.actor_email ?? `user ${userId.slice(0, 8)}`;
  if (entry.actor_key_name !== null) return `key ${entry.actor_key_name}`;
  switch (entry.source) {
    case "sql":
      return `role ${entry.database_role}`;
    case "chat":
      return "AWS, by an answer";
    case "watch":
      return "the verdict of a rollout";
    case "api":
    case "cli":
      return "a secret key";
    default:
      return entry.source satisfies never;
  }
}

/**
 * How a change was made: whether its actor is only claimed and, in SQL, the login where another role
 * was set, and what the session calls itself.
 */
export function describeWay(
  entry: Pick<
    ModelSwitch,
    "source" | "actor_proven" | "database_role" | "session_role" | "application_name"
  >,
): string {
  const { source, actor_proven, database_role, session_role, application_name } = entry;
  return [
    source,
    ...actor_proven ? [] : [`claimed via ${database_role}`],
    ...source === "sql" && session_role !== database_role ? [`login ${session_role}`] : [],
    ...source === "sql" && application_name !== null ? [`in ${application_name}`] : [],
  ].join(", ");
}

/** A role is told by the user's address, as far as the user still has one. */
function describeRole(from: unknown, to: unknown): EntryDescription {
  const [before, now] = [from, to].map((row) => isRecord(row) ? row : {});
  const user = now?.email ?? before?.email ?? now?.user_id ?? before?.user_id ?? "a user";
  const role = now?.assistant_type ?? null;
  return {
    what: `${user} has ${role === null ? "no role" : `role ${role}`}`,
    details: [`before: ${before?.assistant_type ?? "none"}`],
  };
}

/** The columns that are different, each in words. */
function changes({ from, to }: ModelSwitch, nameOf: NameOf): string[] {
  if (!isRecord(from) && !isRecord(to)) {
    return [from, to].some((value) => value !== null && value !== undefined)
      ? [`${to ?? "none"} (before: ${from ?? "none"})`]
      : [];
  }
  if (!isRecord(from) || !isRecord(to)) {
    return Object.entries(isRecord(to) ? to : from as Row)
      .filter(([, value]) => value !== null)
      .map(([column, value]) => describeValue(column, value, nameOf));
  }
  const [before, now]: [Row, Row] = [from, to];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .map((column) => describeColumn(column, before[column], now[column], nameOf));
}

type Row = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
