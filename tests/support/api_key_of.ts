import type postgres from "postgres";
import { makeApiKey } from "../../supabase/functions/_shared/keys/make_api_key.ts";

/** Makes an API key by SQL, and returns it. `scopes` are further keys of p_key. */
export async function apiKeyOf(
  sql: postgres.Sql,
  scopes: Record<string, postgres.JSONValue> = {},
): Promise<string> {
  const made = makeApiKey((count) => crypto.getRandomValues(new Uint8Array(count)));
  const { key, digest, prefix } = made;
  await sql`
    select public.create_api_key(
      ${sql.json({ name: "a client", digest, prefix, ...scopes })}, p_source => 'api')`;
  return key;
}
