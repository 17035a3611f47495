import { expect } from "@std/expect";
import { readBuildConfig, writeConfig } from "../../../console/bundle/console_config.ts";
import { parseProjectConfig } from "../../../console/src/api/project_config.ts";

const read = (env: Record<string, string>) => readBuildConfig((name) => env[name]);
const url = "https://project.supabase.co";

Deno.test("what the build writes is what the page reads", () => {
  const config = { supabaseUrl: url, publishableKey: "sb_publishable_k" };
  expect(read({ SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: "sb_publishable_k" }))
    .toEqual(config);
  expect(parseProjectConfig(JSON.parse(writeConfig(config)))).toEqual(config);
});

Deno.test("readBuildConfig() leaves what is not set to be entered, which the page then asks for", () => {
  expect(() => parseProjectConfig(JSON.parse(writeConfig(read({}))))).toThrow("publishable_key");
});

Deno.test("readBuildConfig() publishes no secret key, new or legacy", () => {
  const legacy = (role: string) => `h.${btoa(JSON.stringify({ role }))}.s`;
  for (const key of ["sb_secret_k", legacy("service_role")]) {
    expect(() => read({ SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: key })).toThrow("secret key");
  }
  expect(read({ SUPABASE_PUBLISHABLE_KEY: legacy("anon") }).publishableKey).toBe(legacy("anon"));
  expect(() => read({ SUPABASE_URL: "project" })).toThrow('it is "project"');
});
