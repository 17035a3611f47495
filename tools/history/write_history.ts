import { ClientError } from "../../local/client/client_error.ts";
import type { Connection } from "../../local/database/connect.ts";
import { type HistoryPlan, prepareHistory } from "./prepare_history.ts";
import { settle } from "./settle.ts";

/** How far the writing is. */
export interface HistoryProgress {
  readonly messages: number;
  readonly of: number;
  /** Messages that an earlier run had written. */
  readonly before: number;
}

/**
 * Writes history into the embedded stack's database: each change of the registry and each day in a
 * transaction of its own, in the order of time. One that was stopped is gone on with.
 *
 * @param connection as `supabase_admin`
 * @param plan what is not given is as an unfinished history has it, or by default
 * @throws {ClientError} if there is a finished history, or an unfinished one of another plan.
 */
export async function writeHistory(connection: Connection, options: {
  plan: (unfinished: HistoryPlan | undefined) => HistoryPlan;
  report: (progress: HistoryProgress) => void;
  signal: AbortSignal;
}): Promise<HistoryPlan> {
  const { report, signal } = options;
  const found = await findHistory(connection);
  if (found?.is_complete) {
    throw new ClientError(
      `There is a history of ${found.messages} messages over ${found.days} days already; remove it with --reset.`,
    );
  }
  const plan = options.plan(found);
  if (found === undefined) {
    await connection.begin((transaction) => prepareHistory(transaction, plan));
  }
  const days = await connection`
    select d.day::text as day, d.turns, d.is_written from local_history.days as d order by d.day`;
  let messages = 0;
  for (const { turns, is_written } of days) if (is_written) messages += 2 * turns;
  const before = messages;
  for (const { day, turns, is_written } of days) {
    if (is_written) continue;
    signal.throwIfAborted();
    await writeDay(connection, day);
    messages += 2 * turns;
    report({ messages, of: plan.messages, before });
  }
  await settle(connection);
  await connection`update local_history.run set is_complete = true`;
  return plan;
}

/** The history that is there, finished or not. */
async function findHistory(
  sql: Connection,
): Promise<HistoryPlan & { is_complete: boolean } | undefined> {
  const [schema] = await sql`select to_regclass('local_history.run') is not null as exists`;
  if (!schema?.exists) return undefined;
  const [run] = await sql<(HistoryPlan & { is_complete: boolean })[]>`
    select r.messages, r.days, r.seed, r.ends_at as "endsAt", r.is_complete
    from local_history.run as r`;
  return run;
}

async function writeDay(connection: Connection, day: string): Promise<void> {
  // Committed before its turns are written: what begins after a switch must know of it.
  const changes = await connection`
    select c.place from local_history.changes as c
    where (c.moment at time zone 'UTC')::date = ${day}
      and not exists (select from local_history.switches as s where s.place = c.place)
    order by c.place`;
  for (const { place } of changes) {
    await connection`select local_history.write_switch(${place})`;
  }
  await connection.begin(async (transaction) => {
    // The rows are as the triggers and foreign keys want them; a million checks would be slow.
    await transaction`set local session_replication_role = replica`;
    await transaction`set local jit = off`;
    // A planner that cannot know how many rows a function generates takes it for the cheapest.
    await transaction`set local enable_mergejoin = off`;
    await transaction`select local_history.write_day(${day})`;
  });
}
