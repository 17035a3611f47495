import { databasePortVariable, startDatabaseServer } from "./database_server.ts";
import { hostedDeno } from "./hosted_deno.ts";
import { runTests, type TestOutcome } from "./run_tests.ts";
import type { TestSet } from "./test_set.ts";
import { type TestStack, testStackVariable } from "./test_stack.ts";

/** What the sets of a run have in common. */
export interface SetOptions {
  /** Only tests whose name contains it, or matches `/it/`. */
  readonly filter: string | undefined;
  /** Where the tests keep what they write. */
  readonly folder: string;
  /** Gets what a test prints, or each line if the set runs alone. */
  readonly show: (block: string) => void;
  /** Nothing runs beside the set. */
  readonly alone: boolean;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Runs a set, on a server or stack of its own if it needs one. */
export async function runSet(set: TestSet, options: SetOptions): Promise<TestOutcome> {
  switch (set.needs) {
    case "nothing":
      return await runFiles(set, options);
    case "database":
      return await withServer(set, options);
    case "stack":
      return await withStack(set, options);
    default:
      return set.needs satisfies never;
  }
}

async function runFiles(
  set: TestSet,
  { filter, ...options }: SetOptions,
  env?: Readonly<Record<string, string>>,
): Promise<TestOutcome> {
  const { title, files, needs } = set;
  // The tests of a stack run here; its functions run on the Deno of the set.
  const onHosted = set.deno === "hosted" && needs === "nothing";
  const filters = filter === undefined ? [] : ["--filter", filter];
  return await runTests({
    ...options,
    title,
    files,
    env,
    deno: onHosted ? await hostedDeno() : Deno.execPath(),
    // Deno 2.1 looks for leaks by itself, and knows no such options; it cannot read our lock file.
    options: [
      ...filters,
      ...(onHosted ? ["--no-lock"] : ["--sanitize-ops", "--sanitize-resources"]),
    ],
  });
}

async function withServer(set: TestSet, options: SetOptions): Promise<TestOutcome> {
  const server = await startDatabaseServer(options.folder);
  try {
    return await runFiles(set, options, { [databasePortVariable]: String(server.port) });
  } finally {
    await server.stop();
  }
}

async function withStack(set: TestSet, options: SetOptions): Promise<TestOutcome> {
  const stateDir = await Deno.makeTempDir({ dir: options.folder, prefix: "stack-" });
  // Root runs PostgreSQL as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  // Loaded when it is needed: all that the stack is made of takes longer than most modules' tests.
  const { startStack } = await import("../../local/stack.ts");
  const functionsDeno = set.deno === "hosted" ? await hostedDeno() : undefined;
  const stack = await startStack({
    stateDir,
    functionsDeno,
    durable: false,
    // Waits between tries are short, so that tests are.
    env: { BEDROCK_RETRY_BASE_MS: "1" },
    signal: options.signal,
  });
  try {
    const { apiUrl, dbUrl, bedrockUrl, consoleUrl, keys, functionsEnv } = stack;
    const shared: TestStack = {
      apiUrl,
      dbUrl,
      bedrockUrl,
      consoleUrl,
      keys,
      functionsEnv,
      ...(functionsDeno !== undefined && { functionsDeno }),
    };
    return await runFiles(set, options, { [testStackVariable]: JSON.stringify(shared) });
  } finally {
    await stack.stop();
  }
}
