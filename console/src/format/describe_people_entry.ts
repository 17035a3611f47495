/** Entries of the audit log about what is stored of users, in words. */
import { describeWhat } from "./describe_erasure.ts";
import { formatCount } from "./numbers.ts";
import { formatDate } from "./time.ts";

type Row = Readonly<Record<string, unknown>>;

interface PeopleEntry {
  readonly action: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** The actions, which no rollback takes back, in words. */
export const peopleWords = {
  "erase": "data of users erased",
  "export-user": "data of a user exported",
  "set-legal-hold": "legal hold set",
  "remove-legal-hold": "legal hold removed",
} as const;

type PeopleAction = keyof typeof peopleWords;

/** Whether an entry is about what is stored of users. */
export function isPeopleEntry<Entry extends PeopleEntry>(
  entry: Entry,
): entry is Entry & { readonly action: PeopleAction } {
  return entry.action in peopleWords;
}

/** Says what was erased, exported or held, and how much of it. */
export function describePeopleEntry(
  { action, from, to }: PeopleEntry & { readonly action: PeopleAction },
): { readonly what: string; readonly details: readonly string[] } {
  const row = rowOf(to) ?? rowOf(from) ?? {};
  switch (action) {
    case "erase":
      return {
        what: `Erased: ${describeWhat(row)}`,
        details: [countsOf(row, ["conversations", "messages", "objects"])],
      };
    case "export-user":
      return {
        what: `Export of a user's data ${typeof row.lines === "number" ? "ended" : "begun"}`,
        details: [countsOf(row, ["conversations", "messages", "lines"])],
      };
    case "set-legal-hold":
    case "remove-legal-hold":
      return {
        what: `Legal hold on user ${row.user_id} ${
          action === "set-legal-hold" ? "set" : "removed"
        }`,
        details: [
          `the hold's reason: ${row.reason}`,
          typeof row.until === "string"
            ? `to the end of ${formatDate(row.until)}`
            : "without an end",
        ],
      };
    default:
      return action satisfies never;
  }
}

const counted = {
  conversations: "conversations",
  messages: "messages",
  objects: "files",
  lines: "lines",
};

function countsOf(row: Row, columns: readonly (keyof typeof counted)[]): string {
  return columns.flatMap((column) => {
    const count = row[column];
    return typeof count === "number" ? [`${counted[column]}: ${formatCount(count)}`] : [];
  }).join(", ");
}

function rowOf(value: unknown): Row | null {
  return typeof value === "object" && value !== null ? value as Row : null;
}
