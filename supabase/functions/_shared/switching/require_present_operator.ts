import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";

/** What is asked about: the user, session and assurance level of a verified token. */
export interface Operator {
  readonly userId: string;
  readonly sessionId: string | null;
  readonly aal: string | null;
}

/**
 * Refuses a change by a platform admin who has signed out, or was banned or deleted, since the token
 * was issued, or who lacks the second factor that the settings require.
 *
 * Asked in Postgres and not of the Auth server, which takes the token of a banned user, and without
 * which an operator must still be able to switch.
 *
 * @throws {AppError} `invalid_credentials`, `insufficient_aal`, `database_unavailable`
 */
export async function requirePresentOperator(
  database: DatabaseClient,
  { userId, sessionId, aal }: Operator,
): Promise<void> {
  const call = database.rpc("require_present_operator", {
    p_user_id: userId,
    ...(sessionId !== null && { p_session_id: sessionId }),
    ...(aal !== null && { p_aal: aal }),
  });
  await callDatabase(call, z.unknown());
}
