import type postgres from "postgres";
import { sequentialReads } from "./plan.ts";
import { processorTime } from "./processor_time.ts";
import type { ReportCase } from "./cases.ts";

/** Whose request it is. */
export interface ReportCaller {
  readonly name: string;
  readonly role: "service_role" | "authenticated";
  readonly userId: string | null;
}

/** What one case took, as one caller. */
export interface Measurement {
  readonly case: ReportCase;
  readonly caller: string;
  /** Milliseconds, from sending the statement to having its rows. */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Processor time of a run in the server, in milliseconds; undefined where it is not known. */
  readonly processor: number | undefined;
  /** Tables that its statements read sequentially, those inside functions too. */
  readonly readWhole: readonly string[];
}

/** A connection, and where its notices go. */
export interface MeasuringSession {
  readonly sql: postgres.ReservedSql;
  /** The process that serves it. */
  readonly pid: number;
  /** The notices since the last call. */
  takeNotices(): string[];
}

/** Runs a case as a request runs: in a transaction with the role and the claims of the caller. */
export async function measure(
  session: MeasuringSession,
  { runs, ...of }: { case: ReportCase; caller: ReportCaller; runs: number },
): Promise<Measurement> {
  const readWhole = await readsOf(session, of);
  // The first run after reading the plan warms up.
  await timeOf(session, of);
  const times: number[] = [];
  const usedBefore = await processorTime(session.pid);
  for (let run = 0; run < runs; run++) times.push(await timeOf(session, of));
  const usedAfter = await processorTime(session.pid);
  times.sort((one, other) => one - other);
  return {
    case: of.case,
    caller: of.caller.name,
    median: times[times.length >> 1]!,
    fastest: times[0]!,
    slowest: times.at(-1)!,
    processor: usedBefore === undefined || usedAfter === undefined
      ? undefined
      : (usedAfter - usedBefore) / runs,
    readWhole,
  };
}

interface Asked {
  readonly case: ReportCase;
  readonly caller: ReportCaller;
}

async function timeOf({ sql }: MeasuringSession, asked: Asked): Promise<number> {
  await begin(sql, asked.caller);
  const startedAt = performance.now();
  await sql.unsafe(asked.case.sql);
  const took = performance.now() - startedAt;
  await sql`rollback to savepoint asked`;
  return took;
}

/** auto_explain sends the plan of every statement, also of those inside functions, as a notice. */
async function readsOf(session: MeasuringSession, asked: Asked): Promise<string[]> {
  const { sql } = session;
  await sql`savepoint explained`;
  await sql.unsafe(`
    set local auto_explain.log_min_duration = 0;
    set local auto_explain.log_nested_statements = on;
    set local auto_explain.log_analyze = on;
    set local auto_explain.log_timing = off;
    set local auto_explain.log_format = json;
    set local client_min_messages = log;
  `);
  await begin(sql, asked.caller);
  session.takeNotices();
  await sql.unsafe(asked.case.sql);
  const plans = session.takeNotices().map(sequentialReads).filter((reads) => reads !== undefined);
  await sql`rollback to savepoint explained`;
  if (plans.length === 0) throw new Error(`auto_explain told no plan of ${asked.case.name}.`);
  return [...new Set(plans.flat().map(({ table }) => table))].sort();
}

async function begin(sql: postgres.ReservedSql, caller: ReportCaller): Promise<void> {
  await sql`savepoint asked`;
  await sql`
    select set_config('role', ${caller.role}, true),
      set_config('request.jwt.claims', ${
    JSON.stringify({ role: caller.role, sub: caller.userId ?? undefined })
  }, true)`;
}
