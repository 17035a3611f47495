import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { askAuthServer } from "./ask_auth_server.ts";
import { ProvedTokens } from "./proved_tokens.ts";
import { earlyToken, expiredToken, invalidToken } from "./token_errors.ts";
import type { TokenUser } from "./token_user.ts";

export interface UserTokenVerifierOptions {
  readonly supabaseUrl: string;
  /** The project's keys, as injected; they are fetched when the token names another. */
  readonly jwks: { readonly keys: readonly { readonly kty: string }[] };
  /** HS256 secret; null where it is not configured. */
  readonly jwtSecret: string | null;
  /** The `iss` of the project's tokens; null where it is not known. */
  readonly issuer: string | null;
  /** API key for requests to the Auth server. */
  readonly publicKey: string | null;
  readonly fetch: typeof globalThis.fetch;
  /** The clock that expires verified tokens, in milliseconds since 1970; `Date.now`. */
  readonly now?: () => number;
}

/** The content of a verified token. */
interface ProvedToken {
  readonly payload: JWTPayload;
  /** Whether it was verified with a key that this instance keeps. */
  readonly here: boolean;
}

/** Asymmetric algorithms that Supabase signs with. Listed, so that a token cannot choose. */
const asymmetricAlgorithms = ["ES256", "RS256", "EdDSA"];

/** Seconds by which clocks may differ. */
const clockTolerance = 5;

const userClaims = z.object({
  // Any id that Postgres takes: imported and seeded users have ids that no version of UUID has.
  sub: z.guid(),
  role: z.literal("authenticated"),
  aud: z.union([
    z.literal("authenticated"),
    z.array(z.string()).refine((a) => a.includes("authenticated")),
  ])
    .optional(),
  exp: z.number(),
  iss: z.string().optional(),
  session_id: z.guid().nullish().catch(null),
  aal: z.string().nullish(),
  is_anonymous: z.boolean().nullish(),
});

/**
 * Makes the function that verifies an access token and returns its user:
 * - signed with one of the project's keys (JWKS), verified here;
 * - signed with HS256 and a secret that is known here (`JWT_SECRET`, or an `oct` key of the JWKS),
 *   verified here;
 * - signed with HS256 and a secret that only the Auth server knows (projects from before signing
 *   keys): verified by the Auth server.
 *
 * The function throws {AppError} `invalid_credentials`, or `auth_unavailable` when the Auth server
 * or its published keys were needed and not reachable.
 */
export function createUserTokenVerifier(
  options: UserTokenVerifierOptions,
): (token: string) => Promise<TokenUser> {
  const { supabaseUrl, fetch, issuer } = options;
  const now = options.now ?? Date.now;
  const asymmetricKeys = options.jwks.keys.filter((key) => key.kty !== "oct");
  const localKeys = createLocalJWKSet(
    { keys: asymmetricKeys } as JSONWebKeySet,
  );
  const remoteKeys = createRemoteJWKSet(
    new URL("/auth/v1/.well-known/jwks.json", supabaseUrl),
    { timeoutDuration: 5000, [customFetch]: fetch },
  );

  const publishedKey: JWTVerifyGetKey = async (header, token) => {
    try {
      return await remoteKeys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      throw new AppError(
        "auth_unavailable",
        "The project's signing keys cannot be read.",
        { cause: error },
      );
    }
  };

  async function sharedSecret(
    kid: string | undefined,
  ): Promise<CryptoKey | Uint8Array | null> {
    const octKey = options.jwks.keys.find((key) =>
      key.kty === "oct" && kid !== undefined && "kid" in key && key.kid === kid
    );
    if (octKey) return await importJWK(octKey, "HS256");
    return options.jwtSecret === null ? null : new TextEncoder().encode(options.jwtSecret);
  }

  /** With the injected keys first, then with the published ones, in case of a key rotation. */
  async function verifyAsymmetric(token: string): Promise<ProvedToken> {
    const options = { algorithms: asymmetricAlgorithms, clockTolerance };
    try {
      return { payload: (await jwtVerify(token, localKeys, options)).payload, here: true };
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    return { payload: (await jwtVerify(token, publishedKey, options)).payload, here: false };
  }

  async function verify(token: string): Promise<ProvedToken> {
    const header = decodeProtectedHeader(token);
    if (header.alg !== "HS256") return await verifyAsymmetric(token);
    const secret = await sharedSecret(header.kid);
    if (secret !== null) {
      const verified = await jwtVerify(token, secret, {
        algorithms: ["HS256"],
        clockTolerance,
      });
      return { payload: verified.payload, here: true };
    }
    const payload = decodeJwt(token);
    // The Auth server would say only that it does not take the token.
    requireItsTime(payload, now() / 1000);
    await askAuthServer(token, options);
    return { payload, here: false };
  }

  const provedTokens = new ProvedTokens(now);
  return async (token) => {
    const known = provedTokens.userOf(token);
    if (known !== null) return known;
    let proved: ProvedToken;
    try {
      proved = await verify(token);
    } catch (error) {
      throw toAppError(error);
    }
    const claims = userClaims.safeParse(proved.payload);
    if (!claims.success) throw invalidToken("It does not belong to a signed-in user.");
    const { exp, iss } = claims.data;
    if (issuer !== null && iss !== undefined && iss !== issuer) {
      throw invalidToken("It was issued by another Auth server.");
    }
    const user: TokenUser = {
      userId: claims.data.sub,
      sessionId: claims.data.session_id ?? null,
      aal: claims.data.aal ?? null,
      isAnonymous: claims.data.is_anonymous ?? false,
    };
    if (proved.here) provedTokens.add(token, { user, endsAt: (exp + clockTolerance) * 1000 });
    return user;
  };
}

/** @param now seconds since 1970 */
function requireItsTime({ exp, nbf }: JWTPayload, now: number): void {
  if (exp !== undefined && exp <= now - clockTolerance) throw expiredToken();
  if (nbf !== undefined && nbf > now + clockTolerance) throw earlyToken();
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) return expiredToken();
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === "nbf") {
    return earlyToken();
  }
  return invalidToken();
}
