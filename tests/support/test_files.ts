/** Which test files there are, and what they need. Paths are relative to the project. */
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";

/** The test files in a folder, in order. */
export function testFiles(folder: string): string[] {
  return [...Deno.readDirSync(join(projectRoot, folder))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return testFiles(`${folder}/${name}`);
    return name.endsWith("_test.ts") ? [`${folder}/${name}`] : [];
  }).sort();
}

/**
 * Whether a file's tests download so much that a run of all tests leaves them out: they run where
 * their file is named, as `.ci/run` does.
 */
export function runsWhereNamed(file: string): boolean {
  return file.endsWith("_with_promptfoo_test.ts");
}

/** Whether a file's tests run on the stack that the run starts. */
export function needsStack(file: string): boolean {
  return Deno.readTextFileSync(join(projectRoot, file)).includes("support/test_stack.ts");
}

/** Whether a file's tests drive a browser. */
export function needsBrowser(file: string): boolean {
  return file.includes("/console_");
}

/**
 * Whether a file's tests run with the functions on either Deno: what turns, streams, switches,
 * actions and the clients of the dialects do. All others run once, on the Deno that serves users.
 */
export function runsOnBothDenos(file: string): boolean {
  return /\/(?:chat|chat_stream|calls|switch|dialect_switch|manage_bedrock_models|(?:openai|anthropic)_\w+)_test\.ts$/
    .test(file);
}

/**
 * Whether a file's tests run a program or a page that calls the functions; these are on the current
 * Deno then, as in `deno task dev`.
 */
export function runsClient(file: string): boolean {
  const client = /support\/(?:asked|page_program|run_command)\.ts|local\/(?:demo|sql)\.ts/;
  return needsBrowser(file) || client.test(Deno.readTextFileSync(join(projectRoot, file)));
}
