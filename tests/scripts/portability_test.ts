/**
 * The embedded stack and the operators' commands assume nothing that only Linux has: what macOS
 * lacks cannot be tried here, so its known traps are looked for in the sources.
 */
import { expect } from "@std/expect";
import { filesBelow, readSource } from "../support/source_files.ts";
import { printedBlocks } from "../support/printed_commands.ts";

/** What bash 3.2 and the BSD programs of macOS do not know. */
const traps: Readonly<Record<string, RegExp>> = {
  "bash 4 builtins": /\b(?:mapfile|readarray|coproc)\b/,
  "associative arrays": /\b(?:declare|local|typeset) -[a-z]*A/,
  "case changes": /\$\{\w+(?:\^\^?|,,?)\}/,
  "&>>": /&>>/,
  "readlink -f": /\breadlink -f\b/,
  "sed -i without a suffix": /\bsed (?:-\w+ )*-i (?!'')/,
  "sed -r": /\bsed -\w*r\b/,
  "date -d": /\bdate (?:-u )?(?:-d|--date)\b/,
  "stat -c": /\bstat (?:-c|--format)\b/,
  "grep -P": /\bgrep -\w*P/,
  "base64 -w": /\bbase64 -w/,
  "mktemp with long options": /\bmktemp --/,
  "sort -V": /\bsort -\w*V/,
  "GNU programs": /(?:^|[|;&(]\s*)(?:timeout|setsid|setpriv|tac|nproc|realpath|flock) /m,
};

/** A trap's name, where the shell code falls into it. */
function trapsIn(source: string): string[] {
  const code = source.replaceAll(/^\s*#.*$/gm, "");
  return Object.entries(traps).filter(([, trap]) => trap.test(code)).map(([name]) => name);
}

Deno.test("the shell scripts for operators run on macOS's bash and programs, as far as is known", () => {
  const scripts = filesBelow().filter((path) => path.endsWith(".sh") && !path.startsWith(".ci/"));
  expect(scripts).toContain("scripts/switch-bedrock-model.sh");
  for (const path of scripts) {
    expect({ path, traps: trapsIn(readSource(path)) }).toEqual({ path, traps: [] });
  }
});

Deno.test("the printed commands run on macOS's bash and programs, as far as is known", () => {
  for (const { page, line, text } of printedBlocks()) {
    expect({ page, line, traps: trapsIn(text) }).toEqual({ page, line, traps: [] });
  }
});

Deno.test("trapsIn() finds what macOS does not know", () => {
  const source = "mapfile -t x\nsed -i s/a/b/ f\ncat f | timeout 5 sort -V\n# readlink -f\n";
  expect(trapsIn(source))
    .toEqual(["bash 4 builtins", "sed -i without a suffix", "sort -V", "GNU programs"]);
});

Deno.test("the embedded stack reads /proc on Linux only", () => {
  const readers = ["local", "stand-in", "console", "tools", "supabase/functions"]
    .flatMap((folder) => filesBelow(folder))
    .filter((path) => path.endsWith(".ts") && readSource(path).includes("/proc/"));
  expect(readers).toEqual(["local/processes.ts"]);
  expect(readSource("local/processes.ts"))
    .toMatch(/if \(Deno\.build\.os === "linux"\) \{\n.*`\/proc\//);
});
