/** Made-up checkouts for the tests of `deno task install-into`. */
import { join } from "node:path";
import { projectRoot } from "../../../local/config.ts";
import { readOptions } from "../../../tools/install/options.ts";
import { filesIn } from "../../../tools/install/parts.ts";
import { installInto, type InstallResult } from "../../../tools/install_into.ts";
import { copyFolder, writeHostApp } from "../../support/host_app.ts";

export const now = new Date("2026-12-24T18:00:00Z");

export interface Checkouts {
  /** The made-up app's. */
  readonly app: string;
  /** A copy of the switchboard's, to be changed for an upgrade. */
  readonly own: string;
  /** Runs the command on them. */
  install(...options: string[]): Promise<InstallResult>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
}

/** Runs a test on fresh checkouts. */
export async function withCheckouts(test: (checkouts: Checkouts) => Promise<void>): Promise<void> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  const [app, own] = [join(dir, "app"), join(dir, "own")];
  try {
    await writeHostApp(app);
    for (const part of ["functions", "migrations"]) {
      await copyFolder(join(projectRoot, "supabase", part), join(own, "supabase", part));
    }
    await Deno.copyFile(
      join(projectRoot, "supabase", "config.toml"),
      join(own, "supabase", "config.toml"),
    );
    await test({
      app,
      own,
      install: async (...options) => await installInto(readOptions([app, ...options])!, own, now),
      read: async (path) => await Deno.readTextFile(join(app, path)),
      write: async (path, text) => {
        await Deno.mkdir(join(app, path, ".."), { recursive: true });
        await Deno.writeTextFile(join(app, path), text);
      },
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The text of every file of a checkout, by path. */
export function snapshot(dir: string): Record<string, string> {
  return Object.fromEntries(
    filesIn(dir).map((path) => [path, Deno.readTextFileSync(join(dir, path))]),
  );
}
