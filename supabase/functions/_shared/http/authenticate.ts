import { AppError } from "../core/app_error.ts";
import { apiKeyMark, type KeyName, nameApiKey } from "../runtime/api_key.ts";
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

/** A holder of a secret key of the project, by its name. */
export interface ServiceCaller {
  readonly kind: "service";
  readonly keyName: string;
}

/**
 * Who shows an API key of the switchboard's. Whether there is such a key, and what it may do, is
 * looked up by the statement that begins the call.
 */
export interface ApiKeyCaller extends KeyName {
  readonly kind: "api-key";
}

/** The caller: authenticated or, with an API key, to be. */
export type Caller = UserCaller | ServiceCaller | ApiKeyCaller;

/** What a caller is told to send. */
export interface CredentialHints {
  readonly missing: string;
  readonly unknown: string;
}

const ofTheProject: CredentialHints = {
  missing: "Send a user's access token as `Authorization: Bearer …`, or a secret key as `apikey`.",
  unknown: "Use a secret key from the project's API settings.",
};

/** Of functions for clients of all kinds, where a secret key does not belong. */
export const apiKeyHints: CredentialHints = {
  missing: "Send an API key (`bsk_…`) as `Authorization: Bearer …` or as `x-api-key`.",
  unknown: "Send an API key of this project, which begins with `bsk_`.",
};

/**
 * Makes the function that authenticates a request. The platform's own check
 * (`verify_jwt`) lets publishable keys pass, so it is not relied on.
 *
 * A credential in `Authorization` decides; where there is none, or only a public key, which proves
 * nothing, `x-api-key` does, and then `apikey`. So a client that was made with a secret key but
 * carries a user's token acts as that user.
 *
 * The function throws {AppError} `missing_credentials`, `invalid_credentials`, `auth_unavailable`.
 *
 * @param hints what to send instead of none, and of one that is not known
 */
export function createAuthenticator(
  environment: Environment,
  fetch: typeof globalThis.fetch,
  hints: CredentialHints = ofTheProject,
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

  /** @param takesTokens whether the header may carry a user's access token */
  const callerOf = async (credential: string, takesTokens: boolean): Promise<Caller> => {
    if (credential.startsWith(apiKeyMark)) return apiKeyCaller(credential);
    const keyName = secretKeys.nameOf(credential);
    if (keyName !== null) return { kind: "service", keyName };
    if (!takesTokens || !looksLikeJwt(credential)) throw unknownKey(hints.unknown);
    return { kind: "user", accessToken: credential, ...await verifyUserToken(credential) };
  };

  return async (request) => {
    const { headers } = request;
    const authorization = headers.get("authorization");
    const bearer = authorization === null ? null : bearerToken(authorization);
    const shown = [
      { credential: bearer, takesTokens: true },
      { credential: headers.get("x-api-key"), takesTokens: true },
      { credential: headers.get("apikey"), takesTokens: false },
    ];
    for (const { credential, takesTokens } of shown) {
      if (credential === null || publicKeys.nameOf(credential) !== null) continue;
      return await callerOf(credential, takesTokens);
    }
    throw new AppError("missing_credentials", "The request is not authenticated.", {
      hint: hints.missing,
    });
  };
}

function apiKeyCaller(key: string): ApiKeyCaller {
  const name = nameApiKey(key);
  if (name === null) throw invalidApiKey("malformed");
  return { kind: "api-key", ...name };
}

/**
 * The error of an API key that is none of the project's in force, in the same words whatever is wrong
 * with it.
 *
 * @param why for the log
 */
export function invalidApiKey(why: string): AppError {
  return new AppError("invalid_credentials", "The API key is not valid.", {
    hint: "It may have been revoked or have expired. Ask an operator for another one.",
    logged: `The API key is not valid: ${why}.`,
  });
}

/**
 * The caller of a function that takes no API keys.
 *
 * @throws {AppError} `forbidden`
 */
export function refuseApiKey(caller: Caller): UserCaller | ServiceCaller {
  if (caller.kind !== "api-key") return caller;
  throw new AppError("forbidden", "An API key cannot call this function.", {
    hint: "API keys are for the functions openai and anthropic. Send a user's access token or a " +
      "secret key.",
  });
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

function unknownKey(hint: string): AppError {
  return new AppError("invalid_credentials", "The key does not belong to this project.", { hint });
}
