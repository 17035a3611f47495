import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";

/**
 * Notes that a call was told that AWS has ended a model. Postgres records the model as retired once
 * that is proven: its date has passed, or calls of whatever instances were told so ten minutes apart
 * and AWS's list no longer has it. Then the registry's version grows, and every instance stops
 * calling it with its next turn. May be repeated.
 *
 * @throws {AppError} `model_not_found`, `registry_locked`, `database_unavailable`, `database_error`
 */
export async function recordModelEnd(database: RpcClient, modelId: string): Promise<void> {
  await callDatabase(database.rpc("record_model_end", { p_model_id: modelId }), z.unknown());
}
