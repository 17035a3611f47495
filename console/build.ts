/** `deno task console:build`: writes the console's files, for any host of static files. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleSite } from "./bundle/bundle_site.ts";
import { configName, readBuildConfig, writeConfig } from "./bundle/console_config.ts";

const usage = `Builds the operators' console.

  deno task console:build [--out <folder>]

  --out <folder>  where the files go; console/dist

SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY say which project it is for. They end up in ${configName},
which can be edited afterwards: the other files are the same for every project.`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args,
      options: {
        out: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      console.log(usage);
      return 0;
    }
    const config = readBuildConfig((name) => Deno.env.get(name));
    const dir = resolve(
      values.out ?? fileURLToPath(new URL("dist", import.meta.url)),
    );
    await build(dir, writeConfig(config));
    console.log(
      `Wrote ${dir}. ${configName} there names ${config.supabaseUrl}.`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) {
      throw error;
    }
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
}

/** Writes all files; bundles of earlier builds go, and nothing else that is there. */
async function build(dir: string, config: string): Promise<void> {
  const files = await bundleSite();
  await Deno.mkdir(dir, { recursive: true });
  for (const { name } of [...Deno.readDirSync(dir)]) {
    if (/^console-[A-Z0-9]{8}\.(js|css)$/.test(name)) {
      await Deno.remove(join(dir, name));
    }
  }
  for (const [name, content] of files) {
    await Deno.writeFile(join(dir, name), content);
  }
  await Deno.writeTextFile(join(dir, configName), config);
}
