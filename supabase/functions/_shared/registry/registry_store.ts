import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { type Registry, registrySchema } from "./registry.ts";

export interface RegistryReading {
  /**
   * The region of calls whose row names none. With it, each model gets the region that it is called
   * in, so that a model that would leave the allowed geographies from there is not used, even if its
   * row says that it stays.
   */
  readonly region?: string | undefined;
  /** Reads only these models, as far as they exist, and the default. Default: all models. */
  readonly modelIds?: readonly string[];
}

/**
 * Reads models, assistants and settings, and their version, in one consistent snapshot.
 *
 * @throws {AppError} `database_unavailable`, `database_error`, `registry_invalid`
 */
export async function readRegistry(
  database: RpcClient,
  { region, modelIds }: RegistryReading = {},
): Promise<Registry> {
  const call = modelIds === undefined
    ? database.rpc("read_registry")
    : database.rpc("read_registry_part", { p_model_ids: [...modelIds] });
  const parsed = registrySchema.safeParse(await callDatabase(call, z.unknown()));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError("registry_invalid", undefined, {
      hint: `Correct ${issue?.path.join(".") ?? "the row"}: ${issue?.message ?? "is not valid"}`,
      cause: parsed.error,
    });
  }
  if (region === undefined) return parsed.data;
  const models = parsed.data.models.map((model) => ({ ...model, region: model.region ?? region }));
  return { ...parsed.data, models };
}
