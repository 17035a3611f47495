// deno-lint-ignore no-control-regex -- terminal colours begin with the escape character
const colours = /\x1b\[[0-9;]*m/g;

/** The failed tests of a run of `deno test`, as it lists them at its end: `name => file:line`. */
export function readTestFailures(output: string): string[] {
  const lines = output.replaceAll(colours, "").split("\n");
  const title = lines.lastIndexOf(" FAILURES ");
  if (title < 0) return [];
  const list = lines.slice(title + 2);
  return list.slice(0, list.indexOf(""));
}
