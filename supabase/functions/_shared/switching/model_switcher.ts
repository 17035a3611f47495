import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type ProviderRetention, providerRetentionSchema } from "../registry/provider_retention.ts";
import type { Registry } from "../registry/registry.ts";

/** The basis of a switch. */
export interface SwitchGrounds {
  /**
   * The registry's version: the switch is refused if the model (but for its default flag), the
   * assistant or the settings changed since.
   */
  readonly expectedVersion: number;
  /**
   * The probe that the model passed; null where it was not called. Postgres looks it up: it must be
   * the model's, passed and at most 10 minutes old.
   */
  readonly probeId: number | null;
}

/** A switch that takes all at once. */
export interface WatchedGrounds extends SwitchGrounds {
  /** For how long it is watched, and reverts itself where more fails; undefined: not at all. */
  readonly watchMinutes: number | undefined;
}

/** The model and fallbacks of an assistant. */
export interface Assignment {
  readonly assistantType: string;
  /** Null: the assistant follows the default. */
  readonly modelId: string | null;
  /** Models that may stand in; null: any available one, empty: none, undefined: as before. */
  readonly fallbackModels: readonly string[] | null | undefined;
}

/** What the provider of a model says that it keeps. */
export interface PublishedRetention {
  readonly retention: ProviderRetention;
  /** The page that says so. */
  readonly source: string;
  /** The ISO date on which it was read. */
  readonly checkedOn: string;
}

/** The settings that are to change; what is undefined stays. */
export type SettingsChange = {
  readonly [Name in keyof Registry["settings"]]?: Registry["settings"][Name] | undefined;
};

export const changedSchema = z.object({ former_version: z.number(), registry_version: z.number() });
const switchedSchema = changedSchema.extend({
  former_model_id: z.string().nullable(),
  rollout_id: z.number().nullable(),
});
const renamedSchema = changedSchema.extend({ former_aliases: z.array(z.string()) });
const keptSchema = changedSchema.extend({ former_provider_retention: providerRetentionSchema });
const disabledSchema = changedSchema.extend({ assistants: z.array(z.string()) });

/** The registry's version before a write and after it; the same where there was nothing to do. */
export type RegistryChange = Readonly<z.infer<typeof changedSchema>>;
const outsideSchema = changedSchema.extend({ models_outside: z.array(z.string()) });

/** The operator's writes. Each is atomic and may be repeated. */
export class ModelSwitcher {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * Makes an available model the default.
   *
   * @returns also the id of the former default, null where there was none, and of the rollout that
   * watches the switch
   * @throws {AppError} `model_not_found`, `model_not_available`, `model_retired`,
   * `model_outside_geographies`, `registry_changed`, `probe_not_valid`, `rollout_active`
   */
  async setDefault(
    modelId: string,
    author: ChangeAuthor,
    grounds: WatchedGrounds,
  ): Promise<Readonly<z.infer<typeof switchedSchema>>> {
    const call = this.#database.rpc("set_default_model", {
      p_model_id: modelId,
      ...authorArguments(author),
      ...groundsArguments(grounds),
      ...watchArguments(grounds),
    });
    return await callDatabase(call, switchedSchema);
  }

  /**
   * Gives an assistant a model of its own, or none.
   *
   * @returns also the id of the model that it had; null where it followed the default
   * @throws {AppError} `assistant_not_found`, `provider_retains_data`, and as {@linkcode setDefault}
   */
  async assign(
    { assistantType, modelId, fallbackModels }: Assignment,
    author: ChangeAuthor,
    grounds: WatchedGrounds,
  ): Promise<Readonly<z.infer<typeof switchedSchema>>> {
    const call = this.#database.rpc("assign_model", {
      p_assistant_type: assistantType,
      ...(modelId !== null && { p_model_id: modelId }),
      p_sets_fallback_models: fallbackModels !== undefined,
      ...(fallbackModels && { p_fallback_models: [...fallbackModels] }),
      ...authorArguments(author),
      ...groundsArguments(grounds),
      ...watchArguments(grounds),
    });
    return await callDatabase(call, switchedSchema);
  }

  /**
   * Makes a model available, also to conversations that are pinned to it.
   *
   * @throws {AppError} `model_not_found`, `model_retired`, `model_outside_geographies`
   */
  async enable(modelId: string, author: ChangeAuthor): Promise<RegistryChange> {
    const call = this.#database.rpc("enable_model", {
      p_model_id: modelId,
      ...authorArguments(author),
    });
    return await callDatabase(call, changedSchema);
  }

  /**
   * Keeps a model from new conversations, with `atOnce` also from those pinned to it.
   *
   * @returns also the types of the assistants whose own model it is
   * @throws {AppError} `model_not_found`, `model_is_default`, `last_available_model`
   */
  async disable(
    modelId: string,
    atOnce: boolean,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof disabledSchema>>> {
    const call = this.#database.rpc("disable_model", {
      p_model_id: modelId,
      p_at_once: atOnce,
      ...authorArguments(author),
    });
    return await callDatabase(call, disabledSchema);
  }

  /**
   * Gives a model these aliases in place of those that it has.
   *
   * @param expectedVersion The change is refused if the model or the settings changed since.
   * @returns also the aliases that it had
   * @throws {AppError} `model_not_found`, `alias_taken`, `registry_changed`
   */
  async setAliases(
    modelId: string,
    aliases: readonly string[],
    expectedVersion: number,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof renamedSchema>>> {
    const call = this.#database.rpc("set_model_aliases", {
      p_model_id: modelId,
      p_aliases: [...aliases],
      p_expected_version: expectedVersion,
      ...authorArguments(author),
    });
    return await callDatabase(call, renamedSchema);
  }

  /**
   * Sets what the provider of a model keeps, with its source.
   *
   * @param expectedVersion The change is refused if the model or the settings changed since.
   * @returns also what the row said before
   * @throws {AppError} `model_not_found`, `registry_changed`
   */
  async setProviderRetention(
    modelId: string,
    { retention, source, checkedOn }: PublishedRetention,
    expectedVersion: number,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof keptSchema>>> {
    const call = this.#database.rpc("set_provider_retention", {
      p_model_id: modelId,
      p_provider_retention: retention,
      p_retention_source: source,
      p_checked_on: checkedOn,
      p_expected_version: expectedVersion,
      ...authorArguments(author),
    });
    return await callDatabase(call, keptSchema);
  }

  /**
   * Sets the settings that are named; others stay.
   *
   * @returns also the ids of the available models whose calls may leave the allowed geographies,
   * and which so are never selected
   */
  async setSettings(
    settings: SettingsChange,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof outsideSchema>>> {
    const call = this.#database.rpc("set_registry_settings", {
      p_settings: { ...settings },
      ...authorArguments(author),
    });
    return await callDatabase(call, outsideSchema);
  }
}

export function groundsArguments({ expectedVersion, probeId }: SwitchGrounds) {
  return {
    p_expected_version: expectedVersion,
    ...(probeId !== null && { p_probe_id: probeId }),
  };
}

function watchArguments({ watchMinutes }: WatchedGrounds) {
  return watchMinutes === undefined ? {} : { p_watch_minutes: watchMinutes };
}
