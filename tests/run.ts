/**
 * Runs every test: those of modules and of the database under this Deno, those of the functions
 * again under the hosted runtime's, and those of the whole stack with the functions under either.
 *
 * What the tests find in their environment, besides nothing of AWS or of another project:
 * - `TEST_DATABASE_PORT`: the server for tests/supabase/migrations, see support/test_database.ts
 * - `TEST_STACK`: the stack for the files that import support/test_stack.ts
 */
import { parseArgs } from "node:util";
import { startStack } from "../local/stack.ts";
import { databasePortVariable, startDatabaseServer } from "./support/database_server.ts";
import { findChromium } from "./support/chromium.ts";
import { hostedDeno, hostedDenoVersion } from "./support/hosted_deno.ts";
import { makeRunFolder } from "./support/run_folder.ts";
import { missingPrograms } from "./support/missing_programs.ts";
import { runTests } from "./support/run_tests.ts";
import { addCounts, type TestCounts } from "./support/test_counts.ts";
import { type TestStack, testStackVariable } from "./support/test_stack.ts";

const usage = `Runs the tests.

  deno task test [--filter <name>] [<path> …]

  <path>           only test files whose path contains it, such as migrations or chat
  --filter <name>  only tests whose name contains it, or matches /it/

The last line is "N passed, N failed". Nothing is left running.`;

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { filter: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(usage);
  Deno.exit(0);
}

const files = testFiles("tests").filter((file) =>
  positionals.length === 0 || positionals.some((text) => file.includes(text))
);
if (files.length === 0) {
  console.error(`No test file's path contains ${positionals.join(" or ")}.`);
  Deno.exit(1);
}
const missing = await missingPrograms(["bash", "curl", "jq"]);
if (missing.length > 0) {
  console.error(
    `The operator's command and the IAM script need ${missing.join(" and ")}, which this machine ` +
      "lacks: their tests will fail. Install what is missing for a full run.",
  );
}
if (files.some((file) => file.includes("/console_"))) {
  await findChromium().catch((error: Error) =>
    console.error(`${error.message}\nThe tests of the console's pages will fail.`)
  );
}
const within = (folder: string) => files.filter((file) => file.startsWith(`tests/${folder}/`));
const endToEnd = files.filter((file) =>
  Deno.readTextFileSync(new URL(`../${file}`, import.meta.url)).includes("support/test_stack.ts")
);
// What a browser shows does not depend on the Deno of the functions; their own tests run on both.
const withoutBrowser = endToEnd.filter((file) => !file.includes("/console_"));
const functions = within("supabase/functions");
const others = files.filter((file) => !endToEnd.includes(file));

const filter = values.filter === undefined ? [] : ["--filter", values.filter];
// Deno 2.1 looks for leaks by itself, and knows no such options.
const options = [...filter, "--sanitize-ops", "--sanitize-resources"];
// The hosted runtime's TypeScript is older too; the types of what it runs are checked by
// `deno check` under it, with the functions' own configuration. Nor does it read our lock file.
const hostedOptions = [...filter, "--no-check", "--no-lock"];

// The hosted runtime's Deno trusts a list of its own, so behind a proxy that signs with the
// machine's authority it could download nothing.
if (!Deno.env.get("DENO_TLS_CA_STORE")) Deno.env.set("DENO_TLS_CA_STORE", "system,mozilla");

const interruption = new AbortController();
const { signal } = interruption;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => interruption.abort(new Error("The run was interrupted.")));
}

const folder = await makeRunFolder();
const here = { deno: Deno.execPath(), options, folder: folder.path, signal };
const runs: [title: string, files: string[], run: () => Promise<TestCounts>][] = [
  [`Modules and database, Deno ${Deno.version.deno}`, others, runModulesAndDatabase],
  [`Functions, Deno ${hostedDenoVersion}`, functions, async () => {
    const deno = await hostedDeno();
    return await runTests({ ...here, deno, options: hostedOptions, files: functions });
  }],
  [`End to end, functions on Deno ${Deno.version.deno}`, endToEnd, () => runEndToEnd(endToEnd)],
  [`End to end, functions on Deno ${hostedDenoVersion}`, withoutBrowser, async () => {
    return await runEndToEnd(withoutBrowser, await hostedDeno());
  }],
];

const counts: TestCounts[] = [];
for (const [title, { length }, run] of runs) {
  if (length === 0) continue;
  console.log(`\n${title} (${length} files)`);
  try {
    counts.push(await run());
  } catch (error) {
    console.error(error);
    counts.push({ passed: 0, failed: 1 });
    if (signal.aborted) break;
  }
}
await folder.remove();
const { passed, failed } = addCounts(counts);
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);

async function runModulesAndDatabase(): Promise<TestCounts> {
  const needsServer = within("supabase/migrations").length > 0;
  const server = needsServer ? await startDatabaseServer(folder.path) : undefined;
  try {
    const env = server && { [databasePortVariable]: String(server.port) };
    return await runTests({ ...here, files: others, env });
  } finally {
    await server?.stop();
  }
}

async function runEndToEnd(files: string[], functionsDeno?: string): Promise<TestCounts> {
  const stateDir = await Deno.makeTempDir({ dir: folder.path, prefix: "stack-" });
  // Root runs PostgreSQL as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  const stack = await startStack({ stateDir, functionsDeno, signal });
  try {
    const { apiUrl, dbUrl, bedrockUrl, consoleUrl, keys, functionsEnv } = stack;
    const shared: TestStack = {
      ...{ apiUrl, dbUrl, bedrockUrl, consoleUrl, keys, functionsEnv },
      ...(functionsDeno !== undefined && { functionsDeno }),
    };
    const env = { [testStackVariable]: JSON.stringify(shared) };
    return await runTests({ ...here, files, env });
  } finally {
    await stack.stop();
  }
}

/** Paths of the test files in a folder, relative to the project, in order. */
function testFiles(folder: string): string[] {
  const url = new URL(`../${folder}/`, import.meta.url);
  return [...Deno.readDirSync(url)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return testFiles(`${folder}/${name}`);
    return name.endsWith("_test.ts") ? [`${folder}/${name}`] : [];
  }).sort();
}
