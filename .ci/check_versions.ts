/**
 * Checks that each function, and the console, maps a package to the version that the project maps
 * it to, so that the tests run what is deployed, that every version is exact, and that the lock
 * file of each function holds the same tree as the project's.
 */
import { functionFolders, lockTextOf } from "../tools/function_locks.ts";

const exact = /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?(\/[\w./-]+)?$/;

const root = readImports("deno.json");
const folders = functionFolders(".");
const functions = folders.map((folder) => `${folder}/deno.json`);
if (functions.length === 0) throw new Error("There is no function in supabase/functions.");

// The baselines have packages of their own; those that they share with us must be the same version.
const baselines = "bench/baselines/deno.json";

const findings = ["deno.json", "console/deno.json", ...functions, baselines].flatMap((path) =>
  Object.entries(readImports(path)).flatMap(([name, target]) => {
    if (!exact.test(target)) return [`${path} maps ${name} to ${target}, not to an exact version.`];
    if (target !== root[name] && !(path === baselines && root[name] === undefined)) {
      return [`${path} maps ${name} to ${target}, but deno.json to ${root[name] ?? "nothing"}.`];
    }
    return [];
  })
);
for (const folder of folders) {
  if (readText(`${folder}/deno.lock`) !== lockTextOf(".", folder)) {
    findings.push(`${folder}/deno.lock is not what deno.lock says: run deno task lock:functions.`);
  }
}
for (const finding of findings) console.error(finding);
Deno.exit(findings.length === 0 ? 0 : 1);

function readImports(path: string): Record<string, string> {
  return JSON.parse(Deno.readTextFileSync(path)).imports;
}

/** A file's text; empty where there is none. */
function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
