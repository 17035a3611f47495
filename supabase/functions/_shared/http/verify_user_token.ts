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
import { ProvedTokens } from "./proved_tokens.ts";
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

/**
 * What the Auth server says of a token: whose it is, or why it is refused, in the words of its
 * versions. Refusals of other kinds, such as too many requests or a firewall's, have neither.
 */
const authAnswer = z.object({
  id: z.string().optional(),
  error_code: z.string().optional(),
  msg: z.string().optional(),
});

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

  /** A status alone proves nothing: a proxy's page has one too. */
  async function askAuthServer(token: string): Promise<void> {
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(new URL("/auth/v1/user", supabaseUrl), {
        headers: {
          authorization: `Bearer ${token}`,
          ...(options.publicKey !== null && { apikey: options.publicKey }),
        },
        signal: AbortSignal.timeout(5000),
      });
      answer = await response.json().catch(() => null);
    } catch (cause) {
      throw new AppError("auth_unavailable", undefined, { cause });
    }
    const { id, error_code, msg } = authAnswer.safeParse(answer).data ?? {};
    if (!response.ok) {
      const isOfToken = [401, 403, 404].includes(response.status) && (error_code ?? msg);
      throw isOfToken ? invalidToken() : new AppError("auth_unavailable");
    }
    if (id === undefined || id !== decodeJwt(token).sub) throw invalidToken();
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
    await askAuthServer(token);
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

function expiredToken(): AppError {
  return invalidToken("It has expired.");
}

function earlyToken(): AppError {
  return invalidToken(
    "Its time (nbf) has not come.",
    "Send it later. If it was issued just now, the clocks of its issuer and the functions differ.",
  );
}

function invalidToken(
  reason = "Its signature is not from a key of this project.",
  hint = "Sign in again and send the new access token.",
): AppError {
  return new AppError("invalid_credentials", `The access token is not valid. ${reason}`, { hint });
}
