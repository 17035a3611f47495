/** Limits for tests, set in SQL as an operator may, and what the database says of them. */
import type postgres from "postgres";
import { until } from "./until.ts";

/** A row of `ai_limits`; what is left out is null, or the column's default. */
export interface LimitRow {
  readonly scope: "project" | "assistant" | "each_user" | "user" | "api_key";
  readonly assistant_type?: string;
  readonly user_id?: string;
  readonly api_key_id?: string;
  readonly unit: "usd" | "tokens" | "turns" | "concurrent";
  readonly amount: number;
  readonly period?: "minute" | "hour" | "day" | "month" | "total";
  readonly enforcement?: "hard" | "soft";
}

/** What a limit's window has. */
export interface LimitState {
  readonly spent: number;
  readonly held: number;
}

/** Takes away the limits that come with the first rows, for what is about something else. */
export async function removeLimits(sql: postgres.Sql): Promise<void> {
  await sql`delete from public.ai_limits`;
}

/** @returns its id */
export async function setLimit(sql: postgres.Sql, row: LimitRow): Promise<string> {
  const [set] = await sql`insert into public.ai_limits ${sql({ ...row })} returning id::text`;
  return set?.id;
}

/** The fullest window of a limit, which has several where each user is counted alone. */
export async function limitState(sql: postgres.Sql, id: string): Promise<LimitState> {
  const [state] = await sql<LimitState[]>`
    select sum(spent)::float8 as spent, sum(held)::float8 as held
    from switchboard.limit_windows where limit_id = ${id}
    group by scope_key, window_start
    order by sum(spent) + sum(held) desc limit 1`;
  return state ?? { spent: 0, held: 0 };
}

/** Lets every hold expire; whoever looks next folds them. */
export async function expireHolds(sql: postgres.Sql): Promise<void> {
  await sql`update switchboard.limit_holds set expires_at = now() - interval '1 second'`;
}

export async function holdCount(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`select count(*)::int as count from switchboard.limit_holds`;
  return row?.count;
}

/**
 * Lets the tick fold what has expired, also where another tick runs at this moment.
 *
 * @throws {Error} if a hold is left
 */
export async function foldHolds(sql: postgres.Sql): Promise<void> {
  await until(async () => {
    await sql`select public.tick()`;
    return await holdCount(sql) === 0;
  }, "the holds that have expired to be folded");
}

/** Windows whose figures are not those of the ledger; none when all is well. */
export async function limitDifferences(sql: postgres.Sql): Promise<readonly unknown[]> {
  const [row] = await sql`select public.verify_limits() as verified`;
  return row?.verified.differing;
}
