/** What the switchboard consists of in another project: functions, migrations, settings. */
import { join } from "node:path";
import type { Geography } from "../../supabase/functions/_shared/registry/geography.ts";
import { readSections, renameSection, type Section } from "./config_sections.ts";
import { type FirstRows, type FunctionNames, renamable } from "./options.ts";
import { migrationsAmong } from "./stamps.ts";

/** What the operator chose when it was installed. */
export interface Choice {
  readonly names: FunctionNames;
  readonly data: FirstRows;
  readonly geographies: readonly Geography[];
}

export interface Parts {
  /** Files below `supabase/functions/`, by their path from the root of the project. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** In their order. */
  readonly migrations: readonly {
    readonly name: string;
    readonly content: Uint8Array<ArrayBuffer>;
  }[];
  readonly sections: readonly Section[];
}

/** The functions, and the folder that they share. */
const folders = ["_shared", "manage-bedrock-models", ...renamable];

/** Not what editors, systems and tools leave beside the sources. */
const isSource = (path: string) => /^([\w-][\w.-]*\/)*[\w-][\w.-]*\.(ts|json|lock)$/.test(path);

/** Reads the parts of this checkout, as the choice makes them. */
export async function readParts(root: string, choice: Choice): Promise<Parts> {
  const names: Readonly<Record<string, string>> = choice.names;
  const rename = (name: string) => names[name] ?? name;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const folder of folders) {
    for (const path of filesIn(join(root, "supabase", "functions", folder)).filter(isSource)) {
      const content = await Deno.readFile(join(root, "supabase", "functions", folder, path));
      files.set(`supabase/functions/${rename(folder)}/${path}`, content);
    }
  }
  const config = await Deno.readTextFile(join(root, "supabase", "config.toml"));
  const sections = readSections(config).filter(({ name }) => folders.includes(name))
    .map((section) => renameSection(section, rename(section.name)));
  return { files, migrations: await readMigrations(root, choice), sections };
}

async function readMigrations(root: string, choice: Choice): Promise<Parts["migrations"]> {
  const dir = join(root, "supabase", "migrations");
  return await Promise.all(
    migrationsAmong(Deno.readDirSync(dir)).map(async ({ file, name }) => {
      const text = await Deno.readTextFile(join(dir, file));
      const chosen = name === "insert_first_rows" ? chooseFirstRows(text, choice) : text;
      return { name, content: new TextEncoder().encode(chosen) };
    }),
  );
}

/** The migration of the first rows with another choice in it. */
export function chooseFirstRows(text: string, { data, geographies }: Choice): string {
  return setTo(
    setTo(text, "first_rows", "health", data),
    "first_geographies",
    "eu",
    geographies.join(","),
  );
}

function setTo(text: string, setting: string, standard: string, value: string): string {
  const call = (chosen: string) => `set_config('switchboard.${setting}', '${chosen}', true)`;
  if (text.split(call(standard)).length !== 2) {
    throw new Error(`The migration of the first rows was to say ${call(standard)} once.`);
  }
  return text.replace(call(standard), call(value));
}

/** Every file in a folder but settings and packages, as paths from it, sorted. */
export function filesIn(dir: string, prefix = ""): string[] {
  return [...Deno.readDirSync(join(dir, prefix))].flatMap(({ name, isDirectory }) => {
    if (name.startsWith(".env") || name === "node_modules") return [];
    return isDirectory ? filesIn(dir, `${prefix}${name}/`) : [`${prefix}${name}`];
  }).sort();
}
