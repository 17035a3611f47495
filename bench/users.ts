import { SignJWT } from "jose";
import { signingKeyId } from "../local/keys.ts";
import { makeApiKey } from "../supabase/functions/_shared/keys/make_api_key.ts";
import type { RunningStack } from "./processes/running_stack.ts";

export interface BenchUser {
  readonly id: string;
  /** An access token, valid for two hours. */
  readonly token: string;
}

/**
 * Makes users and signs them in, several, because a user's turns share rows. Each has the assistant
 * of patients.
 */
export async function signUpUsers(
  { sql, keys, apiUrl }: RunningStack,
  count: number,
): Promise<readonly BenchUser[]> {
  const rows = await sql<{ id: string }[]>`
    insert into auth.users (id, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
    select id, id || '@example.com', now(), '{}', '{}'
    from (select gen_random_uuid() as id from generate_series(1, ${count})) as made
    returning id`;
  return await Promise.all(rows.map(async ({ id }) => ({
    id,
    token: await new SignJWT({ role: "authenticated", email: `${id}@example.com` })
      .setProtectedHeader({ alg: "HS256", kid: signingKeyId, typ: "JWT" })
      .setSubject(id)
      .setAudience("authenticated")
      .setIssuer(`${apiUrl}/auth/v1`)
      .setIssuedAt()
      .setExpirationTime("2h")
      .sign(new TextEncoder().encode(keys.jwtSecret)),
  })));
}

/** Of the key that calls are measured with. */
export const benchKeyName = "Benchmark";

/** Makes an API key without limits, as the clients of an app share one. */
export async function createApiKey({ sql }: RunningStack): Promise<string> {
  const { key, digest, prefix } = makeApiKey((count) =>
    crypto.getRandomValues(new Uint8Array(count))
  );
  await sql`
    select public.create_api_key(${sql.json({ name: benchKeyName, digest, prefix })})`;
  return key;
}
