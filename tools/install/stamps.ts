import { ClientError } from "../../local/client/client_error.ts";

/** A file of migrations, `<version>_<name>.sql`. */
export interface MigrationFile {
  readonly file: string;
  readonly version: string;
  readonly name: string;
}

/** Null for files that the Supabase CLI does not take for migrations. */
export function parseMigrationName(file: string): MigrationFile | null {
  const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(file) ?? [];
  return version === undefined || name === undefined ? null : { file, version, name };
}

/** The migrations among the entries of a folder, by the names of their files. */
export function migrationsAmong(entries: Iterable<Deno.DirEntry>): MigrationFile[] {
  return [...entries].map(({ name }) => name).sort()
    .flatMap((file) => parseMigrationName(file) ?? []);
}

/**
 * Versions for new migrations: one second apart, after every other, in the order of their names too,
 * by which the CLI applies them. The last one is now unless others are later, so that what the
 * project adds afterwards follows.
 *
 * @throws {ClientError} if no version follows the last one
 */
export function stampsAfter(others: readonly string[], count: number, now: Date): string[] {
  if (count === 0) return [];
  const last = others.toSorted().at(-1) ?? "";
  const first = stampOf(new Date(now.getTime() - (count - 1) * 1000));
  const stamps: string[] = [];
  for (let stamp = first > last ? first : following(last); stamps.length < count;) {
    stamps.push(stamp);
    stamp = following(stamp);
  }
  return stamps;
}

/** `YYYYMMDDHHmmss`, in UTC, as `supabase migration new` writes it. */
function stampOf(date: Date): string {
  return date.toISOString().replace(/\D/g, "").slice(0, 14);
}

function following(stamp: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(stamp) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!Number.isNaN(date.getTime()) && stampOf(date) === stamp) {
    return stampOf(new Date(date.getTime() + 1000));
  }
  // Not a time, but still a number that another may follow.
  const next = String(BigInt(stamp) + 1n).padStart(stamp.length, "0");
  if (next.length === 14) return next;
  throw new ClientError(
    `The project's last migration has the version ${stamp}, which no timestamp follows: rename it ` +
      "to YYYYMMDDHHmmss_name.sql.",
  );
}
