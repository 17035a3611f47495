/** The stack that end-to-end tests share; started by tests/run.ts. */
import type { ProjectKeys } from "../../local/keys.ts";

export interface TestStack {
  readonly apiUrl: string;
  readonly dbUrl: string;
  readonly bedrockUrl: string;
  readonly consoleUrl: string;
  readonly keys: ProjectKeys;
  /** What a further process of a function needs of its environment. */
  readonly functionsEnv: Readonly<Record<string, string>>;
  /** Path of the Deno that runs the functions; undefined: this one. */
  readonly functionsDeno?: string;
}

/** The variable by which tests learn of the stack, as JSON. */
export const testStackVariable = "TEST_STACK";

/** @throws {Error} when the tests are not run by `deno task test`. */
export function testStack(): TestStack {
  const text = Deno.env.get(testStackVariable);
  if (!text) {
    throw new Error(
      "These tests need a running stack: run them with `deno task test`.",
    );
  }
  return JSON.parse(text);
}
