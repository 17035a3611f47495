/** Compares a project with what the switchboard wants there, before anything is written. */
import { join } from "node:path";
import { type MergedConfig, mergeSections } from "./config_sections.ts";
import { configPath, type HostProject } from "./host_project.ts";
import { about, hashOf, type Manifest, manifestPath } from "./manifest.ts";
import { renamable } from "./options.ts";
import { type Choice, filesIn, type Parts } from "./parts.ts";
import { placeMigrations } from "./plan_migrations.ts";

export interface PlannedWrite {
  readonly path: string;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly kind: "new" | "restored" | "replaced";
  /** The hash of the file as it is now; undefined if there is none. */
  readonly former: string | undefined;
}

export interface Plan {
  readonly writes: PlannedWrite[];
  readonly removals: string[];
  /** Files that were installed and then changed or removed by hand; they are left as they are. */
  readonly left: string[];
  /** Why nothing may be written at all. */
  readonly refusals: string[];
  readonly config: MergedConfig;
  /** As it is when all is done. */
  readonly manifest: Manifest;
}

type Draft = Pick<Plan, "writes" | "removals" | "left" | "refusals"> & {
  readonly files: Record<string, string>;
};

export async function planInstallation(
  host: HostProject,
  parts: Parts,
  choice: Choice,
  now: Date,
): Promise<Plan> {
  const draft: Draft = { writes: [], removals: [], left: [], refusals: [], files: {} };
  const taken = await refuseTakenNames(host, parts, choice, draft);
  for (const [path, content] of parts.files) {
    if (taken.some((folder) => path.startsWith(folder))) continue;
    await planFile(host, path, content, draft);
  }
  const migrations = await placeMigrations(host, parts.migrations, now);
  for (const [path, content] of migrations.files) await planMigration(host, path, content, draft);
  await planRemovals(host, draft);
  const config = mergeSections(host.config, parts.sections, host.manifest?.sections ?? {});
  refuseObstacle(host, manifestPath, draft);
  if (config.text !== host.config) refuseObstacle(host, configPath, draft);
  const { files, ...plan } = draft;
  const sections = Object.fromEntries(parts.sections.map(({ name, text }) => [
    name,
    config.left.includes(name) ? host.manifest?.sections[name] ?? text : text,
  ]));
  const manifest: Manifest = {
    about,
    format: 1,
    chat_name: choice.names.chat,
    openai_name: choice.names.openai,
    anthropic_name: choice.names.anthropic,
    data: choice.data,
    geographies: [...choice.geographies],
    migrations: migrations.versions,
    files,
    sections,
  };
  return { ...plan, config, manifest };
}

/**
 * A function of the project's own would be mixed with ours, and replaced when ours is deployed.
 *
 * @returns the folders of such functions
 */
async function refuseTakenNames(
  host: HostProject,
  parts: Parts,
  { names }: Choice,
  { refusals }: Draft,
): Promise<string[]> {
  const advice = {
    ...Object.fromEntries(
      renamable.map((name) => [
        names[name],
        `Install ours under another name with --${name}-name <name>.`,
      ]),
    ),
    "manage-bedrock-models":
      "Rename it: the operator's command and the console call ours by this name.",
  };
  const taken: string[] = [];
  for (const [name, what] of Object.entries(advice)) {
    const folder = `supabase/functions/${name}/`;
    const isOurs = Object.keys({ ...host.manifest?.files, ...host.manifest?.unfinished })
      .some((path) => path.startsWith(folder));
    if (isOurs || await holdsOnlyOurs(host, parts, folder)) continue;
    taken.push(folder);
    refusals.push(`The project has a function ${name} of its own. ${what}`);
  }
  return taken;
}

/** Whether a folder is missing, or holds copies of our files and nothing else. */
async function holdsOnlyOurs(
  host: HostProject,
  { files }: Parts,
  folder: string,
): Promise<boolean> {
  if (!host.has(folder)) return true;
  for (const file of filesIn(join(host.root, folder))) {
    const ours = files.get(`${folder}${file}`);
    if (ours === undefined) return false;
    if (await hashOf(ours) !== await host.hashOf(`${folder}${file}`)) return false;
  }
  return true;
}

/** The hashes by which a file is known to be ours. */
function ourHashes({ manifest }: HostProject, path: string): string[] {
  const installed = manifest?.files[path];
  return [...(installed === undefined ? [] : [installed]), ...manifest?.unfinished?.[path] ?? []];
}

async function planFile(
  host: HostProject,
  path: string,
  content: Uint8Array<ArrayBuffer>,
  draft: Draft,
): Promise<void> {
  const { writes, left, refusals, files } = draft;
  const [found, wanted] = [await host.hashOf(path), await hashOf(content)];
  const installed = host.manifest?.files[path];
  files[path] = wanted;
  if (found === wanted) return;
  const isOurs = found === undefined || ourHashes(host, path).includes(found);
  if (!isOurs && installed !== undefined) {
    files[path] = installed;
    left.push(path);
  } else if (refuseObstacle(host, path, draft)) {
    return;
  } else if (!isOurs) {
    refusals.push(`The project has a file of its own at ${path}. Rename it.`);
  } else {
    writes.push({ path, content, kind: kindOf(host, path, found), former: found });
  }
}

function kindOf(
  { manifest }: HostProject,
  path: string,
  found: string | undefined,
): PlannedWrite["kind"] {
  if (found !== undefined) return "replaced";
  // Of an interrupted run, which was to add it.
  const isAwaited = manifest?.unfinished?.[path]?.length === 0;
  return manifest?.files[path] === undefined || isAwaited ? "new" : "restored";
}

/** Whether something is in the way of a file; what is in the way of several is named once. */
function refuseObstacle(host: HostProject, path: string, { refusals }: Draft): boolean {
  const obstacle = host.obstacleTo(path);
  if (obstacle !== undefined && !refusals.includes(obstacle)) refusals.push(obstacle);
  return obstacle !== undefined;
}

/** A migration that was removed by hand may have been squashed away, and would fail if it came back. */
async function planMigration(
  host: HostProject,
  path: string,
  content: Uint8Array<ArrayBuffer>,
  draft: Draft,
): Promise<void> {
  const { manifest } = host;
  const installed = manifest?.files[path];
  if (installed === undefined || manifest?.unfinished?.[path] !== undefined || host.has(path)) {
    return await planFile(host, path, content, draft);
  }
  draft.files[path] = installed;
  draft.left.push(path);
}

/**
 * Files that the switchboard no longer has go, if they are as they were installed. Migrations stay:
 * databases have recorded them, and the CLI refuses to push without their files.
 */
async function planRemovals(host: HostProject, draft: Draft): Promise<void> {
  const installed = Object.entries(host.manifest?.files ?? {});
  for (const [path, hash] of installed) {
    if (draft.files[path] !== undefined) continue;
    const found = await host.hashOf(path);
    if (found === undefined) continue;
    const isUnchanged = ourHashes(host, path).includes(found);
    if (!isUnchanged || path.startsWith("supabase/migrations/")) draft.files[path] = hash;
    else if (!refuseObstacle(host, path, draft)) draft.removals.push(path);
    if (!isUnchanged) draft.left.push(path);
  }
}
