import { expect } from "@std/expect";
import { parseProjectConfig } from "../../../console/src/api/project_config.ts";

const url = "https://project.supabase.co";

const legacyKey = (role: string) => `h.${btoa(JSON.stringify({ role }))}.s`;

Deno.test("parseProjectConfig() takes the legacy anon key, too", () => {
  const key = legacyKey("anon");
  expect(parseProjectConfig({ supabase_url: url, publishable_key: key }).publishableKey).toBe(key);
});

Deno.test("parseProjectConfig() takes a URL and a publishable key", () => {
  expect(parseProjectConfig({ supabase_url: `${url}/`, publishable_key: "sb_publishable_k" }))
    .toEqual({ supabaseUrl: url, publishableKey: "sb_publishable_k" });
});

Deno.test("parseProjectConfig() takes another name for chat", () => {
  const config = { supabase_url: url, publishable_key: "sb_publishable_k", chat_name: "helper" };
  expect(parseProjectConfig(config).chatName).toBe("helper");
});

Deno.test("parseProjectConfig() takes the region that functions are to run in", () => {
  const config = { supabase_url: url, publishable_key: "sb_publishable_k" };
  expect(parseProjectConfig({ ...config, function_region: "eu-central-1" }).functionRegion)
    .toBe("eu-central-1");
});

Deno.test("parseProjectConfig() says what is missing, and refuses a secret key", () => {
  const wrong: [unknown, string][] = [
    [null, "supabase_url"],
    [{ supabase_url: "project", publishable_key: "k" }, "supabase_url"],
    [{ supabase_url: "javascript:alert(1)", publishable_key: "k" }, "supabase_url"],
    [{ supabase_url: url }, "publishable_key"],
    [{ supabase_url: url, publishable_key: "sb_publishable_…" }, "publishable_key"],
    [{ supabase_url: url, publishable_key: "k", chat_name: "a/b" }, "chat_name"],
    [{ supabase_url: url, publishable_key: "k", chat_name: 1 }, "chat_name"],
    [{ supabase_url: url, publishable_key: "k", function_region: "EU\r\nx: y" }, "function_region"],
    [{ supabase_url: url, publishable_key: "k", function_region: 1 }, "function_region"],
    [{ supabase_url: url, publishable_key: "sb_secret_k" }, "a secret key"],
    [{ supabase_url: url, publishable_key: legacyKey("service_role") }, "a secret key"],
  ];
  for (const [value, named] of wrong) expect(() => parseProjectConfig(value)).toThrow(named);
});
