/**
 * Deploys the functions with the Supabase CLI to a stand-in for the Management API, on this
 * machine, and checks what the CLI uploads: for each function its deno.json, its deno.lock and the
 * modules that its index.ts imports, and nothing else - no test, no fixture, no `.env`.
 */
import { fileURLToPath } from "node:url";
import { accessToken, ManagementApi, projectRef } from "../tests/support/management_api.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = [...Deno.readDirSync(`${root}/supabase/functions`)]
  .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("_"))
  .map(({ name }) => name).sort();
const { uploads, output, succeeded } = await deploy();

const findings: string[] = [];
if (!succeeded) findings.push("The deployment failed.");
for (const line of output.split("\n")) {
  if (line.includes("WARN")) findings.push(`The CLI warns: ${line.trim()}`);
}
expectEqual("The deployed functions", [...uploads.keys()].sort(), names);
for (const [name, { files, metadata }] of uploads) {
  expectEqual(`The files of ${name}`, files.sort(), await expectedFiles(name));
  for (const file of files) {
    if (/(_test\.|\.test\.|\/tests?\/|\/fixtures\/|\.env)/.test(file)) {
      findings.push(`${name} uploads ${file}.`);
    }
  }
  expectEqual(`The settings of ${name}`, {
    entrypoint: metadata.entrypoint_path,
    imports: metadata.import_map_path,
    static: metadata.static_patterns,
    verify_jwt: metadata.verify_jwt,
  }, {
    entrypoint: `supabase/functions/${name}/index.ts`,
    imports: `supabase/functions/${name}/deno.json`,
    // The CLI uploads no lock file by itself.
    static: [`supabase/functions/${name}/deno.lock`],
    verify_jwt: false,
  });
}
if (findings.length > 0) console.error(`${output}\n${findings.join("\n")}`);
else console.log(`${names.join(" and ")} upload their modules and nothing else.`);
Deno.exit(findings.length === 0 ? 0 : 1);

/** Runs the CLI's own bundling and uploading; nothing leaves this machine. */
async function deploy() {
  await using api = new ManagementApi();
  const folder = await Deno.makeTempDir();
  try {
    const { success, stdout, stderr } = await new Deno.Command("npx", {
      args: [
        ...["-y", "supabase@3.1.0", "functions", "deploy", "--use-api", "--yes"],
        ...[`--remote=${projectRef}`, "--profile", await api.writeProfile(folder)],
      ],
      cwd: root,
      env: { SUPABASE_ACCESS_TOKEN: accessToken, DO_NOT_TRACK: "1", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    const output = text.decode(stdout) + text.decode(stderr);
    return { uploads: api.deployed, succeeded: success, output };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The function's deno.json and deno.lock, and the files that Deno finds to be part of it. */
async function expectedFiles(name: string): Promise<string[]> {
  const folder = `supabase/functions/${name}`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", "--config", `${folder}/deno.json`, `${folder}/index.ts`],
    cwd: root,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string }[];
  };
  const files = modules.map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith("file:"))
    .map((specifier) => fileURLToPath(specifier).slice(root.length));
  return [`${folder}/deno.json`, `${folder}/deno.lock`, ...files].sort();
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value, null, 2));
  if (found !== wanted) findings.push(`${what} are ${found}, but should be ${wanted}.`);
}
