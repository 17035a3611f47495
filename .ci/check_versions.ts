/**
 * Checks that each function, and the console, maps a package to the version that the project maps
 * it to, so that the tests run what is deployed, and that every version is exact.
 */
const exact = /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?(\/[\w./-]+)?$/;

const root = readImports("deno.json");
const functions = [...Deno.readDirSync("supabase/functions")]
  .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("_"))
  .map(({ name }) => `supabase/functions/${name}/deno.json`);
if (functions.length === 0) throw new Error("There is no function in supabase/functions.");

// The benchmark's baselines are nothing of ours; what they share with us must be the same all the same.
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
for (const finding of findings) console.error(finding);
Deno.exit(findings.length === 0 ? 0 : 1);

function readImports(path: string): Record<string, string> {
  return JSON.parse(Deno.readTextFileSync(path)).imports;
}
