/**
 * The keys of every local Supabase project, as the Supabase CLI prints them. They are public
 * knowledge and protect nothing: what uses them must listen on 127.0.0.1 only.
 * @see https://github.com/supabase/cli
 */
import { SignJWT } from "jose";

/** The keys of a running stack, named as the functions and the operator's command name them. */
export interface ProjectKeys {
  readonly publishable: string;
  readonly secret: string;
  /** Legacy key with the role `anon`, a JWT. */
  readonly anon: string;
  /** Legacy key with the role `service_role`, a JWT. */
  readonly serviceRole: string;
  /** HS256 secret of every token of the project. */
  readonly jwtSecret: string;
}

const publishable = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
const secret = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";
const jwtSecret = "super-secret-jwt-token-with-at-least-32-characters-long";

/** Names the one signing key in a token's header and in the JWKS. */
export const signingKeyId = "bedrock-switchboard-local";

/** End of the legacy keys' validity, seconds since 1970, as in the Supabase CLI. */
const legacyKeysExpireAt = 1_983_812_996;

/** The local keys. The two legacy ones are signed here, because they follow from the secret. */
export async function localKeys(): Promise<ProjectKeys> {
  const [anon, serviceRole] = await Promise.all([legacyKey("anon"), legacyKey("service_role")]);
  return { publishable, secret, anon, serviceRole, jwtSecret };
}

/** The project's JWKS: the shared secret as a symmetric key, as `supabase functions serve` does. */
export function localJwks(): { keys: readonly Record<string, string>[] } {
  const k = btoa(jwtSecret).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return { keys: [{ kty: "oct", alg: "HS256", kid: signingKeyId, k }] };
}

function legacyKey(role: "anon" | "service_role"): Promise<string> {
  return new SignJWT({ iss: "supabase-demo", role, exp: legacyKeysExpireAt })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(jwtSecret));
}
