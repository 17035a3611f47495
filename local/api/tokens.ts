import { decodeJwt, SignJWT } from "jose";
import { signingKeyId } from "../keys.ts";

/** How an access token was got, where the path and the grant type say so. */
const methods: Readonly<Record<string, string>> = {
  "/auth/v1/signup": "password",
  "/auth/v1/token?grant_type=password": "password",
  "/auth/v1/verify": "otp",
};

interface Session {
  readonly access_token: string;
  readonly user?: {
    readonly phone?: string;
    readonly app_metadata?: Record<string, unknown>;
    readonly user_metadata?: Record<string, unknown>;
    readonly is_anonymous?: boolean;
  };
}

/**
 * Replaces the access token of an answer of the Auth server by one like a hosted project's: the
 * embedded one names no signing key, no issuer and nothing of the user but id and address.
 *
 * @returns the answer itself if it carries no token
 */
export async function withHostedToken(
  request: Request,
  response: Response,
  options: { issuer: string; jwtSecret: string },
): Promise<Response> {
  if (!response.ok || !response.headers.get("content-type")?.includes("application/json")) {
    return response;
  }
  const body = await response.text();
  const session = parseSession(body);
  if (session === undefined) return answer(response, body);

  const { user } = session;
  const claims = decodeJwt(session.access_token);
  const method = methods[methodKey(new URL(request.url))];
  const token = await new SignJWT({
    ...claims,
    iss: options.issuer,
    phone: user?.phone ?? "",
    app_metadata: user?.app_metadata ?? {},
    user_metadata: user?.user_metadata ?? {},
    aal: "aal1",
    ...(method !== undefined && { amr: [{ method, timestamp: claims.iat }] }),
    is_anonymous: user?.is_anonymous ?? false,
  })
    .setProtectedHeader({ alg: "HS256", kid: signingKeyId, typ: "JWT" })
    .sign(new TextEncoder().encode(options.jwtSecret));
  return answer(response, JSON.stringify({ ...session, access_token: token }));
}

function methodKey({ pathname, searchParams }: URL): string {
  const grant = searchParams.get("grant_type");
  return grant === null ? pathname : `${pathname}?grant_type=${grant}`;
}

function parseSession(body: string): Session | undefined {
  try {
    const session = JSON.parse(body);
    return typeof session?.access_token === "string" ? session : undefined;
  } catch {
    return undefined;
  }
}

function answer({ status, statusText, headers }: Response, body: string): Response {
  const copied = new Headers(headers);
  copied.delete("content-length");
  return new Response(body, { status, statusText, headers: copied });
}
