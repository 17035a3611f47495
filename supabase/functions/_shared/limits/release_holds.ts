import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";

/**
 * Gives back what a turn or a call has reserved that will not run. One that runs settles with its
 * end.
 *
 * @throws {AppError} `database_unavailable`, `database_error`
 */
export async function releaseHolds(database: RpcClient, runId: string): Promise<void> {
  await callDatabase(database.rpc("release_holds", { p_run_id: runId }), z.unknown());
}
