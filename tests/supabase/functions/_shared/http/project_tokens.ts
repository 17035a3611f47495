/** Tokens and keys of a made-up project, as its users, its servers and strangers send them. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export const userId = "6f1b0a52-4a4f-4f6e-9f39-3a4f6f0f7d10";
export const jwtSecret = "an-hs256-secret-of-at-least-thirty-two-characters";
export const octSecret = "another-hs256-secret-of-thirty-two-characters";
export const secretKey = "sb_secret_one";
export const publishableKey = "sb_publishable_one";

const signer = await generateKeyPair("ES256", { extractable: true });
export const rotated = await generateKeyPair("ES256", { extractable: true });
export const stranger = await generateKeyPair("ES256", { extractable: true });
export const publicJwk = { ...await exportJWK(signer.publicKey), kid: "current", alg: "ES256" };
export const rotatedJwk = { ...await exportJWK(rotated.publicKey), kid: "rotated", alg: "ES256" };
export const octJwk = {
  kty: "oct",
  kid: "shared",
  alg: "HS256",
  k: btoa(octSecret).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_"),
};

/** What the platform injects into this project's functions; the shared secret apart. */
export const projectVariables = {
  SUPABASE_URL: "https://project.example.com",
  SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: publishableKey }),
  SUPABASE_SECRET_KEYS: JSON.stringify({ default: secretKey, ci: "sb_secret_two" }),
  SUPABASE_JWKS: JSON.stringify({ keys: [publicJwk, octJwk] }),
};

export const serviceRoleJwt = await hs256({ role: "service_role", sub: null }, jwtSecret);
export const anonJwt = await hs256({ role: "anon", sub: null }, jwtSecret);

export interface Claims {
  /** Null: left out. */
  sub?: string | null;
  role?: string;
  aud?: string;
  exp?: number | null;
  nbf?: number;
  iss?: string;
  session_id?: string;
  aal?: string;
  is_anonymous?: boolean;
}

function token(claims: Claims, header: { alg: string; kid?: string }): SignJWT {
  // For as long as a test run may take on a busy machine: most tokens are made at its beginning.
  const { exp = Math.floor(Date.now() / 1000) + 86_400, sub = userId, ...rest } = claims;
  const payload = {
    role: "authenticated",
    aud: "authenticated",
    ...(sub !== null && { sub }),
    ...rest,
  };
  const jwt = new SignJWT(payload).setProtectedHeader(header);
  return exp === null ? jwt : jwt.setExpirationTime(exp);
}

export function es256(
  claims: Claims = {},
  kid = "current",
  key = signer.privateKey,
): Promise<string> {
  return token(claims, { alg: "ES256", kid }).sign(key);
}

export function hs256(claims: Claims, secret: string, kid?: string): Promise<string> {
  const header = { alg: "HS256", ...(kid !== undefined && { kid }) };
  return token(claims, header).sign(new TextEncoder().encode(secret));
}

export function request(headers: Record<string, string>): Request {
  return new Request("https://functions.example.com/chat", { method: "POST", headers });
}

export function bearer(credential: string, apikey?: string): Request {
  return request({
    authorization: `Bearer ${credential}`,
    ...(apikey !== undefined && { apikey }),
  });
}
