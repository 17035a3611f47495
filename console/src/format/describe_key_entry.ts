/** Entries of the audit log about API keys, in words. */
import { describeDifferences, describeValue, type NameOf } from "./describe_columns.ts";

type Row = Readonly<Record<string, unknown>>;

interface KeyEntry {
  readonly action: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What is told of a key: its scopes, and what it took the place of. */
const told = ["assistant_type", "models", "dialects", "expires_at", "replaces"];

/** Whether an entry is about a key: then it has the whole row, without the digest. */
export function isKeyEntry({ from, to }: Pick<KeyEntry, "from" | "to">): boolean {
  return keyRow(to) !== null || keyRow(from) !== null;
}

/** Says what was done with a key, and what is different, a line each. */
export function describeKeyEntry(
  { action, from, to }: KeyEntry,
  nameOf: NameOf,
): { readonly what: string; readonly details: readonly string[] } {
  const [before, now] = [keyRow(from), keyRow(to)];
  const { name, prefix } = now ?? before ?? {};
  const key = `API key ${name} (${prefix}…)`;
  switch (action) {
    case "create-api-key":
      return { what: `${key} created`, details: scopes(now, nameOf) };
    case "rotate-api-key":
      return { what: `${key} created in place of another`, details: scopes(now, nameOf) };
    case "revoke-api-key":
      return { what: `${key} revoked`, details: [] };
    case "delete":
      return { what: `${key} removed`, details: [] };
    default:
      return {
        what: `${key} changed`,
        details: describeDifferences(before ?? {}, now ?? {}, nameOf),
      };
  }
}

function keyRow(value: unknown): Row | null {
  if (typeof value !== "object" || value === null) return null;
  const row = value as Row;
  return typeof row.prefix === "string" && row.prefix.startsWith("bsk_") ? row : null;
}

function scopes(row: Row | null, nameOf: NameOf): string[] {
  return told.filter((column) => row?.[column] !== null && row?.[column] !== undefined)
    .map((column) => describeValue(column, row?.[column], nameOf));
}
