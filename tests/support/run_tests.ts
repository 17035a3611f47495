import { projectRoot } from "../../local/config.ts";
import { readTestCounts, type TestCounts } from "./test_counts.ts";

/** One run of `deno test`. */
export interface TestRun {
  readonly deno: string;
  /** Options of `deno test`, before the files. */
  readonly options: readonly string[];
  /** Relative to the project. */
  readonly files: readonly string[];
  /** Where the tests keep what they write. */
  readonly folder: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Variables that point the project at something outside: no test may see those of the caller. */
const outside = /^(AWS|BEDROCK|SUPABASE|SWITCHBOARD)_/;

/** Runs tests with all permissions, shows what they print, and counts them. */
export async function runTests(run: TestRun): Promise<TestCounts> {
  const environment = Object.entries(Deno.env.toObject()).filter(([name]) => !outside.test(name));
  const child = new Deno.Command(run.deno, {
    args: ["test", "--allow-all", ...run.options, ...run.files],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...Object.fromEntries(environment), TMPDIR: run.folder, ...run.env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: run.signal,
  }).spawn();

  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  const { success } = await child.status;
  run.signal.throwIfAborted();
  return readTestCounts(output, success);
}
