/** Writes what was planned, so that an interrupted run can be repeated. */
import { dirname, join } from "node:path";
import { ClientError } from "../../local/client/client_error.ts";
import { configPath, type HostProject } from "./host_project.ts";
import { type Manifest, manifestPath, writeManifest } from "./manifest.ts";
import type { Plan } from "./plan.ts";

/**
 * The manifest is written first, with what is about to change, and last, without. Each file is
 * written beside its place and moved there, so it is never half written.
 */
export async function carryOut(host: HostProject, plan: Plan): Promise<void> {
  const encoder = new TextEncoder();
  const write = async (path: string, content: Uint8Array<ArrayBuffer>) => {
    const target = join(host.root, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    const beside = `${target}.${crypto.randomUUID()}.new`;
    try {
      await Deno.writeFile(beside, content);
      await Deno.rename(beside, target);
    } catch (error) {
      await Deno.remove(beside).catch(() => {});
      throw new ClientError(
        `${path} could not be written (${error instanceof Error ? error.message : error}). ` +
          "Mend that and run the same command again: it goes on from here.",
      );
    }
  };
  const writeText = (path: string, text: string) => write(path, encoder.encode(text));

  const final = writeManifest(plan.manifest);
  const isDone = plan.writes.length === 0 && plan.removals.length === 0 &&
    plan.config.text === host.config;
  if (isDone && host.manifest !== null && final === writeManifest(host.manifest)) return;
  await writeText(manifestPath, writeManifest(unfinished(host, plan)));
  for (const { path, content } of plan.writes) await write(path, content);
  if (plan.config.text !== host.config) await writeText(configPath, plan.config.text);
  for (const path of plan.removals) await removeFile(host.root, path);
  await writeText(manifestPath, final);
}

/** What the next run has to know if this one is interrupted. */
function unfinished(
  { manifest: former, isNew }: HostProject,
  { manifest, writes, removals }: Plan,
): Manifest {
  const pending: Record<string, string[]> = { ...former?.unfinished };
  for (const { path, former: hash } of writes) {
    pending[path] = [...new Set([...pending[path] ?? [], ...(hash === undefined ? [] : [hash])])];
  }
  const files = { ...manifest.files };
  for (const path of removals) {
    const hash = former?.files[path];
    if (hash !== undefined) files[path] = hash;
  }
  return {
    ...manifest,
    files,
    sections: { ...manifest.sections, ...former?.sections },
    unfinished: pending,
    ...(isNew ? { first_run: true } : {}),
  };
}

/** Removes a file, and the folders that it leaves empty, up to `supabase/functions`. */
async function removeFile(root: string, path: string): Promise<void> {
  await Deno.remove(join(root, path));
  for (let dir = dirname(path); dir.startsWith("supabase/functions/"); dir = dirname(dir)) {
    if ([...Deno.readDirSync(join(root, dir))].length > 0) return;
    await Deno.remove(join(root, dir));
  }
}
