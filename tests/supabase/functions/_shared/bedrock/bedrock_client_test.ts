import "./node_crc32.ts";
import { expect } from "@std/expect";
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import { invokeModel } from "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts";
import type {
  BedrockAuth,
  BedrockConfig,
} from "../../../../../supabase/functions/_shared/bedrock/bedrock_config.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { fixture } from "../formats/fixture.ts";
import { streamFixtures } from "../formats/stream_fixtures.ts";
import { modelRequest } from "../formats/model_request.ts";
import { startBedrockServer } from "./bedrock_server.ts";
import { framesOf, joined } from "./stream_bytes.ts";

const keyPair: BedrockAuth = {
  kind: "key-pair",
  accessKeyId: "AKIAEXAMPLE",
  secretAccessKey: "secret-part",
  sessionToken: null,
};
const config: BedrockConfig = { region: "eu-central-1", endpoint: null, auth: keyPair };

async function headersSent(auth: BedrockAuth): Promise<Headers> {
  await using server = startBedrockServer(() => Response.json(fixture("nova_text")));
  const client = createBedrockClients(() => ({ ...config, endpoint: server.url, auth }), fetch)
    .forRegion("eu-west-1");
  await invokeModel({
    client,
    request: modelRequest(),
    limits: { firstByteMs: 10_000, totalMs: 10_000 },
    now: () => performance.now(),
  });
  return server.received[0]!.headers;
}

/** Runs `body` with a variable of the environment set, as a stray one may be on any machine. */
async function withEnv(name: string, value: string, body: () => Promise<void>): Promise<void> {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  try {
    await body();
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
}

Deno.test("createBedrockClients() signs with the key pair and the region asked for", async () => {
  const headers = await headersSent({ ...keyPair, sessionToken: "session" });
  expect(headers.get("authorization")).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, /,
  );
  expect(headers.get("x-amz-security-token")).toBe("session");
});

Deno.test("createBedrockClients() sends a Bedrock API key as a bearer token", async () => {
  const headers = await headersSent({ kind: "api-key", token: "api-key" });
  expect(headers.get("authorization")).toBe("Bearer api-key");
});

Deno.test("createBedrockClients() signs as configured, whatever bearer token is in the environment", async () => {
  await withEnv("AWS_BEARER_TOKEN_BEDROCK", "ambient", async () => {
    expect((await headersSent(keyPair)).get("authorization")).toMatch(/^AWS4-HMAC-SHA256 /);
    expect((await headersSent({ kind: "api-key", token: "api-key" })).get("authorization"))
      .toBe("Bearer api-key");
  });
});

Deno.test("createBedrockClients() calls AWS's endpoint of the region, and none from the environment", async () => {
  let url = "";
  const fetchFn: typeof fetch = (input) => {
    url = new Request(input).url;
    return Promise.resolve(Response.json(fixture("nova_text")));
  };
  await withEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", async () => {
    await invokeModel({
      client: createBedrockClients(() => config, fetchFn).forRegion("eu-north-1"),
      request: modelRequest(),
      limits: { firstByteMs: 10_000, totalMs: 10_000 },
      now: () => performance.now(),
    });
  });
  expect(url).toBe(
    "https://bedrock-runtime.eu-north-1.amazonaws.com/model/eu.amazon.nova-lite-v1%3A0/invoke",
  );
});

Deno.test("createBedrockClients() makes one client for each region", () => {
  const clients = createBedrockClients(() => config, fetch);
  expect(clients.forRegion(null)).toBe(clients.forRegion("eu-central-1"));
  expect(clients.forRegion("us-east-1")).not.toBe(clients.forRegion(null));
});

Deno.test("createBedrockClients() reads its configuration when a client is first needed", () => {
  const clients = createBedrockClients(() => {
    throw new AppError("bedrock_not_configured");
  }, fetch);
  expect(() => clients.forRegion(null)).toThrow(AppError);
});

Deno.test("createBedrockClients() refuses a region of the registry that could lead elsewhere", () => {
  const clients = createBedrockClients(() => config, fetch);
  for (const region of ["", "evil.example/", "eu-central-1.evil.example", "EU"]) {
    expect(() => clients.forRegion(region)).toThrow(
      expect.objectContaining({ code: "registry_invalid" }),
    );
  }
});

Deno.test("createBedrockClients() needs no more than network and environment permission", async () => {
  await using server = startBedrockServer(({ path }) => {
    const format = path.includes("/converse") ? "converse" : "nova";
    if (!path.endsWith("-stream")) {
      return Response.json(fixture(format === "converse" ? "converse_cached" : "nova_text"));
    }
    const stream = streamFixtures.find((stream) => stream.format === format)!;
    const headers = { "content-type": "application/vnd.amazon.eventstream" };
    return new Response(joined(framesOf(stream)), { headers });
  });
  const streamed = "Grüß Gott 😀, 日本語 — “ja”. More.";
  const root = new URL("../../../../../", import.meta.url);
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "--no-prompt",
      "--allow-net",
      "--allow-env",
      `--config=${new URL("deno.json", root).pathname}`,
      new URL("./call_with_least_permissions.ts", import.meta.url).pathname,
    ],
    env: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: server.url,
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret-part",
      AWS_BEARER_TOKEN_BEDROCK: "",
      AWS_PROFILE: "of-the-developer",
    },
  }).output();
  expect(new TextDecoder().decode(output.stderr)).toBe("");
  expect(JSON.parse(new TextDecoder().decode(output.stdout))).toEqual({
    answers: [
      [{ type: "text", text: "Drink water, rest, and call your clinic if the fever lasts." }],
      streamed,
      [{ type: "text", text: "The ward is full until Monday." }],
      streamed,
    ],
    filesTried: [],
  });
});
