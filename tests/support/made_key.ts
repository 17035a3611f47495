import type postgres from "postgres";
import { makeApiKey } from "../../supabase/functions/_shared/keys/make_api_key.ts";

/** Scopes and times of a key, as `create_api_key()` takes them. */
export interface KeyScope {
  readonly assistant_type?: string;
  readonly models?: string[];
  readonly dialects?: string[];
  readonly expires_at?: string;
}

/** Makes an API key, as an operator does in SQL. */
export async function madeKey(
  sql: postgres.Sql,
  scope: KeyScope = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const { key, digest, prefix } = makeApiKey((count) =>
    crypto.getRandomValues(new Uint8Array(count))
  );
  const columns = { name: "a client", digest, prefix, ...scope };
  const [row] = await sql`
    select public.create_api_key(${sql.json(columns)}) #>> '{api_key,id}' as id`;
  return { id: row!.id, key };
}
