/**
 * Installs the switchboard into a made-up app, pushes its migrations with the Supabase CLI to the
 * app's database, runs the pgTAP tests there, and takes the switchboard out again. The app's
 * objects, privileges and rows stay as they were, the advisors find nothing new, and in the end the
 * database is as it was before.
 */
import postgres from "postgres";
import { readCatalogue, saidOnlyBy } from "../tests/support/catalogue.ts";
import { writeHostApp } from "../tests/support/host_app.ts";

const [database, adminDatabase] = ["OCCUPIED_DATABASE_URL", "OCCUPIED_ADMIN_DATABASE_URL"]
  .map((name) => Deno.env.get(name) ?? "");
/** In a database without use, every index is unused. */
const unavoidable = "unused_index";

const app = await Deno.makeTempDir();
const admin = postgres(adminDatabase!, { max: 1, onnotice: () => {} });
try {
  await writeHostApp(app);
  await push();
  const before = { catalogue: await readCatalogue(admin), advice: await advice() };

  await run(
    ...[Deno.execPath(), "task", "install-into", app, "--chat-name", "assistant-chat"],
    // The pgTAP tests need no model and no assistant of the first users.
    ...["--data", "blank", "--geographies", "us"],
  );
  await push();
  const installed = await readCatalogue(admin);
  expectNothing("lost by the app", saidOnlyBy(before.catalogue, installed));
  const found = [...await advice()].filter(([key]) => !before.advice.has(key));
  expectNothing("new to the advisors", Object.fromEntries(found));

  await run("bash", ".ci/check_pgtap.sh");
  const uninstall = ["--file", "supabase/uninstall.sql", `--remote=${database}`, "--yes"];
  await runSupabase("db", "query", ...uninstall);
  const uninstalled = await readCatalogue(admin);
  expectNothing("lost by uninstall.sql", saidOnlyBy(before.catalogue, uninstalled));
  expectNothing("left by uninstall.sql", saidOnlyBy(uninstalled, before.catalogue));
  await push();
} finally {
  await admin.end();
  await Deno.remove(app, { recursive: true });
}

async function push(): Promise<void> {
  await runSupabase("db", "push", "--workdir", app, `--remote=${database}`, "--yes");
}

/** What the advisors say, by its key; never nothing, because the app has something to say about. */
async function advice(): Promise<Map<string, string>> {
  const output = await runSupabase(
    ...["db", "advisors", "--workdir", app, `--remote=${database}`],
    ...["--type", "all", "--level", "info", "-o", "json"],
  );
  const findings: { name: string; cache_key: string; detail: string }[] = JSON.parse(output);
  if (findings.length === 0) throw new Error("The advisors say nothing about the app.");
  return new Map(
    findings.filter(({ name }) => name !== unavoidable)
      .map(({ cache_key, detail }) => [cache_key, detail]),
  );
}

async function runSupabase(...args: string[]): Promise<string> {
  const [program = "", ...first] = (Deno.env.get("SUPABASE") ?? "").split(" ");
  return await run(program, ...first, ...args);
}

async function run(...[program = "", ...args]: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { DATABASE_URL: database! },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${program} ${args.join(" ")} failed:\n${out}${err}`);
  return out!;
}

function expectNothing(what: string, findings: Readonly<Record<string, unknown>>): void {
  if (Object.keys(findings).length === 0) return;
  throw new Error(`This was ${what}: ${JSON.stringify(findings, null, 2)}`);
}
