import { SignatureV4 } from "@smithy/signature-v4";
import { expect } from "@std/expect";
import fc from "fast-check";
import {
  encodeStrictly,
  signRequest,
} from "../../../../../supabase/functions/_shared/bedrock/sign_request.ts";
import { Sha256 } from "../../../../../local/bedrock/wire/sha256.ts";

const at = new Date("2026-11-26T01:02:03.456Z");

/** What AWS's own signer says of the same request. */
async function signatureOfAws(
  { url, headers, body }: { url: URL; headers: Record<string, string>; body: string },
  key: { accessKeyId: string; secretAccessKey: string; sessionToken: string | null },
  region: string,
): Promise<string | undefined> {
  const signer = new SignatureV4({
    service: "bedrock",
    region,
    credentials: {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      ...(key.sessionToken !== null && { sessionToken: key.sessionToken }),
    },
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { ...headers, host: url.host },
    body,
  }, { signingDate: at });
  return signed.headers["authorization"];
}

const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => value.isWellFormed());
const secret = fc.string({ unit: fc.constantFrom(..."abcXYZ0189+/="), minLength: 1 });

Deno.test("signRequest() signs as AWS's own signer does, whatever the model, the body and the keys", async () => {
  await fc.assert(fc.asyncProperty(
    fc.record({
      modelId: text,
      body: fc.string({ unit: "grapheme" }).filter((value) => value.isWellFormed()),
      accessKeyId: secret,
      secretAccessKey: secret,
      sessionToken: fc.option(secret, { nil: null }),
      region: fc.constantFrom("eu-central-1", "us-gov-west-1", "cn-north-1"),
      port: fc.constantFrom("", ":8443"),
    }),
    async ({ modelId, body, region, port, ...key }) => {
      const host = `https://bedrock-runtime.${region}.amazonaws.com${port}`;
      const request = {
        url: new URL(`${host}/model/${encodeStrictly(modelId)}/invoke`),
        headers: { "content-type": "application/json", "accept": "application/json" },
        body,
      };
      const { authorization } = signRequest(request, { kind: "key-pair", ...key }, region, at);
      expect(authorization).toBe(await signatureOfAws(request, key, region));
    },
  ));
});

Deno.test("signRequest() sends the date and the session's token that it has signed", () => {
  const url = new URL("https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse");
  const key = { kind: "key-pair", accessKeyId: "a", secretAccessKey: "b" } as const;
  const request = { url, headers: {}, body: "{}" };
  expect(signRequest(request, { ...key, sessionToken: "s" }, "eu-central-1", at)).toMatchObject({
    "x-amz-date": "20261126T010203Z",
    "x-amz-security-token": "s",
  });
  expect(signRequest(request, { ...key, sessionToken: null }, "eu-central-1", at))
    .not.toHaveProperty("x-amz-security-token");
});
