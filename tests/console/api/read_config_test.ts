import { expect } from "@std/expect";
import { readProjectConfig } from "../../../console/src/api/read_config.ts";

const read = (body: string, status = 200) =>
  readProjectConfig(() => Promise.resolve(new Response(body, { status })));

Deno.test("readProjectConfig() gives the project that the file names", async () => {
  const file = { supabase_url: "https://project.example", publishable_key: "sb_publishable_k" };
  expect(await read(JSON.stringify(file)))
    .toEqual({ supabaseUrl: "https://project.example", publishableKey: "sb_publishable_k" });
});

Deno.test("readProjectConfig() says what is wrong where there is no such file", async () => {
  await expect(read("gone", 404)).rejects.toThrow("is not beside the page");
  await expect(read("<!doctype html><title>App</title>")).rejects.toThrow("a page instead");
  await expect(read("{supabase_url}")).rejects.toThrow("is no JSON");
});
