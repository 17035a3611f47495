import { join } from "node:path";
import { postgresHome } from "../../local/postgres/home.ts";
import { installPrograms } from "../../local/postgres/programs.ts";
import { createPostgresServer, runningPid } from "../../local/postgres/server.ts";
import { ProcessRecord } from "../../local/processes.ts";

/**
 * A folder for all that a run of the tests keeps on disk, to be given to the tests as TMPDIR: a
 * test that is interrupted cannot stop the stack that it started, so the run does it.
 */
export async function makeRunFolder(): Promise<
  { path: string; remove(): Promise<void> }
> {
  const made = await Deno.makeTempDir({ prefix: "switchboard-tests-" });
  // As PostgreSQL names it on its command line, by which it is found.
  const path = await Deno.realPath(made);
  // Root runs PostgreSQL as another user, who has to get in.
  await Deno.chmod(path, 0o755);
  return {
    path,
    async remove() {
      for (const { name, isDirectory } of [...Deno.readDirSync(path)]) {
        if (isDirectory) await stopStack(join(path, name));
      }
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Stops what still runs on a folder, if a stack kept its state there. */
async function stopStack(dir: string): Promise<void> {
  const home = postgresHome(dir);
  if (await runningPid(home) !== undefined) {
    const programs = await installPrograms(home.dir);
    await createPostgresServer({ home, programs, port: 0 }).stop();
  }
  await new ProcessRecord(dir).endLeftovers();
}
