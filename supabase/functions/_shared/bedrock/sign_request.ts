import { createHash, createHmac } from "node:crypto";
import type { BedrockAuth } from "./bedrock_config.ts";

/** A POST request that is to be signed. */
export interface UnsignedRequest {
  readonly url: URL;
  /** In lower case; every one of them is signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type KeyPair = Extract<BedrockAuth, { kind: "key-pair" }>;

const algorithm = "AWS4-HMAC-SHA256";

/** AWS signs Bedrock's runtime as `bedrock`, not as the host's `bedrock-runtime`. */
const service = "bedrock";

/**
 * The headers of a request with AWS's Signature Version 4. AWS's own signer would load a hundred
 * modules for it; the tests compare the two.
 *
 * @param at The time of the signature, which AWS compares with its own.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signRequest(
  { url, headers, body }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: KeyPair,
  region: string,
  at: Date,
): Record<string, string> {
  const time = at.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const signed: Record<string, string> = {
    ...headers,
    "host": url.host,
    "x-amz-date": time,
    ...(sessionToken === null ? {} : { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(signed).sort();
  const canonicalRequest = [
    "POST",
    canonicalPath(url),
    "",
    ...names.map((name) => `${name}:${signed[name]?.trim().replaceAll(/ +/g, " ")}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [algorithm, time, scope, sha256(canonicalRequest)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Uint8Array>(
    (key, part) => hmac(key, part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = hmac(key, toSign).digest("hex");
  const { host: _, ...sent } = signed;
  return {
    ...sent,
    "authorization": `${algorithm} Credential=${accessKeyId}/${scope}, ` +
      `SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** The path as it is sent, encoded once more: every service but S3 wants it so. */
function canonicalPath({ pathname }: URL): string {
  return pathname.split("/").map(encodeStrictly).join("/");
}

/** Percent-encodes all that is not unreserved; `encodeURIComponent` leaves five more. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Uint8Array, text: string) {
  return createHmac("sha256", key).update(text);
}
