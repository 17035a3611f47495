// deno-lint-ignore no-control-regex -- terminal colours begin with the escape character
const colours = /\x1b\[[0-9;]*m/g;

/** Of an error's text: enough for its message, a difference and its place. */
const linesOfError = 20;

/**
 * The failed tests of a run of `deno test`, as it lists them at its end, `name => file:line`; below
 * it the beginning of each one's error, indented.
 */
export function readTestFailures(output: string): string[] {
  const lines = output.replaceAll(colours, "").split("\n");
  const title = lines.lastIndexOf(" FAILURES ");
  if (title < 0) return [];
  const list = lines.slice(title + 2);
  const failed = list.slice(0, list.indexOf(""));
  const errors = lines.slice(lines.lastIndexOf(" ERRORS ", title) + 1, title);
  return failed.map((failure) => {
    const at = errors.indexOf(failure);
    const error = at < 0 ? [] : errors.slice(at + 1);
    const next = error.findIndex((line) => failed.includes(line));
    const told = error.slice(0, next < 0 ? undefined : next).filter((line) => line !== "");
    return [failure, ...told.slice(0, linesOfError).map((line) => `  ${line}`)].join("\n");
  });
}
