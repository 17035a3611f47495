import postgres from "postgres";
import { databasePassword } from "../../local/postgres/server.ts";
import type { MeasuringSession } from "./measure.ts";

/** What there is to measure on. */
export interface MeasuredHistory {
  readonly days: number;
  readonly endsAt: Date;
  readonly rows: Readonly<Record<string, number>>;
  readonly postgres: string;
  readonly notSummedUp: { readonly hours: number; readonly rows: number };
}

/** Connects as the superuser, whom auto_explain needs, and gives the work one session. */
export async function withSession<T>(
  port: number,
  work: (session: MeasuringSession) => Promise<T>,
): Promise<T> {
  let notices: string[] = [];
  const pool = postgres({
    host: "127.0.0.1",
    port,
    user: "supabase_admin",
    password: databasePassword,
    database: "postgres",
    max: 1,
    connect_timeout: 5,
    onnotice: ({ message }) => notices.push(message ?? ""),
  });
  try {
    const sql = await pool.reserve();
    const takeNotices = () => {
      const taken = notices;
      notices = [];
      return taken;
    };
    const [row] = await sql`select pg_backend_pid() as pid`;
    return await work({ sql, pid: row?.pid, takeNotices });
  } finally {
    await pool.end({ timeout: 1 });
  }
}

/**
 * Opens a transaction, to be rolled back, in which the roll-up is behind as it is at worst: reports
 * read at least a day from the ledger.
 */
export async function openMeasuring({ sql }: MeasuringSession): Promise<MeasuredHistory> {
  await sql`select public.roll_up_usage(false, 1000)`;
  await sql`load 'auto_explain'`;
  await sql`begin`;
  await sql`
    update switchboard.usage_rolled_up set until = until - 1
    where now() - until::timestamp at time zone 'UTC' < interval '24 hours'`;
  const [run] = await sql`
    select r.days, r.ends_at, split_part(version(), ' on ', 1) as version,
      extract(epoch from now() - up.until::timestamp at time zone 'UTC')::float8 / 3600 as hours,
      (select count(*)::int from public.ai_usage as u
        where u.ended_at >= up.until::timestamp at time zone 'UTC') as recent,
      (select count(*)::int from public.ai_messages) as messages,
      (select count(*)::int from public.ai_conversations) as conversations,
      (select count(*)::int from public.ai_usage) as usage
    from local_history.run as r
    cross join switchboard.usage_rolled_up as up`;
  if (!run) throw new Error("There is no history; make one with: deno task seed:history");
  return {
    days: run.days,
    endsAt: run.ends_at,
    rows: {
      ai_messages: run.messages,
      ai_conversations: run.conversations,
      ai_usage: run.usage,
    },
    postgres: run.version,
    notSummedUp: { hours: run.hours, rows: run.recent },
  };
}
