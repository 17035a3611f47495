import type { DatabaseClient } from "../database/database.ts";
import { toDatabaseError } from "../database/database_error.ts";

/**
 * Records in the registry that AWS has ended a model, so that every instance stops trying it and
 * its successor takes over. May be repeated.
 *
 * @throws {AppError} `model_not_found`, `database_unavailable`
 */
export async function recordRetirement(database: DatabaseClient, modelId: string): Promise<void> {
  const { error, status } = await database.rpc("retire_model", {
    p_model_id: modelId,
    p_source: "api",
  });
  if (error) throw toDatabaseError({ error, status });
}
