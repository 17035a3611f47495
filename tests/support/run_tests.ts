import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../local/config.ts";
import { TestBlocks } from "./test_blocks.ts";
import { readTestCounts, type TestCounts } from "./test_counts.ts";
import { readTestFailures } from "./test_failures.ts";

/** One run of `deno test`. */
export interface TestRun {
  /** Named with each test. */
  readonly title: string;
  readonly deno: string;
  /** Options of `deno test`, before the files. */
  readonly options: readonly string[];
  /** Relative to the project. */
  readonly files: readonly string[];
  /** Where the tests keep what they write. */
  readonly folder: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Gets what a test prints, or each line if nothing runs beside. */
  readonly show: (block: string) => void;
  readonly alone: boolean;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

export interface TestOutcome extends TestCounts {
  /** Names, places and errors of the tests that failed, as far as they were told. */
  readonly failures: readonly string[];
}

/** Variables that point the project at something outside: no test may see those of the caller. */
const outside = /^(AWS|BEDROCK|SUPABASE|SWITCHBOARD)_/;

/**
 * Runs tests with all permissions, shows what they print, and counts them. Their types are checked
 * by `deno task check`, once for all runs. All files are loaded into one isolate: with one for each
 * file, loading the same packages again took longer than most files' tests.
 */
export async function runTests(run: TestRun): Promise<TestOutcome> {
  const environment = Object.entries(Deno.env.toObject()).filter(([name]) => !outside.test(name));
  const entry = join(await Deno.makeTempDir({ dir: run.folder }), "all.ts");
  const imports = run.files.map((file) => `import "${pathToFileURL(join(projectRoot, file))}";\n`);
  await Deno.writeTextFile(entry, imports.join(""));
  const child = new Deno.Command(run.deno, {
    args: [
      ...["test", "--allow-all", "--no-check", "--config", join(projectRoot, "deno.json")],
      ...[...run.options, entry],
    ],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...Object.fromEntries(environment), TMPDIR: run.folder, ...run.env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: run.signal,
  }).spawn();

  const blocks = new TestBlocks({ set: run.title, show: run.show, alone: run.alone });
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    blocks.take(text);
    output += text;
  }
  blocks.end();
  const { success } = await child.status;
  run.signal.throwIfAborted();
  return { ...readTestCounts(output, success), failures: readTestFailures(output) };
}
