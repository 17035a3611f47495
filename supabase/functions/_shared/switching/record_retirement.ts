import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";

/**
 * Records that AWS has ended a model, as a call of it was told. The registry's version grows, so every
 * instance stops calling it with its next turn. May be repeated.
 *
 * The default and the last available model keep their flags; the selection skips a retired model or
 * replaces it by its successor, whatever its flags.
 *
 * @throws {AppError} `model_not_found`, `database_unavailable`, `database_error`
 */
export async function recordRetirement(
  database: RpcClient,
  modelId: string,
): Promise<void> {
  const call = database.rpc("retire_model", { p_model_id: modelId, p_source: "chat" });
  await callDatabase(call, z.unknown());
}
