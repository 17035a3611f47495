import type { DatabaseClient } from "../database/database.ts";
import { toDatabaseError } from "../database/database_error.ts";

/** Who asks for a change, and how, for the audit log. */
export interface ChangeAuthor {
  /** Null for a secret key. */
  readonly userId: string | null;
  readonly source: "api" | "cli";
}

/** The operator's writes. Each is atomic and may be repeated. */
export class ModelSwitcher {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * Makes an available model the default.
   *
   * @returns the id of the former default; null where there was none
   * @throws {AppError} `model_not_found`, `model_not_available`, `model_retired`
   */
  async setDefault(modelId: string, author: ChangeAuthor): Promise<string | null> {
    const { data, error, status } = await this.#database.rpc("set_default_model", {
      p_model_id: modelId,
      ...authorArguments(author),
    });
    if (error) throw toDatabaseError({ error, status });
    const former = (data as { former_model_id?: unknown } | null)?.former_model_id;
    return typeof former === "string" ? former : null;
  }

  /**
   * Makes a model available, also to conversations that are pinned to it.
   *
   * @throws {AppError} `model_not_found`, `model_retired`
   */
  async enable(modelId: string, author: ChangeAuthor): Promise<void> {
    const { error, status } = await this.#database.rpc("enable_model", {
      p_model_id: modelId,
      ...authorArguments(author),
    });
    if (error) throw toDatabaseError({ error, status });
  }

  /**
   * Takes a model from new conversations, and with `atOnce` also from those pinned to it.
   *
   * @throws {AppError} `model_not_found`, `model_is_default`, `last_available_model`
   */
  async disable(modelId: string, atOnce: boolean, author: ChangeAuthor): Promise<void> {
    const { error, status } = await this.#database.rpc("disable_model", {
      p_model_id: modelId,
      p_at_once: atOnce,
      ...authorArguments(author),
    });
    if (error) throw toDatabaseError({ error, status });
  }

  /** Whether a user is a platform admin, looked up now and not taken from a token. */
  async isPlatformUser(userId: string): Promise<boolean> {
    const { data, error, status } = await this.#database.from("user_roles")
      .select("assistant_type").eq("user_id", userId).maybeSingle();
    if (error) throw toDatabaseError({ error, status });
    return data?.assistant_type === "platform";
  }
}

function authorArguments({ userId, source }: ChangeAuthor) {
  return { p_source: source, ...(userId !== null && { p_actor_user_id: userId }) };
}
