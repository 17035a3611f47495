import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { changedSchema } from "./model_switcher.ts";
import { modelLifeSchema, modelUsesSchema, successorSchema } from "./retirement.ts";

const foundSchema = z.object({
  successor_model_id: z.string().nullable(),
  uses: modelUsesSchema,
});
const foreseenSchema = foundSchema.extend({
  /** Why it would be refused now; empty: it would not. */
  refusal: z.string(),
  proposed: successorSchema.nullable(),
});
const retiredSchema = foundSchema.extend(changedSchema.shape);
const lifecycleSchema = z.object({
  models: z.array(modelLifeSchema),
  registry_version: z.number(),
});

/** A model that is to go, and the one that is to take its place. */
export interface Retirement {
  readonly modelId: string;
  /** Null: the one on record. */
  readonly successorModelId: string | null;
}

/** Models whose end is near or has come. */
export class Retirements {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * What uses a model, and which would take its place; changes nothing.
   *
   * @throws {AppError} `model_not_found`, `invalid_request`
   */
  async foresee(retirement: Retirement): Promise<Readonly<z.infer<typeof foreseenSchema>>> {
    const call = this.#database.rpc("foresee_retirement", namesOf(retirement));
    return await callDatabase(call, foreseenSchema);
  }

  /**
   * Puts the successor in the model's place everywhere, and retires the model.
   *
   * @param expectedVersion Null: none. The change is refused if the model or the settings changed since.
   * @throws {AppError} `model_not_found`, `successor_required`, `last_available_model`,
   * `model_retired`, `model_not_available`, `model_outside_geographies`, `registry_changed`,
   * `invalid_request`
   */
  async retire(
    retirement: Retirement,
    expectedVersion: number | null,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof retiredSchema>>> {
    const call = this.#database.rpc("retire_model", {
      ...namesOf(retirement),
      ...(expectedVersion !== null && { p_expected_version: expectedVersion }),
      ...authorArguments(author),
    });
    return await callDatabase(call, retiredSchema);
  }

  /** The models with dates, the next to end first. */
  async list(): Promise<Readonly<z.infer<typeof lifecycleSchema>>> {
    return await callDatabase(this.#database.rpc("list_lifecycle"), lifecycleSchema);
  }
}

function namesOf({ modelId, successorModelId }: Retirement) {
  return {
    p_model_id: modelId,
    ...(successorModelId !== null && { p_successor_model_id: successorModelId }),
  };
}
