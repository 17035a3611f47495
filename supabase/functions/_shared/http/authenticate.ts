import { AppError } from "../core/app_error.ts";
import type { Environment } from "../runtime/environment.ts";
import { KeyRing } from "./key_ring.ts";
import type { TokenUser } from "./token_user.ts";
import { createUserTokenVerifier } from "./verify_user_token.ts";

/** A user, by a verified access token. */
export interface UserCaller extends TokenUser {
  readonly kind: "user";
  /** The token, for services that decide by it what the user may do. */
  readonly accessToken: string;
}

/** The authenticated caller: a user, or a holder of a secret key of the project, by its name. */
export type Caller = UserCaller | { readonly kind: "service"; readonly keyName: string };

/**
 * Makes the function that authenticates a request. The platform's own check
 * (`verify_jwt`) lets publishable keys pass, so it is not relied on.
 *
 * A credential in `Authorization` decides; `apikey` counts where there is none, or only a public
 * key, which proves nothing. So a client that was made with a secret key but carries a user's
 * token acts as that user.
 *
 * The function throws {AppError} `missing_credentials`, `invalid_credentials`, `auth_unavailable`.
 */
export function createAuthenticator(
  environment: Environment,
  fetch: typeof globalThis.fetch,
): (request: Request) => Promise<Caller> {
  const secretKeys = new KeyRing(environment.secretKeys);
  const publicKeys = new KeyRing(environment.publicKeys);
  const verifyUserToken = createUserTokenVerifier({
    supabaseUrl: environment.supabaseUrl,
    jwks: environment.jwks,
    jwtSecret: environment.jwtSecret,
    issuer: environment.jwtIssuer,
    publicKey: environment.publicKeys[0]?.key ?? null,
    fetch,
  });

  return async (request) => {
    const authorization = request.headers.get("authorization");
    const bearer = authorization === null ? null : bearerToken(authorization);
    if (bearer !== null && publicKeys.nameOf(bearer) === null) {
      const keyName = secretKeys.nameOf(bearer);
      if (keyName !== null) return { kind: "service", keyName };
      if (!looksLikeJwt(bearer)) throw unknownKey();
      return { kind: "user", accessToken: bearer, ...await verifyUserToken(bearer) };
    }
    const apiKey = request.headers.get("apikey");
    if (apiKey !== null && publicKeys.nameOf(apiKey) === null) {
      const keyName = secretKeys.nameOf(apiKey);
      if (keyName !== null) return { kind: "service", keyName };
      throw unknownKey();
    }
    throw new AppError("missing_credentials", "The request is not authenticated.", {
      hint: "Send a user's access token as `Authorization: Bearer …`, or a secret key as `apikey`.",
    });
  };
}

/** What cannot be read is refused: otherwise a secret `apikey` would make a user's request its own. */
function bearerToken(header: string): string {
  const token = /^Bearer +([^\s,]+)$/i.exec(header.trim())?.[1];
  if (token !== undefined) return token;
  throw new AppError("invalid_credentials", "The header Authorization cannot be read.", {
    hint: "Send it once, as `Authorization: Bearer …`, or leave it out.",
  });
}

function looksLikeJwt(credential: string): boolean {
  return credential.split(".").length === 3;
}

function unknownKey(): AppError {
  return new AppError(
    "invalid_credentials",
    "The key does not belong to this project.",
    { hint: "Use a secret key from the project's API settings." },
  );
}
