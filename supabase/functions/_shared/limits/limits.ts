import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import {
  foreseenLimitSchema,
  type Limit,
  limitSchema,
  limitStateSchema,
  limitStatusSchema,
} from "./limit.ts";

/** A limit that is to be set; what is undefined stays as it is, or gets its default. */
export type LimitTerms = Pick<Limit, "scope" | "unit" | "amount" | "period"> & {
  readonly time_zone?: string | undefined;
  readonly enforcement?: Limit["enforcement"] | undefined;
};

const version = { registry_version: z.int() };
const listSchema = z.object({ limits: z.array(limitSchema), ...version });
const statusSchema = z.object({
  limits: z.array(limitStatusSchema),
  ...version,
});
const removedSchema = z.object({ limit: limitSchema, ...version });
const setSchema = z.object({
  limit: limitSchema,
  former: limitSchema.nullable(),
  impact: limitStateSchema.nullable(),
  ...version,
});
const foreseenSchema = setSchema.extend({
  limit: foreseenLimitSchema.omit({ former: true, impact: true }),
});

/** The limits of what may be spent. A run is held to them by the database, where it begins. */
export class Limits {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  async list(): Promise<z.infer<typeof listSchema>> {
    return await callDatabase(this.#database.rpc("list_limits"), listSchema);
  }

  /**
   * The limits and how far each is used up now.
   *
   * @param id Only this one; null: all.
   * @param most Most windows of each.
   * @throws {AppError} `limit_not_found`
   */
  async status(
    id: number | null,
    most: number,
  ): Promise<z.infer<typeof statusSchema>> {
    const call = this.#database.rpc("limit_status", {
      p_most: most,
      ...(id !== null && { p_id: id }),
    });
    return await callDatabase(call, statusSchema);
  }

  /**
   * Sets the limit of a scope, a unit and a period, and says what of it is used already.
   *
   * @throws {AppError} `invalid_request`; of the scope, `assistant_not_found`, `user_not_found` and
   * `key_not_found`
   */
  async set(
    terms: LimitTerms,
    author: ChangeAuthor,
  ): Promise<z.infer<typeof setSchema>> {
    const call = this.#database.rpc("set_limit", {
      p_limit: columnsOf(terms),
      ...authorArguments(author),
    });
    return await callDatabase(call, setSchema);
  }

  /** What set() would answer; it is refused as set() would be, and stores nothing. */
  async foresee(terms: LimitTerms): Promise<z.infer<typeof foreseenSchema>> {
    const call = this.#database.rpc("set_limit", { p_limit: columnsOf(terms), p_dry_run: true });
    return await callDatabase(call, foreseenSchema);
  }

  /** @throws {AppError} `limit_not_found` */
  async remove(
    id: number,
    author: ChangeAuthor,
  ): Promise<z.infer<typeof removedSchema>> {
    const call = this.#database.rpc("remove_limit", {
      p_id: id,
      ...authorArguments(author),
    });
    return await callDatabase(call, removedSchema);
  }
}

function columnsOf(
  { scope: { kind, id }, time_zone, enforcement, ...others }: LimitTerms,
) {
  return {
    ...others,
    scope: kind,
    ...(id !== null && { [columnOf(kind)]: id }),
    ...(time_zone !== undefined && { time_zone }),
    ...(enforcement !== undefined && { enforcement }),
  };
}

/** Where the table has whose limit it is. */
function columnOf(
  kind: Limit["scope"]["kind"],
): "assistant_type" | "user_id" | "api_key_id" {
  switch (kind) {
    // The database refuses an id of the project.
    case "project":
    case "assistant":
    case "each_user":
      return "assistant_type";
    case "user":
      return "user_id";
    case "api_key":
      return "api_key_id";
    default:
      return kind satisfies never;
  }
}
