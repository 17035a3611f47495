import { AppError } from "../core/app_error.ts";
import { toDatabaseError } from "../database/database_error.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { type Registry, registrySchema } from "./registry.ts";

/**
 * Reads all models and assistants and their version in one consistent snapshot.
 *
 * @param region The region of calls whose row names none. Given it, each model carries the region
 * that it is called in, so that one whose calls would leave the allowed geographies there is not
 * used, whatever its row says about where it is processed.
 * @throws {AppError} `database_unavailable`, `database_error`, `registry_invalid`
 */
export async function readRegistry(
  database: RpcClient,
  region?: string,
): Promise<Registry> {
  const { data, error, status } = await database.rpc("read_registry");
  if (error) throw toDatabaseError({ error, status });
  const parsed = registrySchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError("registry_invalid", undefined, {
      hint: `Correct ${issue?.path.join(".") ?? "the row"}: ${issue?.message ?? "not readable"}`,
      cause: parsed.error,
    });
  }
  if (region === undefined) return parsed.data;
  const models = parsed.data.models.map((model) => ({ ...model, region: model.region ?? region }));
  return { ...parsed.data, models };
}
