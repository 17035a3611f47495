import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { type Budget, budgetSchema } from "./budget.ts";
import type { RunTotal } from "./run_budget.ts";

/**
 * Gives back what a turn or a call has reserved that will not run. One that runs settles with its
 * end.
 *
 * @throws {AppError} `database_unavailable`, `database_error`
 */
export async function releaseHolds(database: RpcClient, runId: string): Promise<void> {
  await callDatabase(database.rpc("release_holds", { p_run_id: runId }), z.unknown());
}

/**
 * Raises what a turn or a call has reserved to so much in total, as far as its limits leave it.
 *
 * @returns what it may use then; null where it holds nothing
 * @throws {AppError} `database_unavailable`, `database_error`
 */
export async function raiseHold(
  database: RpcClient,
  runId: string,
  { usd, tokens }: RunTotal,
): Promise<Budget | null> {
  const call = database.rpc("raise_hold", { p_run_id: runId, p_usd: usd, p_tokens: tokens });
  return await callDatabase(call, budgetSchema);
}
