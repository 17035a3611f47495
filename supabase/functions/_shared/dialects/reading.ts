/** How a request is read: what it does not know is ignored and named, what is wrong is refused. */
import { z } from "zod";
import { AppError } from "../core/app_error.ts";

/** A member of any kind, or none. */
export const anything = z.unknown().optional();

/** Most names that are kept of what is ignored. */
const mostIgnored = 20;

/** Reads the objects of one request, and keeps the names of what it ignores. */
export class Reading {
  readonly #ignored = new Set<string>();

  /** As `seed` or `messages.content.image_url.detail`, each once; the first twenty. */
  get ignored(): readonly string[] {
    return [...this.#ignored];
  }

  /**
   * @param place such as `messages.0.content.1`; empty for the request itself
   * @throws {AppError} `invalid_request`
   */
  read<Schema extends z.ZodObject>(
    schema: Schema,
    value: unknown,
    place: string,
  ): z.infer<Schema> {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw refused(join(place, ...issue?.path ?? []), issue?.message ?? "is not valid");
    }
    // The schema has found an object.
    for (const [name, member] of Object.entries(value as object)) {
      if (!Object.hasOwn(schema.shape, name) && !isEmpty(member)) this.ignore(place, name);
    }
    return parsed.data;
  }

  /** Names what is ignored of a member that is known. */
  ignore(place: string, name: string): void {
    if (this.#ignored.size >= mostIgnored) return;
    this.#ignored.add(join(place, name).replaceAll(/\.\d+(?=\.)/g, ""));
  }
}

/** Whether a member says nothing, as many do that clients send along. */
function isEmpty(member: unknown): boolean {
  return member === null || (Array.isArray(member) && member.length === 0);
}

/**
 * A field that is wrong.
 *
 * @param param its place, as `messages.0.content`
 */
export function refused(param: string, problem: string): AppError {
  return new AppError("invalid_request", param === "" ? problem : `${param}: ${problem}`, {
    param,
    logged: "A field of the request is not valid.",
  });
}

function join(...names: readonly PropertyKey[]): string {
  return names.map(String).filter((name) => name !== "").join(".");
}
