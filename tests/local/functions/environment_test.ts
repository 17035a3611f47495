import { expect } from "@std/expect";
import { callsAws, functionEnvironment } from "../../../local/functions/environment.ts";
import { readSecrets } from "../../../local/functions/secrets.ts";
import { StackError } from "../../../local/stack_error.ts";
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

/** What is read from a file with this content, and from this shell. */
async function secretsOf(
  content: string | Uint8Array<ArrayBuffer>,
  shell: Record<string, string> = {},
): Promise<Record<string, string>> {
  const path = await Deno.makeTempFile({ suffix: ".env" });
  await Deno.writeFile(path, new Blob([content]).stream());
  try {
    return readSecrets(path, (name) => shell[name]);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readSecrets() takes AWS's credentials from one place, whole", async () => {
  const file =
    "AWS_ACCESS_KEY_ID=file\nAWS_SECRET_ACCESS_KEY=file-secret\nAWS_SESSION_TOKEN=file-token\n";
  const shell = { AWS_ACCESS_KEY_ID: "shell", AWS_SECRET_ACCESS_KEY: "shell-secret" };
  const apiKey = { AWS_BEARER_TOKEN_BEDROCK: "key", AWS_SESSION_TOKEN: "of something else" };
  expect(await secretsOf("", apiKey)).toEqual(apiKey);
  expect(await secretsOf(file, shell)).toEqual(shell);
  expect(await secretsOf(file)).toMatchObject({ AWS_SESSION_TOKEN: "file-token" });
});

Deno.test("readSecrets() refuses a part of AWS's credentials, and names what is missing", async () => {
  const whole = "AWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=secret\n";
  const table: [string, Record<string, string>, string][] = [
    [
      "",
      { AWS_SESSION_TOKEN: "x" },
      "AWS_SESSION_TOKEN is set without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ],
    [
      "AWS_ACCESS_KEY_ID=id\n",
      {},
      "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY",
    ],
    [
      "AWS_SECRET_ACCESS_KEY=secret\nAWS_SESSION_TOKEN=x\n",
      {},
      "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN are set without AWS_ACCESS_KEY_ID",
    ],
    // The file's other half would be of another account.
    [
      whole,
      { AWS_ACCESS_KEY_ID: "other" },
      "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY",
    ],
  ];
  for (const [file, shell, message] of table) {
    const error = await secretsOf(file, shell).then(() => null, (error) => error);
    expect(error).toBeInstanceOf(StackError);
    expect(error.message).toBe(`${message}: set all of them, or none, to call the stand-in.`);
  }
});

Deno.test("readSecrets() reads a file that begins with a byte order mark, and refuses UTF-16", async () => {
  expect(await secretsOf("\uFEFFBEDROCK_REGION=eu-west-1\n"))
    .toEqual({ BEDROCK_REGION: "eu-west-1" });
  const text = "BEDROCK_REGION=eu-west-1\n";
  const wide = new Uint8Array([...text].flatMap((letter) => [letter.charCodeAt(0), 0]));
  for (const bytes of [wide, new Uint8Array([0xff, 0xfe, ...wide])]) {
    await expect(secretsOf(bytes)).rejects.toThrow(/\.env is not text in UTF-8: save it as UTF-8/);
  }
});
