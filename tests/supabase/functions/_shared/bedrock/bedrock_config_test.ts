import { expect } from "@std/expect";
import {
  type BedrockConfig,
  readBedrockConfig,
  readBedrockRegion,
} from "../../../../../supabase/functions/_shared/bedrock/bedrock_config.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";

const keyPair = {
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret-part",
};

function read(env: Record<string, string>): BedrockConfig {
  return readBedrockConfig((name) => env[name]);
}

function refusal(env: Record<string, string>): AppError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
}

Deno.test("readBedrockConfig() takes a key pair, Frankfurt and AWS's endpoint by default", () => {
  expect(read(keyPair)).toEqual({
    region: "eu-central-1",
    endpoint: null,
    auth: {
      kind: "key-pair",
      accessKeyId: "AKIAEXAMPLE",
      secretAccessKey: "secret-part",
      sessionToken: null,
    },
  });
});

Deno.test("readBedrockConfig() takes region, endpoint and session token", () => {
  const config = read({
    ...keyPair,
    AWS_SESSION_TOKEN: "session",
    BEDROCK_REGION: "us-gov-west-1",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:54330",
  });
  expect(config).toMatchObject({
    region: "us-gov-west-1",
    endpoint: "http://127.0.0.1:54330",
    auth: { sessionToken: "session" },
  });
});

Deno.test("readBedrockConfig() prefers a Bedrock API key to a key pair", () => {
  expect(read({ ...keyPair, AWS_BEARER_TOKEN_BEDROCK: "api-key" }).auth)
    .toEqual({ kind: "api-key", token: "api-key" });
});

Deno.test("readBedrockConfig() takes blank variables as not set, and trims the others", () => {
  const config = read({
    AWS_ACCESS_KEY_ID: " AKIAEXAMPLE\n",
    AWS_SECRET_ACCESS_KEY: "secret-part\n",
    AWS_SESSION_TOKEN: "",
    AWS_BEARER_TOKEN_BEDROCK: " ",
    BEDROCK_REGION: "",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "",
  });
  expect(config).toEqual(read(keyPair));
});

Deno.test("readBedrockConfig() says which variables are missing", () => {
  const nothing = refusal({});
  expect(nothing.code).toBe("bedrock_not_configured");
  expect(nothing.hint).toContain("AWS_ACCESS_KEY_ID");
  expect(nothing.hint).toContain("AWS_BEARER_TOKEN_BEDROCK");
  expect(refusal({ AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" }).message)
    .toBe("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not.");
  expect(refusal({ AWS_SECRET_ACCESS_KEY: "secret-part" }).message)
    .toBe("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not.");
});

Deno.test("readBedrockConfig() refuses a region or an endpoint that cannot be one, without quoting it", () => {
  for (
    const [name, value] of [
      ["BEDROCK_REGION", "secret-part"],
      ["BEDROCK_REGION", "eu-central-1.evil.example"],
      ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "secret-part"],
      ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "file:///etc/passwd"],
    ] as const
  ) {
    const error = refusal({ ...keyPair, [name]: value });
    expect(error.code).toBe("bedrock_not_configured");
    expect(error.message).toContain(name);
    expect(`${error.message} ${error.hint}`).not.toContain(value);
  }
});

Deno.test("readBedrockRegion() needs no credentials, and refuses what is no region", () => {
  const read = (region?: string) => readBedrockRegion(() => region);
  expect(read("us-east-1")).toBe("us-east-1");
  expect([read(), read(" ")]).toEqual(["eu-central-1", "eu-central-1"]);
  expect(() => read("secret-part")).toThrow(
    "BEDROCK_REGION is not the name of an AWS region.",
  );
});
