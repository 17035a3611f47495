import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { blocksRunBy } from "../support/printed_commands.ts";

function build(args: string[], env: Record<string, string> = {}): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", "deno.json", "console/build.ts", ...args],
    cwd: projectRoot,
    env: { NO_COLOR: "1", ...env },
  }).output();
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("console:build writes a page that any host of static files can serve", async () => {
  const dir = await Deno.makeTempDir();
  const env = {
    SUPABASE_URL: "https://project.supabase.co",
    SUPABASE_PUBLISHABLE_KEY: "sb_publishable_k",
  };
  await Deno.writeTextFile(join(dir, "console-ABCDEFGH.js"), "of an earlier build");
  await Deno.writeTextFile(join(dir, "robots.txt"), "the host's own");
  const { code, stderr } = await build(["--out", dir], env);
  expect([code, text(stderr)]).toEqual([0, ""]);

  const names = [...Deno.readDirSync(dir)].map(({ name }) => name);
  expect(names.map((name) => name.replace(/-[A-Z0-9]{8}\./, "-<hash>.")).sort()).toEqual([
    ...["config.json", "console-<hash>.css", "console-<hash>.js", "index.html", "robots.txt"],
  ]);
  expect(names).not.toContain("console-ABCDEFGH.js");
  const page = await Deno.readTextFile(join(dir, "index.html"));
  const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain("unsafe");
  // No script or style of the page itself, and no address that a sub-folder would break.
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=| style=/);
  const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
  expect(addresses.filter((address) => !/^(?:\.\/|data:)/.test(address))).toEqual([]);
  expect(JSON.parse(await Deno.readTextFile(join(dir, "config.json")))).toEqual({
    supabase_url: env.SUPABASE_URL,
    publishable_key: env.SUPABASE_PUBLISHABLE_KEY,
  });
  const script = await Deno.readTextFile(join(dir, names.find((name) => name.endsWith(".js"))!));
  // The files are the same for every project; what differs is in config.json.
  expect(script).not.toContain(env.SUPABASE_URL);
  expect(script.length).toBeLessThan(600_000);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("the build that docs/console.md prints is for the project that it names", async () => {
  const [block, ...others] = blocksRunBy("tests/console/build_test.ts");
  expect([block?.page, others]).toEqual(["docs/console.md", []]);
  const dir = await Deno.makeTempDir();
  const command = block!.text.replace("/tmp/console", dir)
    .replace("deno task", `'${Deno.execPath()}' task`);
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-euc", command],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  expect({ code, stderr: code === 0 ? "" : text(stderr) }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(await Deno.readTextFile(join(dir, "config.json"))).supabase_url)
    .toBe("https://abcdefghijklmnopqrst.supabase.co");
  await Deno.remove(dir, { recursive: true });
});

Deno.test("console:build explains itself, and publishes no secret key", async () => {
  const help = await build(["--help"]);
  expect([help.code, text(help.stdout)]).toEqual([0, expect.stringContaining("--out <folder>")]);
  const secret = await build([], { SUPABASE_PUBLISHABLE_KEY: "sb_secret_k" });
  expect([secret.code, text(secret.stderr)]).toEqual([2, expect.stringContaining("secret key")]);
  const unknown = await build(["--port", "1"]);
  expect([unknown.code, text(unknown.stderr)]).toEqual([2, expect.stringContaining("--port")]);
});
