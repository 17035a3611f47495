/** Alerts on a database of a test: what rules find, and what was made of it. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { type Session, withDatabase } from "./test_database.ts";

/** A call in the ledger. */
export interface Entry {
  readonly model: string | null;
  readonly minutesAgo?: number;
  readonly error?: string;
  readonly status?: string;
  /** The model that should have answered, and why it did not. */
  readonly insteadOf?: readonly [model: string, code: string];
  readonly tokens?: number;
  readonly usd?: number;
}

/** Enters calls in the ledger. */
export async function enter(sql: Session, ...entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const { model, minutesAgo = 0, error = null, insteadOf = [null, null] } = entry;
    await sql`
      insert into public.ai_usage (
        question_id, attempt, model_id, purpose, surface, status, error_code, reason,
        requested_model, fallback_code, input_tokens, output_tokens, cost_usd, begun_at, ended_at,
        begins_conversation)
      values (
        gen_random_uuid(), 1, ${model}, 'call', 'openai',
        ${entry.status ?? (error === null ? "complete" : "failed")}, ${error},
        ${insteadOf[0] === null ? "default" : "fallback"}, ${insteadOf[0]}, ${insteadOf[1]},
        ${entry.tokens ?? null}, ${entry.tokens ?? null}, ${entry.usd ?? null},
        now() - ${minutesAgo} * interval '1 minute', now() - ${minutesAgo} * interval '1 minute',
        false)`;
  }
}

/** The same so many times. */
export const many = (count: number, entry: Entry) => Array.from({ length: count }, () => entry);

/** How many alerts. */
export interface Counts {
  readonly opened: number;
  readonly raised: number;
  readonly closed: number;
}

/** Applies the rules, of which none may fail; what was done for one kind. */
export async function watch(sql: Session, kind: string): Promise<Counts> {
  const [row] = await sql`select switchboard.watch() as outcome`;
  expect(row!.outcome.failed).toBeNull();
  return row!.outcome.alerts[kind];
}

/** The open alerts of a kind. */
export const open = async (sql: Session, kind: string) => [
  ...await sql`
    select subject, level, summary, facts, acknowledged_by from public.ai_alerts
    where kind = ${kind} and closed_at is null order by subject`,
];

/** What the webhook is told of a kind. */
export const events = async (sql: Session, kind: string) =>
  (await sql`
    select payload from switchboard.alert_outbox
    where payload ->> 'kind' = ${kind} order by created_at, event`).map(({ payload }) => payload);

/** No alert was opened, raised or closed. */
export const nothing = { opened: 0, raised: 0, closed: 0 };

/** No alert of the first rows is in the way. */
export async function withQuietDatabase(test: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  await withDatabase(async ({ sql }) => {
    await sql`update public.ai_alert_rules set is_active = false where kind = 'lifecycle_near'`;
    await test(sql);
  });
}

/** Sets what is used of a limit's present window, by scope key. */
export async function use(
  sql: Session,
  limitId: string,
  spent: number,
  held = 0,
  key = "",
  minutesAgo = 0,
) {
  await sql`
    insert into switchboard.limit_windows (limit_id, scope_key, window_start, spent, held)
    select l.id, ${key}, switchboard.window_start(
      l.period, now() - ${minutesAgo} * interval '1 minute', l.time_zone), ${spent}, ${held}
    from public.ai_limits as l where l.id = ${limitId}
    on conflict (limit_id, scope_key, window_start, slot) do update
      set spent = excluded.spent, held = excluded.held`;
}
