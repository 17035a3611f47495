import { SignatureV4 } from "@smithy/signature-v4";
import { metadataHeader } from "./request_metadata.ts";
import { AwsError } from "./aws_error.ts";
import { equalSecrets, Sha256, sha256Hex } from "./sha256.ts";

/** The one access key that the stand-in accepts. */
export interface AcceptedKey {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** When set, requests must carry it; when not, they must carry none. */
  readonly sessionToken?: string | undefined;
}

/** What is signed of a request. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** AWS signs Bedrock's runtime as `bedrock`, not as the host's `bedrock-runtime`. */
const service = "bedrock";

/** How far the caller's clock may be off. */
const clockSkewMs = 5 * 60_000;

const authorizationForm =
  /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/**
 * Checks an AWS Signature Version 4 by computing it again with the accepted key.
 *
 * @param now Milliseconds since the epoch.
 * @throws {AwsError} what AWS answers to the first thing that is wrong.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function verifySignature(
  request: SignedRequest,
  key: AcceptedKey,
  now: number,
): Promise<void> {
  const { accessKeyId, scope, signedHeaders, signature } = parseAuthorization(
    request.headers.get("authorization") ?? "",
  );
  const signedAt = signingDate(request.headers.get("x-amz-date"));
  if (!equalSecrets(accessKeyId, key.accessKeyId)) {
    throw new AwsError("UnrecognizedClientException");
  }
  checkScope(scope, key.region, signedAt.text);
  checkClock(signedAt, now);
  const token = request.headers.get("x-amz-security-token") ?? "";
  if (!equalSecrets(token, key.sessionToken ?? "")) {
    throw new AwsError("UnrecognizedClientException");
  }
  checkSignedHeaders(signedHeaders, request);

  const signer = new SignatureV4({
    service,
    region: key.region,
    credentials: {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    },
    sha256: Sha256,
    // What the caller signed is taken as it is; nothing is added.
    applyChecksum: false,
  });
  const expected = await signer.sign({
    method: request.method,
    protocol: request.url.protocol,
    hostname: request.url.hostname,
    path: request.url.pathname,
    query: Object.fromEntries(request.url.searchParams),
    headers: Object.fromEntries(
      signedHeaders.map((name) => [name, request.headers.get(name) ?? ""]),
    ),
    body: request.body,
  }, { signingDate: signedAt.date, signableHeaders: new Set(signedHeaders) });
  const again = parseAuthorization(expected.headers["authorization"] ?? "");
  if (!equalSecrets(again.signature, signature)) throw new AwsError("InvalidSignatureException");
}

function parseAuthorization(header: string) {
  const match = authorizationForm.exec(header);
  if (match === null) throw new AwsError("IncompleteSignature");
  const [credential, names, signature] = match.slice(1) as [string, string, string];
  const [accessKeyId = "", ...scope] = credential.split("/");
  return { accessKeyId, scope, signedHeaders: names.split(";"), signature };
}

function signingDate(header: string | null): { text: string; date: Date } {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(header ?? "");
  if (match === null) throw new AwsError("IncompleteSignature");
  const [year, month, day, hour, minute, second] = match.slice(1);
  return {
    text: match[0],
    date: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  };
}

function checkScope(scope: readonly string[], region: string, date: string): void {
  const [scopeDate, scopeRegion, scopeService, terminator] = scope;
  const wrong = (message: string) => new AwsError("InvalidSignatureException", message);
  if (scopeDate !== date.slice(0, 8)) {
    throw wrong("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.");
  }
  if (scopeRegion !== region) {
    throw wrong(`Credential should be scoped to a valid region, not '${scopeRegion}'.`);
  }
  if (scopeService !== service) {
    throw wrong(`Credential should be scoped to correct service: '${service}'.`);
  }
  if (terminator !== "aws4_request" || scope.length !== 4) {
    throw wrong("Credential should be scoped with a valid terminator: 'aws4_request'.");
  }
}

function checkClock(signedAt: { text: string; date: Date }, now: number): void {
  const off = now - signedAt.date.getTime();
  if (Math.abs(off) <= clockSkewMs) return;
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
  throw new AwsError(
    "InvalidSignatureException",
    off > 0
      ? `Signature expired: ${signedAt.text} is now earlier than ${time} minus 5 min.`
      : `Signature not yet current: ${signedAt.text} is still later than ${time} plus 5 min.`,
  );
}

function checkSignedHeaders(signedHeaders: readonly string[], request: SignedRequest): void {
  const required = ["host", "x-amz-date"];
  if (request.headers.has("x-amz-security-token")) required.push("x-amz-security-token");
  if (request.headers.has(metadataHeader)) required.push(metadataHeader);
  if (required.some((name) => !signedHeaders.includes(name))) {
    throw new AwsError("InvalidSignatureException");
  }
  // The signer trusts this header, so the stand-in must not.
  const claimed = request.headers.get("x-amz-content-sha256");
  if (claimed !== null && claimed !== sha256Hex(request.body)) {
    throw new AwsError("InvalidSignatureException");
  }
}
