import { expect } from "@std/expect";

const program = "setup-bedrock-permissions.sh: ";

/** Expects one line on stderr, and returns it without the program's name. */
export function onlyLine({ stderr }: { stderr: string }): string {
  const [line = "", ...rest] = stderr.split("\n");
  expect(rest).toEqual([""]);
  expect(line.startsWith(program)).toBe(true);
  return line.slice(program.length);
}
