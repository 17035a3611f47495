import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import type { Assistant } from "../registry/assistant.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { changedSchema, type RegistryChange } from "./model_switcher.ts";

type Settable = Pick<
  Assistant,
  | "name"
  | "system_prompt"
  | "model_config"
  | "fallback_models"
  | "allowed_models"
  | "max_output_tokens"
  | "on_disconnect"
  | "guardrail_id"
  | "guardrail_version"
  | "requires_evaluation"
  | "evaluation_max_age_days"
  | "allow_provider_retention"
  | "is_active"
  | "is_protected"
>;

/** What is to be set of an assistant; what is undefined stays, or gets its default. */
export type AssistantChange = {
  readonly [Name in keyof Settable]?: Settable[Name] | undefined;
};

/** The operator's writes of assistants, but for their models. Each is atomic. */
export class Assistants {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * Sets what is named of an assistant. May be repeated.
   *
   * @param expectedVersion The change is refused if the assistant or the settings changed since.
   * @throws {AppError} `assistant_not_found`, `invalid_request`, `registry_changed`,
   * `approval_required`, `provider_retains_data`; of a fallback,
   * `model_not_found` and `model_outside_geographies`
   */
  async set(
    assistantType: string,
    change: AssistantChange,
    expectedVersion: number,
    author: ChangeAuthor,
  ): Promise<RegistryChange> {
    const call = this.#database.rpc("set_assistant", {
      p_assistant_type: assistantType,
      p_assistant: columnsOf(change),
      p_expected_version: expectedVersion,
      ...authorArguments(author),
    });
    return await callDatabase(call, changedSchema);
  }

  /**
   * Adds an assistant, which follows the default.
   *
   * @throws {AppError} `assistant_exists`; of a fallback, `model_not_found` and
   * `model_outside_geographies`
   */
  async create(
    assistantType: string,
    assistant: AssistantChange,
    author: ChangeAuthor,
  ): Promise<void> {
    const call = this.#database.rpc("create_assistant", {
      p_assistant_type: assistantType,
      p_assistant: columnsOf(assistant),
      ...authorArguments(author),
    });
    await callDatabase(call, z.unknown());
  }
}

function columnsOf({
  fallback_models: ids,
  allowed_models: names,
  model_config,
  ...others
}: AssistantChange) {
  return {
    ...others,
    ...(model_config !== undefined && { model_config: { ...model_config } }),
    ...(ids !== undefined && { fallback_models: ids === null ? null : [...ids] }),
    ...(names !== undefined && { allowed_models: names === null ? null : [...names] }),
  };
}
