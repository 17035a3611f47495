import type { z } from "zod";

/** A row that was left out of an answer, or of which a figure was taken for unknown. */
export interface UnreadableRow {
  /** What names the row to an operator: a model's id, an assistant's type, or its place. */
  readonly name: string;
  /** The column, and what is wrong with it; never its value. */
  readonly problem: string;
}

/** Told of the rows that could not be read. */
export type ReportUnreadable = (rows: readonly UnreadableRow[]) => void;

/** An answer, as far as it could be read. */
export interface ReadAnswer<T> {
  readonly data: T;
  readonly unreadable: readonly UnreadableRow[];
}

/**
 * Reads an answer so that one bad row does not take the others away: a figure that JSON cannot carry
 * is null where it may be, and a row that cannot be read then either is left out.
 *
 * @returns null where the rest is no such answer either
 */
export function readLeniently<Schema extends z.ZodType>(
  answer: unknown,
  schema: Schema,
): ReadAnswer<z.infer<Schema>> | null {
  const strict = schema.safeParse(answer);
  if (strict.success) return { data: strict.data, unreadable: [] };
  const { issues } = strict.error;
  const unreadable = issues.map((issue) => describe(answer, issue));

  const mended: unknown = structuredClone(answer);
  for (const { path } of issues) blankFigure(mended, path);
  const blanked = schema.safeParse(mended);
  if (blanked.success) return { data: blanked.data, unreadable };

  leaveOutRows(mended, blanked.error.issues.map(({ path }) => path));
  const rest = schema.safeParse(mended);
  return rest.success ? { data: rest.data, unreadable } : null;
}

/** One line for the log. */
export function describeUnreadable(rows: readonly UnreadableRow[]): string {
  return rows.map(({ name, problem }) => `${name}: ${problem}`).join("; ").slice(0, 2_000);
}

type Path = readonly PropertyKey[];
type Holder = Record<PropertyKey, unknown>;

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Holder | null)?.[key], data);
}

/** The path to the outermost row on the way; null where there is none. */
function rowOn(path: Path): Path | null {
  const place = path.findIndex((key) => typeof key === "number");
  return place < 0 ? null : path.slice(0, place + 1);
}

function describe(data: unknown, { path, message }: z.core.$ZodIssue): UnreadableRow {
  const place = rowOn(path) ?? [];
  const row = valueAt(data, place) as Holder | null | undefined;
  const name = row?.["model_id"] ?? row?.["assistant_type"] ?? row?.["id"];
  const within = path.slice(place.length).map(String).join(".");
  return {
    name: typeof name === "string" || typeof name === "number"
      ? String(name).slice(0, 200)
      : place.map(String).join(".") || "the answer",
    problem: within === "" ? message : `${within}: ${message}`,
  };
}

/** Postgres writes NaN and Infinity as text. */
function blankFigure(data: unknown, path: Path): void {
  const holder = valueAt(data, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof holder !== "object" || holder === null || key === undefined) return;
  const value = (holder as Holder)[key];
  if (typeof value === "number" || /^-?(NaN|Infinity)$/.test(String(value))) {
    (holder as Holder)[key] = null;
  }
}

function leaveOutRows(data: unknown, paths: readonly Path[]): void {
  const places = new Map<unknown[], Set<number>>();
  for (const path of paths) {
    const row = rowOn(path);
    const rows = row === null ? null : valueAt(data, row.slice(0, -1));
    if (row === null || !Array.isArray(rows)) continue;
    places.set(rows, (places.get(rows) ?? new Set()).add(row.at(-1) as number));
  }
  for (const [rows, bad] of places) {
    rows.splice(0, rows.length, ...rows.filter((_, index) => !bad.has(index)));
  }
}
