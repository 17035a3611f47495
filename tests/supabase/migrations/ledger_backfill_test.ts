/** A project that had messages before there was a ledger: they are entered when it is made. */
import { expect } from "@std/expect";
import { join } from "node:path";
import type postgres from "postgres";
import { applyMigrations } from "../../../local/database/migrations.ts";
import { migrationsDir, runFile, seedPath } from "../../support/database_server.ts";
import { patient, type TestDatabase, withEmptyDatabase } from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse, novaPro } from "../../support/turns.ts";

/** The last migration before the ledger. */
const lastBefore = "20261123091400";

async function applyBefore(session: postgres.Sql): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for await (const { name } of Deno.readDir(migrationsDir)) {
      if (name.slice(0, 14) <= lastBefore) {
        await Deno.copyFile(join(migrationsDir, name), join(dir, name));
      }
    }
    await applyMigrations(session, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A conversation whose first turn fails, one with an answer cut short, and a turn not ended. */
async function converseBefore(database: TestDatabase): Promise<string[]> {
  const { conversationId } = await converse(database, patient, "1", undefined, {
    status: "failed",
    errorCode: "bedrock_timeout",
    tokens: [null, null, null, null],
  });
  await converse(database, patient, "2", conversationId, { responseTimeMs: 900 });
  await converse(database, patient, "3", conversationId, { status: "partial" });
  const requestId = crypto.randomUUID();
  const retried = await beginTurn(database, patient, { requestId });
  await completeTurn(database, retried.question_id, { status: "failed", attempt: 1 });
  await beginTurn(database, patient, { requestId });
  await completeTurn(database, retried.question_id, { attempt: 2, model: novaPro });
  await beginTurn(database, patient);
  return [conversationId, retried.conversation_id];
}

Deno.test("messages from before the ledger are entered in it, as they are stored", async () => {
  await withEmptyDatabase(async (database) => {
    const session = database.session();
    await applyBefore(session);
    await runFile(database.sql, seedPath);
    await database.sql`insert into auth.users (id) values (${patient.userId})`;
    const [one, two] = await converseBefore(database);

    await applyMigrations(session, migrationsDir);
    const rows = await database.sql`
      select u.conversation_id, u.attempt, u.status, u.begins_conversation, u.assistant_type,
        u.price_id,
        (u.model_id, u.cost_usd, u.input_tokens, u.output_tokens, u.cache_read_tokens,
          u.cache_write_tokens, u.response_time_ms, u.registry_version, u.reason, u.error_code,
          u.ended_at, u.begun_at)
        is not distinct from
        (a.model_used, a.cost_usd, a.input_tokens, a.output_tokens, a.cache_read_tokens,
          a.cache_write_tokens, a.response_time_ms, a.registry_version, a.reason, a.error_code,
          a.created_at, q.begun_at) as equal
      from public.ai_usage as u
      join public.ai_messages as a on a.id = u.message_id
      join public.ai_messages as q on q.id = u.question_id
      order by a.created_at`;
    expect(
      rows.map((row) => [row.conversation_id, row.attempt, row.status, row.begins_conversation]),
    )
      .toEqual([
        [one, 1, "failed", false],
        [one, 1, "complete", true],
        [one, 1, "partial", false],
        [two, 2, "complete", true],
      ]);
    for (const row of rows) {
      expect(row).toMatchObject({ equal: true, assistant_type: "health", price_id: null });
    }
    // What goes on does so with the ledger: no conversation begins twice.
    await converse(database, patient, "4", one);
    const [totals] = await database.sql`
      select sum(turns)::int as turns, sum(conversations)::int as conversations
      from public.usage_figures()`;
    expect({ ...totals }).toEqual({ turns: 5, conversations: 2 });
  });
});
