import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { RpcResult } from "../database/rpc_client.ts";

/** The one call that is needed, of either client. */
export interface RoleDatabase {
  rpc(
    name: "user_may_manage_models",
    args: { p_user_id: string },
  ): PromiseLike<RpcResult>;
}

/**
 * Whether a user is a platform admin now; not taken from the token.
 *
 * @throws {AppError} `database_unavailable`, `database_error`
 */
export async function isPlatformUser(
  database: RoleDatabase,
  userId: string,
): Promise<boolean> {
  return await callDatabase(
    database.rpc("user_may_manage_models", { p_user_id: userId }),
    z.boolean(),
  );
}
