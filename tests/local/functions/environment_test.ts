import { expect } from "@std/expect";
import { callsAws, functionEnvironment } from "../../../local/functions/environment.ts";
import { readSecrets } from "../../../local/functions/secrets.ts";
import { localKeys } from "../../../local/keys.ts";

const urls = {
  apiUrl: "http://127.0.0.1:1",
  dbUrl: "postgresql://x",
  bedrockUrl: "http://127.0.0.1:3",
};

Deno.test("functionEnvironment() has what a hosted project injects", async () => {
  const keys = await localKeys();
  const env = functionEnvironment({ ...urls, keys, secrets: {} });
  expect(env).toMatchObject({ SUPABASE_URL: urls.apiUrl, SUPABASE_DB_URL: urls.dbUrl });
  expect(JSON.parse(env.SUPABASE_SECRET_KEYS!)).toEqual({ default: keys.secret });
  expect(JSON.parse(env.SUPABASE_PUBLISHABLE_KEYS!)).toEqual({ default: keys.publishable });
  expect(JSON.parse(env.SUPABASE_JWKS!).keys).toHaveLength(1);
  expect(env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME).toBe(urls.bedrockUrl);
});

Deno.test("functionEnvironment() leaves AWS to the developer's own credentials", async () => {
  const secrets = { AWS_BEARER_TOKEN_BEDROCK: "token", BEDROCK_REGION: "us-east-1" };
  const env = functionEnvironment({ ...urls, keys: await localKeys(), secrets });
  expect(env).toMatchObject(secrets);
  expect(env).not.toHaveProperty("AWS_ENDPOINT_URL_BEDROCK_RUNTIME");
  expect(env).not.toHaveProperty("AWS_ACCESS_KEY_ID");
});

Deno.test("callsAws() needs a whole key pair or a token", () => {
  expect(callsAws({})).toBe(false);
  expect(callsAws({ AWS_ACCESS_KEY_ID: "id" })).toBe(false);
  expect(callsAws({ AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "" })).toBe(false);
  expect(callsAws({ AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" })).toBe(true);
  expect(callsAws({ AWS_BEARER_TOKEN_BEDROCK: "token" })).toBe(true);
});

Deno.test("readSecrets() takes the file, and over it the shell", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(
    path,
    "# a remark\nBEDROCK_REGION=eu-west-1\nCHAT_TIMEOUT_MS=1000\nAWS_ACCESS_KEY_ID=\nSUPABASE_URL=x\n",
  );
  const shell: Record<string, string> = { BEDROCK_REGION: "us-east-1", HOME: "/root" };
  expect(readSecrets(path, (name) => shell[name]))
    .toEqual({ BEDROCK_REGION: "us-east-1", CHAT_TIMEOUT_MS: "1000" });
  await Deno.remove(path);
  expect(readSecrets(path, () => undefined)).toEqual({});
});
