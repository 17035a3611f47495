/** What a soak does in the database of its stack, while Postgres restarts. */
import { connect } from "../support/connect.ts";
import {
  expireHolds,
  foldHolds,
  limitDifferences,
  removeLimits,
  setLimit,
} from "../support/limits.ts";
import { madeKey } from "../support/made_key.ts";

export async function registerConverseModel(dbPort: number): Promise<void> {
  await inDatabase(dbPort, (sql) =>
    sql`
    insert into bedrock_models (model_id, model_name, provider, format, geographies, max_tokens,
      context_window,
      input_cost_per_mtok, output_cost_per_mtok, is_available, priority)
    values ('openai.gpt-oss-120b-1:0', 'gpt-oss 120b', 'OpenAI', 'converse', '{eu}', 4096, 131000,
      0.2, 0.79, true, 200)`);
}

/** Request ids of the turns that have not ended. */
export async function pendingRequests(dbPort: number): Promise<ReadonlySet<string>> {
  const rows = await inDatabase(
    dbPort,
    (sql) =>
      sql<{ request_id: string }[]>`select request_id from ai_messages where status = 'pending'`,
  );
  return new Set(rows.map(({ request_id }) => request_id));
}

/** As if more time had passed than a turn may take, for turns whose process was killed. */
export async function letDeadlinesPass(dbPort: number): Promise<void> {
  await inDatabase(dbPort, (sql) =>
    sql`
    update ai_messages set begun_at = begun_at - interval '1 hour' where status = 'pending'`);
}

/** One statement on a connection of its own: the driver does not survive a restart. */
async function inDatabase<T>(
  port: number,
  statement: (sql: ReturnType<typeof connect>) => Promise<T>,
): Promise<T> {
  const sql = connect({ port });
  try {
    return await statement(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/**
 * Limits of every scope that nothing here reaches, in place of the first rows': what is counted and
 * held against them is compared with the ledger at the end. Patients may name any model.
 */
export async function setHighLimits(dbPort: number): Promise<void> {
  const high = { amount: 1_000_000_000, period: "month" } as const;
  await inDatabase(dbPort, async (sql) => {
    await removeLimits(sql);
    await sql`update ai_assistants set allowed_models = null where assistant_type = 'health'`;
    await setLimit(sql, { ...high, scope: "project", unit: "usd" });
    await setLimit(sql, { ...high, scope: "project", unit: "turns", enforcement: "soft" });
    await setLimit(sql, { ...high, scope: "assistant", assistant_type: "health", unit: "tokens" });
    await setLimit(sql, { ...high, scope: "each_user", unit: "usd" });
    await setLimit(sql, { ...high, scope: "each_user", unit: "tokens", enforcement: "soft" });
    await setLimit(sql, { scope: "each_user", unit: "concurrent", amount: 1_000 });
    const keys = await sql<{ id: string }[]>`select id from ai_api_keys`;
    for (const { id: api_key_id } of keys) {
      await setLimit(sql, { ...high, scope: "api_key", api_key_id, unit: "turns" });
    }
  });
}

/** What is not as it must be once every run has ended: windows that are not the ledger's, and holds. */
export async function findLimitFaults(dbPort: number): Promise<string[]> {
  return await inDatabase(dbPort, async (sql) => {
    const differences = await limitDifferences(sql);
    const faults = differences.map((window) => `a limit's window: ${JSON.stringify(window)}`);
    const [counted] = await sql`select count(*)::int as rows from switchboard.limit_windows`;
    if (counted?.rows === 0) faults.push("no limit has counted anything");
    await expireHolds(sql);
    await foldHolds(sql).catch((error: Error) => faults.push(error.message));
    return faults;
  });
}

/** API keys for the clients of both dialects: of an assistant, and of none. */
export async function makeKeys(dbPort: number): Promise<readonly string[]> {
  return await inDatabase(dbPort, async (sql) => {
    const bound = await madeKey(sql, { assistant_type: "health" });
    const free = await madeKey(sql);
    return [bound.key, free.key];
  });
}
