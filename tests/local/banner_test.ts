import { expect } from "@std/expect";
import { join } from "node:path";
import { banner, denoCommand } from "../../local/banner.ts";
import { functionEnvironment } from "../../local/functions/environment.ts";
import { localKeys } from "../../local/keys.ts";

async function bannerWith(secrets: Record<string, string>, env: Record<string, string> = {}) {
  const urls = {
    apiUrl: "http://127.0.0.1:54321",
    bedrockUrl: "http://127.0.0.1:54330",
    consoleUrl: "http://127.0.0.1:54323",
    dbUrl: "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
  };
  const keys = await localKeys();
  const functionsEnv = functionEnvironment({ ...urls, keys, secrets });
  return banner({ ...urls, keys, functionsEnv }, (name) => env[name]);
}

Deno.test("banner() says that the stand-in costs nothing", async () => {
  expect(await bannerWith({})).toContain("a stand-in: no model is called, nothing costs money");
});

Deno.test("banner() says that calls to AWS cost money, and where they go", async () => {
  const key = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  expect(await bannerWith(key))
    .toContain("calls go to Amazon Bedrock in eu-central-1 and cost money");
  expect(await bannerWith({ AWS_BEARER_TOKEN_BEDROCK: "token", BEDROCK_REGION: "us-east-1" }))
    .toContain("calls go to Amazon Bedrock in us-east-1 and cost money");
  expect(await bannerWith({ ...key, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "https://vpce.example" }))
    .toContain("calls go to https://vpce.example");
});

Deno.test("banner() gives commands that find a stack on other ports", async () => {
  expect(await bannerWith({})).not.toContain("SWITCHBOARD_");
  expect(await bannerWith({}, { SWITCHBOARD_API_PORT: "6000" }))
    .toContain("SWITCHBOARD_API_PORT=6000 ");
});

Deno.test("denoCommand() is npx where Deno is only there through npx", async () => {
  const dir = await Deno.makeTempDir();
  const program = Deno.build.os === "windows" ? "deno.exe" : "deno";
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const npx = join(dir, "_npx", "node_modules", ".bin");
  const installed = join(dir, "bin");
  for (const folder of [npx, installed]) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, program), "");
  }
  expect(denoCommand(npx)).toBe(`npx -y deno@${Deno.version.deno}`);
  expect(denoCommand([npx, installed].join(separator))).toBe("deno");
  await Deno.remove(dir, { recursive: true });
});
