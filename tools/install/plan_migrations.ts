/** Where the switchboard's migrations go among a project's own. */
import type { HostProject } from "./host_project.ts";
import { hashOf } from "./manifest.ts";
import type { Parts } from "./parts.ts";
import { stampsAfter } from "./stamps.ts";

export interface PlacedMigrations {
  /** The version that each migration has in the project, by name. */
  readonly versions: Record<string, string>;
  /** Their files, by path, in their order. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Installed migrations keep their versions; new ones come after all others. */
export async function placeMigrations(
  host: HostProject,
  migrations: Parts["migrations"],
  now: Date,
): Promise<PlacedMigrations> {
  const versions: Record<string, string> = { ...host.manifest?.migrations };
  for (const { name, content } of migrations) {
    const copied = await versionOfCopy(host, name, await hashOf(content));
    if (copied !== undefined) versions[name] ??= copied;
  }
  const added = migrations.filter(({ name }) => versions[name] === undefined);
  const others = [...host.migrations.map(({ version }) => version), ...Object.values(versions)];
  const stamps = stampsAfter(others, added.length, now);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const { name, content } of migrations) {
    const version = versions[name] ?? stamps.shift();
    if (version === undefined) throw new Error(`The migration ${name} got no version.`);
    versions[name] = version;
    files.set(`supabase/migrations/${version}_${name}.sql`, content);
  }
  return { versions, files };
}

/** The version of a migration that was copied by hand. */
async function versionOfCopy(
  host: HostProject,
  name: string,
  wanted: string,
): Promise<string | undefined> {
  for (const { file, version, name: itsName } of host.migrations) {
    if (itsName !== name) continue;
    if (await host.hashOf(`supabase/migrations/${file}`) === wanted) return version;
  }
}
