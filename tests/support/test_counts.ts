/** How many tests passed and failed. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

// deno-lint-ignore no-control-regex -- terminal colours begin with the escape character
const colours = /\x1b\[[0-9;]*m/g;
const summary =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;

/**
 * The counts of a run of `deno test`, from the last line that it prints. Nothing is taken for
 * success that is not: ignored tests count as failed, and so does a run that ended badly though
 * no test failed, or before it could say.
 */
export function readTestCounts(output: string, succeeded: boolean): TestCounts {
  const last = [...output.replaceAll(colours, "").matchAll(summary)].at(-1);
  if (last === undefined) return { passed: 0, failed: 1 };
  const [passed = 0, failed = 0, ignored = 0] = last.slice(1).map((text) => Number(text ?? 0));
  const refused = failed + ignored;
  return { passed, failed: refused === 0 && !succeeded ? 1 : refused };
}

/** The counts of several runs together. */
export function addCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce(
    (sum, { passed, failed }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
    }),
    { passed: 0, failed: 0 },
  );
}
