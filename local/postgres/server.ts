import { join } from "node:path";
import { isOurs } from "../processes.ts";
import { StackError } from "../stack_error.ts";
import type { PostgresHome } from "./home.ts";
import type { PostgresPrograms } from "./programs.ts";

/** Password of every login role, as in every local Supabase project. */
export const databasePassword = "postgres";

/** One PostgreSQL server on 127.0.0.1. */
export interface PostgresServer {
  readonly logPath: string;
  /** Starts the server, and makes its data folder first if there is none. */
  start(): Promise<void>;
  /** Ends its connections and stops it. */
  stop(): Promise<void>;
  /** Deletes the data and the log of a server that is stopped. */
  deleteData(): Promise<void>;
}

/**
 * A server run by PostgreSQL's own `pg_ctl`, which waits until it answers, gives it a session of
 * its own, so that Ctrl-C in the terminal does not reach it, and knows how to stop it.
 */
export function createPostgresServer(options: {
  home: PostgresHome;
  programs: PostgresPrograms;
  port: number;
  /** Whether the data survives a crash of the machine. Default: true. */
  durable?: boolean | undefined;
}): PostgresServer {
  const { home, programs, port, durable = true } = options;
  const files = serverFiles(home);

  const run = async (program: string, args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: home.dir,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      stdin: "null",
      ...(home.user && { uid: home.user.uid, gid: home.user.gid }),
    }).output();
    const text = new TextDecoder();
    return { success, output: `${text.decode(stdout)}${text.decode(stderr)}`.trim() };
  };

  const makeData = async () => {
    // Under another name until it is whole: initdb cut short leaves an unusable folder. A name
    // of this process's own, because the initdb of a start that was killed goes on for a moment.
    await removeUnfinished(files.root);
    await Deno.writeTextFile(files.password, databasePassword);
    await Deno.chmod(files.password, 0o644);
    const { success, output } = await run(programs.initdb, [
      ...["--pgdata", files.newData, "--username", "supabase_admin"],
      ...["--pwfile", files.password, "--auth", "scram-sha-256"],
      // The built-in locale is the same on every machine.
      ...["--encoding", "UTF8", "--locale-provider", "builtin"],
      ...["--builtin-locale", "C.UTF-8", "--locale", "C"],
      ...(durable ? [] : ["--no-sync"]),
    ]);
    await removeIfThere(files.password);
    if (!success) throw new StackError(`PostgreSQL's initdb failed: ${lastLine(output)}`);
    await Deno.rename(files.newData, files.data);
  };

  return {
    logPath: files.log,
    async start() {
      if (!await isThere(files.data)) await makeData();
      await refuseOtherOwner(files.data, home);
      await refuseOtherVersion(files.data);
      const settings = [
        `-p ${port} -h 127.0.0.1 -c unix_socket_directories=''`,
        ...(durable ? [] : ["-c fsync=off -c full_page_writes=off"]),
      ].join(" ");
      const { success, output } = await run(programs.pgCtl, [
        ...["start", "--wait", "--timeout", "30", "--pgdata", files.data],
        ...["--log", files.log, "--options", settings],
      ]);
      if (!success) {
        throw new StackError(
          `PostgreSQL did not start (${lastLine(output)}). Its log: ${files.log}`,
        );
      }
    },
    async stop() {
      if (await runningPid(home) === undefined) return;
      for (const mode of ["fast", "immediate"]) {
        const args = ["stop", "--wait", "--timeout", "10", "--pgdata", files.data, "--mode", mode];
        const { success } = await run(programs.pgCtl, args);
        if (success || await runningPid(home) === undefined) return;
      }
      throw new StackError(`PostgreSQL did not stop. Its log: ${files.log}`);
    },
    async deleteData() {
      await removeIfThere(files.data);
      await removeIfThere(files.log);
    },
  };
}

/** Makes the folders that the server writes to, its own where root runs it as another user. */
export async function prepareHome(home: PostgresHome): Promise<void> {
  await Deno.mkdir(home.dir, { recursive: true });
  await Deno.chmod(home.dir, 0o755);
  const { root } = serverFiles(home);
  await Deno.mkdir(root, { recursive: true });
  await Deno.chmod(root, 0o700);
  if (home.user) await Deno.chown(root, home.user.uid, home.user.gid);
}

/**
 * The process id of a server on this data folder. A `postmaster.pid` left by a crash may name a
 * stranger's process by now, before which PostgreSQL would refuse to start: then it is removed.
 */
export async function runningPid(home: PostgresHome): Promise<number | undefined> {
  const { data } = serverFiles(home);
  const pidFile = join(data, "postmaster.pid");
  if (!await isThere(pidFile)) return undefined;
  const pid = Number((await Deno.readTextFile(pidFile)).split("\n")[0]);
  if (await isOurs({ pid, mark: data })) return pid;
  await removeIfThere(pidFile);
  return undefined;
}

/** How the names of data folders begin that initdb has not finished. */
const unfinishedData = "data.new";

/** One that is still written to stays until a later start. */
async function removeUnfinished(root: string): Promise<void> {
  for await (const { name } of Deno.readDir(root)) {
    if (!name.startsWith(unfinishedData)) continue;
    await Deno.remove(join(root, name), { recursive: true }).catch(() => {});
  }
}

function serverFiles(home: PostgresHome) {
  const root = join(home.dir, "server");
  return {
    root,
    data: join(root, "data"),
    newData: join(root, `${unfinishedData}.${Deno.pid}`),
    password: join(home.dir, "password.new"),
    log: join(root, "postgres.log"),
  };
}

async function refuseOtherVersion(data: string): Promise<void> {
  const version = (await Deno.readTextFile(join(data, "PG_VERSION"))).trim();
  if (version === "17") return;
  throw new StackError(
    `The data in ${data} is of PostgreSQL ${version}, not 17: delete it with deno task dev --reset.`,
  );
}

/** Data that was made as another user, whom root or an ordinary user had PostgreSQL run as. */
async function refuseOtherOwner(data: string, home: PostgresHome): Promise<void> {
  const { uid } = await Deno.stat(data);
  const wanted = home.user?.uid ?? Deno.uid();
  if (uid === null || wanted === null || uid === wanted) return;
  throw new StackError(
    `The data in ${data} belongs to the user ${uid}, and PostgreSQL would run as ${wanted}: start as the user who made it, or delete it with deno task dev --reset.`,
  );
}

/** Both print what matters last; initdb and pg_ctl begin with progress. */
function lastLine(output: string): string {
  return output.split("\n").filter((line) => line.trim() !== "").at(-1) ?? "it said nothing";
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
