import { join } from "node:path";
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
  /** Why a file cannot be written or removed; undefined if it can. */
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
    obstacleTo: (path) => findObstacle(root, path),
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

/** What is in the place of a file or of one of its folders, from the root of the checkout on. */
function findObstacle(root: string, path: string): string | undefined {
  const names = path.split("/");
  for (let depth = 1; depth <= names.length; depth++) {
    const place = names.slice(0, depth).join("/");
    const found = stat(join(root, place), Deno.lstatSync);
    if (found === undefined) return undefined;
    const wanted = depth < names.length ? "folder" : "file";
    if (found.isSymlink) {
      return `The project has a symbolic link ${place} where a ${wanted} belongs, and nothing is ` +
        `written through links. Put a ${wanted} in its place.`;
    }
    if (found.isDirectory && wanted === "file") {
      return `The project has a folder ${place} where a file belongs. Rename it.`;
    }
    if (!found.isDirectory && wanted === "folder") {
      return `The project has a file ${place} where a folder belongs. Rename it.`;
    }
  }
}

function stat(path: string, read = Deno.statSync): Deno.FileInfo | undefined {
  try {
    return read(path);
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
