import type postgres from "postgres";
import { type KeyScope, madeKey } from "./made_key.ts";

/** A new API key, for a client. */
export async function apiKeyOf(sql: postgres.Sql, scope: KeyScope = {}): Promise<string> {
  return (await madeKey(sql, scope)).key;
}
