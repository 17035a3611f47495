/** Makes the console's files: one page, one script, one style sheet. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { leaveOutStorage } from "./leave_out_storage.ts";
import { renderPage } from "./render_page.ts";
import { resolvePackages } from "./resolve_packages.ts";

/** Files by their name. All lie in one folder and name each other by relative paths. */
export type SiteFiles = ReadonlyMap<string, Uint8Array>;

const root = new URL("../", import.meta.url);

/**
 * Bundles the console. Nothing is written, and nothing is left running.
 *
 * @throws {Error} with esbuild's findings, if a source has a mistake in it
 */
export async function bundleSite(): Promise<SiteFiles> {
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: { console: fileURLToPath(new URL("src/main.tsx", root)) },
      outdir: fileURLToPath(new URL("dist/", root)),
      bundle: true,
      write: false,
      minify: true,
      format: "esm",
      platform: "browser",
      target: ["chrome120", "firefox121", "safari17"],
      jsx: "automatic",
      jsxImportSource: "preact",
      entryNames: "[name]-[hash]",
      legalComments: "eof",
      logLevel: "silent",
      // The project's own settings are for Deno.
      tsconfigRaw: {},
      plugins: [leaveOutStorage, resolvePackages],
    });
    const files = new Map(
      outputFiles.map(({ path, contents }) => [basename(path), contents]),
    );
    return files.set(
      "index.html",
      new TextEncoder().encode(renderPage([...files.keys()])),
    );
  } finally {
    await esbuild.stop();
  }
}
