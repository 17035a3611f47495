import type postgres from "postgres";
import { processorTime } from "./figures.ts";

/** The process of which all of a server's other processes are children. */
export async function postmasterOf(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`select pg_backend_pid() as pid`;
  return parentOf(Number(row?.pid));
}

/** Processor time of a PostgreSQL server so far, in nanoseconds. */
export function postgresTime(postmaster: number): number {
  let nanoseconds = processorTime(postmaster);
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (parentOf(Number(name)) === postmaster) nanoseconds += processorTime(Number(name));
    } catch {
      // The process ended meanwhile.
    }
  }
  return nanoseconds;
}

/** The fourth field of the process's line; its second, the name, may hold blanks. */
function parentOf(pid: number): number {
  const line = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[1]);
}
