import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import {
  type EvaluationFigures,
  evaluationSchema,
  type MissingEvaluation,
  missingEvaluationSchema,
} from "./evaluation.ts";

const attachedSchema = z.object({
  evaluation: evaluationSchema,
  is_new: z.boolean(),
  registry_version: z.int(),
});

const listedSchema = z.object({
  evaluations: z.array(evaluationSchema),
  registry_version: z.int(),
});

const missingSchema = z.array(missingEvaluationSchema);

/** Which evaluations are listed; what is undefined does not count. */
export interface EvaluationFilters {
  readonly modelId?: string | undefined;
  readonly assistantType?: string | undefined;
  /** 1 to 200 */
  readonly limit: number;
}

/** Evaluations of models with assistants' prompts. Attaching one does not change the registry. */
export class Evaluations {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * Records what a result says of a model with an assistant. May be repeated.
   *
   * @throws {AppError} `model_not_found`, `assistant_not_found`; `invalid_request` for times that
   * cannot be; `registry_changed` where the assistant changed while the evaluation ran
   */
  async attach(
    modelId: string,
    assistantType: string,
    figures: EvaluationFigures,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof attachedSchema>>> {
    const call = this.#database.rpc("attach_evaluation", {
      p_model_id: modelId,
      p_assistant_type: assistantType,
      p_evaluation: { ...figures },
      ...authorArguments(author),
    });
    return await callDatabase(call, attachedSchema);
  }

  /** Those that ran last first. */
  async list(
    { modelId, assistantType, limit }: EvaluationFilters,
  ): Promise<Readonly<z.infer<typeof listedSchema>>> {
    const call = this.#database.rpc("list_evaluations", {
      p_limit: limit,
      ...(modelId !== undefined && { p_model_id: modelId }),
      ...(assistantType !== undefined && { p_assistant_type: assistantType }),
    });
    return await callDatabase(call, listedSchema);
  }

  /**
   * What a switch would be refused for.
   *
   * @param assistantType whose own model it is to be; null: the default
   * @param modelId null: the assistant is to follow the default
   */
  async missing(
    modelId: string | null,
    assistantType: string | null,
  ): Promise<readonly MissingEvaluation[]> {
    const call = this.#database.rpc("missing_evaluations", {
      // The generated types do not know that a function takes null.
      p_model_id: modelId as string,
      ...(assistantType !== null && { p_assistant_type: assistantType }),
    });
    return await callDatabase(call, missingSchema);
  }
}
