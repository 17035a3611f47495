import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import type { KeyName } from "../runtime/api_key.ts";
import { type ApiKeyRow, apiKeyRowSchema } from "./api_key.ts";

/** What is said of a key that is to be made; null: no limit. */
export type KeyTerms = Pick<
  ApiKeyRow,
  "name" | "assistant_type" | "models" | "dialects" | "expires_at"
>;

const keySchema = z.object({ api_key: apiKeyRowSchema, registry_version: z.int() });
const rotatedSchema = keySchema.extend({ former: apiKeyRowSchema });
const keysSchema = z.object({ api_keys: z.array(apiKeyRowSchema), registry_version: z.int() });

/** A key as it is stored, and the registry's version. */
export type StoredKey = Readonly<z.infer<typeof keySchema>>;

/** The API keys of the endpoints `openai` and `anthropic`. Digests go in, and never come out. */
export class ApiKeys {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** The newest first. */
  async list(): Promise<Readonly<z.infer<typeof keysSchema>>> {
    return await callDatabase(this.#database.rpc("list_api_keys"), keysSchema);
  }

  /**
   * Enters a key, which its maker's user owns.
   *
   * @throws {AppError} `assistant_not_found`; `model_not_found` of a name that is neither an id nor an
   * alias; `invalid_request` for an end that is past
   */
  async create(
    { digest, prefix }: KeyName,
    terms: KeyTerms,
    author: ChangeAuthor,
  ): Promise<StoredKey> {
    const call = this.#database.rpc("create_api_key", {
      p_key: { ...copyOf(terms), digest, prefix, owner_id: author.userId },
      ...authorArguments(author),
    });
    return await callDatabase(call, keySchema);
  }

  /**
   * Enters a key in the place of another, with its terms, also its end.
   *
   * @param graceHours How long the former key is taken too.
   * @returns also the former key, which expires
   * @throws {AppError} `key_not_found`; `key_not_active` of a key that is revoked, has expired
   * or has a valid successor
   */
  async rotate(
    id: string,
    { digest, prefix }: KeyName,
    graceHours: number,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof rotatedSchema>>> {
    const call = this.#database.rpc("rotate_api_key", {
      p_id: id,
      p_digest: digest,
      p_prefix: prefix,
      p_grace_hours: graceHours,
      ...authorArguments(author),
    });
    return await callDatabase(call, rotatedSchema);
  }

  /**
   * Ends a key with the next request. May be repeated.
   *
   * @throws {AppError} `key_not_found`
   */
  async revoke(id: string, author: ChangeAuthor): Promise<StoredKey> {
    const call = this.#database.rpc("revoke_api_key", { p_id: id, ...authorArguments(author) });
    return await callDatabase(call, keySchema);
  }
}

function copyOf({ models, dialects, ...others }: KeyTerms) {
  return { ...others, models: models && [...models], dialects: dialects && [...dialects] };
}
