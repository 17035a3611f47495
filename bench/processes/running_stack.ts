import { fileURLToPath } from "node:url";
import type postgres from "postgres";
import { connect } from "../../local/database/connect.ts";
import type { ProjectKeys } from "../../local/keys.ts";

/** The embedded stack, running in another process. */
export interface RunningStack {
  readonly apiUrl: string;
  readonly dbUrl: string;
  readonly keys: ProjectKeys;
  readonly functionsEnv: Readonly<Record<string, string>>;
  /** The process of the API and the gateway. */
  readonly pid: number;
  /** The superuser's connection. */
  readonly sql: postgres.Sql;
  stop(): Promise<void>;
}

/**
 * Starts a stack with free ports and data that goes away, and without the limits of the first rows:
 * a benchmark asks more often than they allow.
 *
 * @param apiConnections most connections of the API to the database
 */
export async function startBenchStack(apiConnections = 10): Promise<RunningStack> {
  const stateDir = await Deno.makeTempDir({ prefix: "bench-" });
  // Root runs Postgres as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A"],
      fileURLToPath(new URL("stack_process.ts", import.meta.url)),
      stateDir,
      String(apiConnections),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    // Ctrl-C in the terminal is the benchmark's to handle.
    detached: true,
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await lines.read();
    if (done) throw new Error("The stack did not start.");
    text += value;
  }
  const drained = lines.read().catch(() => {});
  const described: Pick<RunningStack, "apiUrl" | "dbUrl" | "keys" | "functionsEnv"> = JSON.parse(
    text.slice(0, text.indexOf("\n")),
  );
  const sql = connect(Number(new URL(described.dbUrl).port), "supabase_admin");
  await sql`delete from public.ai_limits`;
  return {
    ...described,
    pid: child.pid,
    sql,
    async stop() {
      await sql.end({ timeout: 2 });
      await child.stdin.close();
      await drained;
      await child.status;
      await Deno.remove(stateDir, { recursive: true });
    },
  };
}
