import { AwsError } from "./aws_error.ts";
import { equalSecrets } from "./sha256.ts";
import { type AcceptedKey, type SignedRequest, verifySignature } from "./sigv4.ts";

/** How a caller proved who it is. */
export type Authentication = "sigv4" | "bearer";

/**
 * Accepts a Signature Version 4 of the access key, or the Bedrock API key as a bearer token.
 *
 * @throws {AwsError} what AWS answers when neither is right.
 */
export async function authenticate(
  request: SignedRequest,
  accepted: AcceptedKey & { readonly bearerToken?: string | undefined },
  now: number,
): Promise<Authentication> {
  const authorization = request.headers.get("authorization");
  if (authorization === null) throw new AwsError("MissingAuthenticationTokenException");
  const bearer = /^Bearer\s+(.+)$/i.exec(authorization)?.[1];
  if (bearer === undefined) {
    await verifySignature(request, accepted, now);
    return "sigv4";
  }
  if (accepted.bearerToken === undefined || !equalSecrets(bearer, accepted.bearerToken)) {
    // Reported with a capital "Message" and 403; the type that goes with it is not known.
    throw new AwsError(
      "AccessDeniedException",
      "Authentication failed: Please make sure your API Key is valid.",
      { messageKey: "Message" },
    );
  }
  return "bearer";
}
