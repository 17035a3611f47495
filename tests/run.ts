/**
 * Runs every test: those of modules and of the database under this Deno, those of the functions
 * again under the hosted runtime's, and those of the whole stack with the functions under one of
 * the two, or under either. Sets run side by side, each on a server or stack of its own.
 *
 * What the tests find in their environment, besides nothing of AWS or of another project:
 * - `TEST_DATABASE_PORT`: the server for tests/supabase/migrations, see support/test_database.ts
 * - `TEST_STACK`: the stack for the files that import support/test_stack.ts
 */
import { parseArgs } from "node:util";
import { findChromium } from "./support/chromium.ts";
import { missingPrograms } from "./support/missing_programs.ts";
import { makeRunFolder } from "./support/run_folder.ts";
import { runSet } from "./support/run_set.ts";
import { sideBySide } from "./support/side_by_side.ts";
import type { TestOutcome } from "./support/run_tests.ts";
import { addCounts } from "./support/test_counts.ts";
import { needsBrowser, runsWhereNamed, testFiles } from "./support/test_files.ts";
import { type TestSet, testSets } from "./support/test_set.ts";

const usage = `Runs the tests.

  deno task test [--filter <name>] [<path> …]

  <path>           only test files whose path contains it, such as migrations or chat;
                   with_promptfoo, which downloads 1.6 GB, runs only where it is named
  --filter <name>  only tests whose name contains it, or matches /it/

Types are not checked: deno task check does that. The last line is "N passed, N failed". Nothing is
left running.`;

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
  positionals.length === 0 ? !runsWhereNamed(file) : positionals.some((text) => file.includes(text))
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
const interruption = new AbortController();
const { signal } = interruption;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => interruption.abort(new Error("The run was interrupted.")));
}

const folder = await makeRunFolder();
// What this process unpacks and keeps, the tests find there, and it goes with the run.
Deno.env.set("TMPDIR", folder.path);
if (files.some(needsBrowser)) {
  await findChromium().catch((error: Error) =>
    console.error(`${error.message}\nThe tests of the console's pages will fail.`)
  );
}

// The hosted runtime's Deno trusts a list of its own, so behind a proxy that signs with the
// machine's authority it could download nothing.
if (!Deno.env.get("DENO_TLS_CA_STORE")) Deno.env.set("DENO_TLS_CA_STORE", "system,mozilla");

const sets = testSets(files);
const common = {
  filter: values.filter,
  folder: folder.path,
  signal,
  alone: sets.length === 1,
  show: (text: string) => console.log(text.trimEnd()),
};
/** Runs a set and says how it went; a set that cannot run is a failure. */
const run = async (set: TestSet): Promise<TestOutcome> => {
  const startedAt = performance.now();
  let outcome: TestOutcome = {
    passed: 0,
    failed: 1,
    failures: ["The set did not run to its end."],
  };
  try {
    signal.throwIfAborted();
    outcome = await runSet(set, common);
  } catch (error) {
    if (!signal.aborted) console.error(error);
  }
  const { passed, failed, failures } = outcome;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`== ${set.title}: ${passed} passed, ${failed} failed (${seconds} s)`);
  return { passed, failed, failures: failures.map((failure) => `${set.title}: ${failure}`) };
};
// One more than there are cores: each set waits at times, for the clock or for another process.
const lanes = Math.max(2, navigator.hardwareConcurrency) + 1;
const outcomes = await sideBySide(lanes, sets.map((set) => () => run(set)));
await folder.remove();
const failures = outcomes.flatMap(({ failures }) => failures);
if (failures.length > 0) console.log(["", "Failed:", ...failures].join("\n"));
const { passed, failed } = addCounts(outcomes);
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
