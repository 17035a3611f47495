import { dirname, join } from "node:path";
import { ClientError } from "../../local/client/client_error.ts";
import { hashOf, type Manifest, manifestPath, parseManifest } from "./manifest.ts";
import { type MigrationFile, migrationsAmong } from "./stamps.ts";

/** Where the settings are, from the root of the checkout. */
export const configPath = "supabase/config.toml";

/** The checkout that is installed into. */
export interface HostProject {
  readonly root: string;
  readonly config: string;
  /** What was installed before; null if nothing was. */
  readonly manifest: Manifest | null;
  /** Whether no run has finished there yet. */
  readonly isNew: boolean;
  readonly migrations: readonly MigrationFile[];
  /** SHA-256 of a file; undefined if there is none. */
  hashOf(path: string): Promise<string | undefined>;
  /** Whether there is a file or a folder. */
  has(path: string): boolean;
  /** A folder in the place of a file, or a file in the place of one of its folders. */
  obstacleTo(path: string): string | undefined;
}

/** @throws {ClientError} if the folder is no checkout of a Supabase project */
export async function openHost(folder: string, ownRoot: string): Promise<HostProject> {
  const root = await Deno.realPath(folder).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ClientError(`There is no folder ${folder}.`);
  });
  if (!(await Deno.stat(root)).isDirectory) throw new ClientError(`${folder} is not a folder.`);
  if (root === await Deno.realPath(ownRoot)) {
    throw new ClientError(`${folder} is the switchboard's own checkout. Name another project's.`);
  }
  const config = await readIfThere(join(root, configPath));
  if (config === undefined) {
    throw new ClientError(
      `${folder} has no supabase/config.toml, so it is no checkout of a Supabase project. ` +
        "Make it one there with: npx supabase@3.1.0 init",
    );
  }
  const manifestFile = await readIfThere(join(root, manifestPath));
  const manifest = manifestFile === undefined
    ? null
    : parseManifest(decode(manifestFile, manifestPath));
  return {
    root,
    config: decode(config, configPath),
    manifest,
    isNew: manifest === null || manifest.first_run === true,
    migrations: migrationsIn(join(root, "supabase", "migrations")),
    hashOf: async (path) => {
      const content = await readIfThere(join(root, path));
      return content === undefined ? undefined : await hashOf(content);
    },
    has: (path) => stat(join(root, path)) !== undefined,
    obstacleTo: (path) => {
      if (stat(join(root, path))?.isDirectory) return `a folder ${path}`;
      for (let dir = dirname(path); dir !== "."; dir = dirname(dir)) {
        if (stat(join(root, dir))?.isFile) return `a file ${dir}`;
      }
    },
  };
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return await Deno.readFile(path).catch((error) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
}

function migrationsIn(dir: string): MigrationFile[] {
  return stat(dir) === undefined ? [] : migrationsAmong(Deno.readDirSync(dir));
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

const isAbsence = (error: unknown) =>
  [Deno.errors.NotFound, Deno.errors.NotADirectory, Deno.errors.IsADirectory]
    .some((kind) => error instanceof kind);

/** A byte order mark stays, so that the file can be written again as it was. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ClientError(`${path} is not UTF-8. Save it as UTF-8 and run the command again.`);
  }
}
