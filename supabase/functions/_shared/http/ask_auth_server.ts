import { decodeJwt } from "jose";
import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { invalidToken } from "./token_errors.ts";

/** Where the Auth server is, and how to ask it. */
export interface AuthServer {
  readonly supabaseUrl: string;
  /** API key for its requests. */
  readonly publicKey: string | null;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * What the Auth server says of a token: whose it is, or why it is refused, in the words of its
 * versions. Refusals of other kinds, such as too many requests or a firewall's, have neither.
 */
const authAnswer = z.object({
  id: z.string().optional(),
  error_code: z.string().optional(),
  msg: z.string().optional(),
});

/**
 * Asks the Auth server whether it takes a token as its user's. A status alone proves nothing: a
 * proxy's page has one too.
 *
 * @throws {AppError} `invalid_credentials` where it refuses the token; `auth_unavailable` where it
 * does not say.
 */
export async function askAuthServer(
  token: string,
  { supabaseUrl, publicKey, fetch }: AuthServer,
): Promise<void> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(new URL("/auth/v1/user", supabaseUrl), {
      headers: {
        authorization: `Bearer ${token}`,
        ...(publicKey !== null && { apikey: publicKey }),
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
