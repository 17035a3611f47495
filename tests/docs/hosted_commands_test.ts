/**
 * Runs what the pages print for a hosted project, word for word, with the real Supabase CLI from
 * npm: against a stand-in for the Management API, and a database set up like a hosted project's.
 *
 * Two things differ. `login` gets its token on standard input, for want of a browser. And `--remote`
 * of `db push` gets the database's URL, because the CLI looks for the database of a linked project
 * on port 5432 only, which may be another's here; without `--remote` it would go elsewhere still.
 */
import { expect } from "@std/expect";
import { join } from "node:path";
import { databasePassword } from "../../local/postgres/server.ts";
import { connect } from "../support/connect.ts";
import { migrationsDir, startDatabaseServer, templates } from "../support/database_server.ts";
import { accessToken, ManagementApi, projectRef } from "../support/management_api.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { filesBelow, readSource } from "../support/source_files.ts";
import { runCommand } from "../support/run_command.ts";

const path = "tests/docs/hosted_commands_test.ts";
const pages = [...new Set(blocksRunBy(path).map(({ page }) => page))];

/** The pages by their commands: what two of them print alike is run once. */
const pagesByCommands = Map.groupBy(
  pages,
  (page) =>
    blocksRunBy(path, page).flatMap(({ text }) => text.split("\n"))
      .map((line) => line.trim()).join("\n"),
);

/** A checkout of its own, because `link` writes into it, and a home with the page's file. */
async function makeCheckout(): Promise<{ root: string; home: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const [root, home] = [join(folder, "checkout"), join(folder, "home")];
  await Deno.mkdir(home);
  for (const path of filesBelow("supabase")) {
    await Deno.mkdir(join(root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, path), readSource(path));
  }
  const example = readSource("supabase/functions/.env.example");
  await Deno.writeTextFile(
    join(home, "switchboard.env"),
    example.replace("AWS_BEARER_TOKEN_BEDROCK=", "AWS_BEARER_TOKEN_BEDROCK=a key of a test")
      .replace("AWS_ACCESS_KEY_ID=", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE"),
  );
  return {
    root,
    home,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** What npx needs, so that it finds the CLI or fetches it. */
function npxEnvironment(): Record<string, string> {
  const names = ["HTTPS_PROXY", "HTTP_PROXY", "NPM_CONFIG_REGISTRY", "NODE_EXTRA_CA_CERTS"];
  const set = names.flatMap((name) => Deno.env.get(name) ? [[name, Deno.env.get(name)!]] : []);
  const cache = Deno.env.get("npm_config_cache") ?? join(Deno.env.get("HOME") ?? "", ".npm");
  return { ...Object.fromEntries(set), npm_config_cache: cache, npm_config_yes: "true" };
}

Deno.test("the printed commands deploy to a hosted project, from each page alone", async (test) => {
  expect(pages).toEqual(["README.md", "docs/aws.md", "docs/deploy.md"]);
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o755);
  const server = await startDatabaseServer(folder);
  const admin = connect({ port: server.port, user: "supabase_admin", database: "template1" });
  try {
    for (const [commands, [page, ...others]] of pagesByCommands) {
      await test.step([page, ...others].join(" and "), async () => {
        const name = `hosted_${pages.indexOf(page!)}`;
        await admin.unsafe(`create database ${name} template ${templates.empty} owner postgres`);
        await deploy(commands, server.port, name);
      });
    }
  } finally {
    await admin.end();
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs a page's commands, and expects what a deployment leaves behind. */
async function deploy(commands: string, port: number, database: string): Promise<void> {
  await using api = new ManagementApi();
  await using checkout = await makeCheckout();
  const url =
    `postgresql://postgres:${databasePassword}@127.0.0.1:${port}/${database}?sslmode=disable`;
  const unset = /secrets unset (.+)/.exec(commands)?.[1]?.split(" ") ?? [];
  const script = commands
    .replace(/(npx supabase@\S+ login)$/m, `$1 <<<'${accessToken}'`)
    .replace(/ --remote$/m, ` --remote='${url}'`);
  const { code, stdout, stderr } = await runCommand(
    "bash",
    ["-euc", `cd '${checkout.root}'\n${script}`],
    {
      ...npxEnvironment(),
      HOME: checkout.home,
      SUPABASE_PROFILE: await api.writeProfile(checkout.home),
      // Answers the question that a reader gets.
      SUPABASE_YES: "1",
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
      NO_PROXY: "127.0.0.1,localhost",
    },
  );
  expect({ commands, code, output: code === 0 ? "" : stdout + stderr })
    .toEqual({ commands, code: 0, output: "" });
  expect(Deno.readTextFileSync(join(checkout.root, "supabase/.temp/project-ref"))).toBe(projectRef);
  expect([...api.deployed.keys()].sort()).toEqual([
    "anthropic",
    "chat",
    "manage-bedrock-models",
    "openai",
  ]);
  expect(api.requests).toContain("POST /secrets");
  if (unset.length === 0) {
    expect(api.secrets.get("AWS_BEARER_TOKEN_BEDROCK")).toBe("a key of a test");
  } else {
    expect(api.requests).toContain("DELETE /secrets");
    const credentials = /^AWS_(?!ENDPOINT_URL)/;
    expect([...api.secrets.keys()].filter((name) => credentials.test(name))).toEqual([]);
  }
  await expectInstalled(port, database);
}

/** Expects every migration, the first rows, and nothing of the seed. */
async function expectInstalled(port: number, database: string): Promise<void> {
  const sql = connect({ port, database });
  try {
    const migrations = [...Deno.readDirSync(migrationsDir)].length;
    const [found] = await sql`
      select (select count(*)::int from supabase_migrations.schema_migrations) as migrations,
        (select count(*)::int from public.bedrock_models where is_default) as defaults,
        (select count(*)::int from auth.users) as users`;
    expect(found).toEqual({ migrations, defaults: 1, users: 0 });
  } finally {
    await sql.end();
  }
}
