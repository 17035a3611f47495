import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";

/**
 * Records that AWS has ended a model, because it said so when the model was asked. The registry's
 * version grows, so every instance stops trying it with its next turn. May be repeated.
 *
 * The default and the last available model keep their flags; the selection passes over a retired
 * model, or puts its successor in its place, whatever its flags say.
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
