import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { type ExportPage, exportPageSchema } from "./export_line.ts";

/** Lines of the database that are read at a time. */
export const exportPageLines = 500;

/**
 * Reads a page of what is stored of a user, with a secret key: a user's token does not lead to where
 * images and documents lie.
 *
 * @param after where the page before ended; null: from the beginning
 */
export async function readExportPage(
  database: RpcClient,
  userId: string,
  after: string | null,
): Promise<ExportPage> {
  const call = database.rpc("export_user", {
    p_user_id: userId,
    p_limit: exportPageLines,
    ...(after !== null && { p_after: after }),
  });
  return await callDatabase(call, exportPageSchema);
}
