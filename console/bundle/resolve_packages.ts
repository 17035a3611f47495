/** Lets esbuild find packages where Deno keeps them, which has no `node_modules` folder. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { type Exports, resolveExport } from "./resolve_export.ts";

interface Manifest {
  readonly name?: string;
  readonly exports?: Exports;
  readonly module?: string;
  readonly main?: string;
}

/** An esbuild plugin that resolves every import that is no path. */
export const resolvePackages: Plugin = {
  name: "resolve-packages",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point") return undefined;
      return { path: resolvePackage(path, importer) };
    });
  },
};

/**
 * The file of a package that a browser's module loads.
 *
 * @param importer Path of the file that imports it, which decides the version.
 */
export function resolvePackage(specifier: string, importer: string): string {
  const [, name, rest = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier)!;
  // What a program outside of a browser would get; the right package and version, if not the file.
  const { dir, manifest } = findPackage(
    name!,
    resolveForNode(specifier, importer),
  );
  if (manifest.exports !== undefined) {
    return join(dir, resolveExport(manifest.exports, `.${rest}`));
  }
  return join(
    dir,
    rest === "" ? manifest.module ?? manifest.main ?? "index.js" : rest,
  );
}

function resolveForNode(specifier: string, importer: string): string {
  // The console's own packages are those of the project's deno.json, in which this file stands.
  const from = /[\\/]npm[\\/]|[\\/]node_modules[\\/]/.test(importer) ? importer : import.meta.url;
  return createRequire(from).resolve(specifier);
}

function findPackage(
  name: string,
  file: string,
): { dir: string; manifest: Manifest } {
  for (let dir = dirname(file); dir !== dirname(dir); dir = dirname(dir)) {
    const manifest = readManifest(join(dir, "package.json"));
    if (manifest?.name === name) return { dir, manifest };
  }
  throw new Error(`There is no package.json of ${name} above ${file}.`);
}

function readManifest(path: string): Manifest | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
