/** Entries of the audit log about what is stored of people, in words. */
import type { Erasure, ModelSwitch } from "../api/manage_actions.ts";
import { describeErased } from "./describe_erasure.ts";
import { formatCount } from "./numbers.ts";
import { formatDate, formatMoment } from "./time.ts";

type Row = Readonly<Record<string, unknown>>;
type PeopleEntry = Pick<ModelSwitch, "action" | "from" | "to" | "reason">;

const actions: ReadonlySet<string> = new Set([
  "erase",
  "export-user",
  "set-legal-hold",
  "remove-legal-hold",
]);

/** The actions on what is stored of people, as the address of the audit log has several. */
export const peopleActions = [...actions, "set-retention"].join(",");

/** Whether an entry is about a person's data: an erasure, an export or a legal hold. */
export function isPeopleEntry({ action }: Pick<ModelSwitch, "action">): boolean {
  return actions.has(action);
}

/** Says what was erased, exported or kept, and how much, a line each. */
export function describePeopleEntry(
  entry: PeopleEntry,
): { readonly what: string; readonly details: readonly string[] } {
  const [before, now] = [rowOf(entry.from), rowOf(entry.to)];
  switch (entry.action) {
    case "erase":
      return describeReceipt(now);
    case "export-user":
      return { what: "Data of a user exported", details: [...counts(now), ...hashOf(now)] };
    case "set-legal-hold":
      return { what: `Legal hold on user ${now.user_id}`, details: holdOf(now, entry.reason) };
    default:
      return {
        what: `Legal hold on user ${before.user_id} removed`,
        details: holdOf(before, null),
      };
  }
}

function describeReceipt(row: Row): { readonly what: string; readonly details: readonly string[] } {
  const { kind, limit_windows_left: left, limit_windows_until: until, backups_until: day } = row;
  const receipt = row as unknown as Erasure["receipt"];
  return {
    what: `Erased: ${kind === undefined ? "data" : describeErased({ receipt })}`,
    details: [
      ...counts(row),
      ...typeof left === "number" && left > 0
        ? [
          `windows of soft limits that stay: ${formatCount(left)}${
            typeof until === "string" ? `, until ${formatMoment(until)}` : ""
          }`,
        ]
        : [],
      ...typeof day === "string" ? [`backups may hold it to the end of ${formatDate(day)}`] : [],
      ...hashOf(row),
    ],
  };
}

function counts(row: Row): string[] {
  const told = [
    ["conversations", row.conversations],
    ["messages", row.messages],
    ["files", row.objects],
    ["windows of limits", row.limit_windows],
  ] as const;
  return told.flatMap(([of, count]) =>
    typeof count === "number" ? [`${of}: ${formatCount(count)}`] : []
  );
}

function hashOf({ user_hash: hash }: Row): string[] {
  return typeof hash === "string" ? [`user, as a hash: ${hash}`] : [];
}

/** A hold's reason is told only where the entry's is another. */
function holdOf({ until, reason }: Row, told: string | null): string[] {
  return [
    typeof until === "string" ? `to the end of ${formatDate(until)}` : "until it is removed",
    ...typeof reason === "string" && reason !== told ? [`reason: ${reason}`] : [],
  ];
}

function rowOf(value: unknown): Row {
  return typeof value === "object" && value !== null ? value as Row : {};
}
