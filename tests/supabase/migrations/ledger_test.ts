/** The ledger: one row for each ended attempt at a turn, which cannot be changed or removed. */
import { expect } from "@std/expect";
import {
  patient,
  refusal,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse, novaLite, novaPro } from "../../support/turns.ts";

function ledger({ sql }: TestDatabase) {
  return sql`
    select u.*, trim_scale(u.cost_usd)::text as cost from public.ai_usage as u
    order by u.question_id, u.attempt, u.unanswered_call nulls first`;
}

Deno.test("complete_chat_turn() enters the attempt with the answer's figures", async () => {
  await withDatabase(async (database) => {
    const { turn, answer, conversationId } = await converse(database, patient, "q", undefined, {
      tokens: [1_000_000, 1_000, 0, 0],
      responseTimeMs: 1200,
      requestedModel: novaPro,
      fallbackCode: "bedrock_throttled",
      reason: "fallback",
    });
    const rows = await ledger(database);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      question_id: turn.question_id,
      attempt: 1,
      message_id: answer.id,
      conversation_id: conversationId,
      assistant_type: "health",
      model_id: novaLite,
      status: "complete",
      reason: "fallback",
      requested_model: novaPro,
      fallback_code: "bedrock_throttled",
      registry_version: String(turn.registry_version),
      begins_conversation: true,
      input_tokens: 1_000_000,
      output_tokens: 1_000,
      response_time_ms: 1200,
      cost: "0.078312",
    });
  });
});

Deno.test("complete_chat_turn() repeated enters nothing more", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    await completeTurn(database, turn.question_id);
    await Promise.all([
      completeTurn(database, turn.question_id, { model: novaPro }),
      completeTurn(database, turn.question_id, { status: "failed" }),
    ]);
    const rows = await ledger(database);
    expect(rows.map((row) => [row.status, row.model_id])).toEqual([["complete", novaLite]]);
  });
});

Deno.test("calls of a turn that gave no answer are entered once each, at their own model's price", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    const call = {
      model_id: novaPro,
      error_code: "bedrock_timeout",
      bedrock_request_id: "call-1",
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      usage_estimated: true,
      model_region: "eu-west-1",
      model_geographies: ["eu", "uk"],
    };
    const figures = {
      function_region: "eu-central-1",
      model_region: "eu-north-1",
      model_geographies: ["eu"],
      unanswered_calls: [call, { ...call, model_id: "unknown" }],
    };
    for (let n = 0; n < 2; n++) {
      await completeTurn(database, turn.question_id, { figures, tokens: [1_000_000, 0, 0, 0] });
    }
    const rows = await ledger(database);
    expect(rows.map((row) => [row.status, row.unanswered_call, row.model_id, row.cost])).toEqual([
      ["complete", null, novaLite, "0.078"],
      ["unanswered", 1, novaPro, "1.05"],
      ["unanswered", 2, "unknown", null],
    ]);
    const { function_region, model_region, model_geographies } = figures;
    expect(rows[0]).toMatchObject({ function_region, model_region, model_geographies });
    expect(rows[1]).toMatchObject({
      function_region,
      model_region: "eu-west-1",
      model_geographies: ["eu", "uk"],
      question_id: turn.question_id,
      message_id: null,
      assistant_type: "health",
      error_code: "bedrock_timeout",
      bedrock_request_id: "call-1",
      usage_estimated: true,
      ended_at: rows[0]?.ended_at,
      price_id: expect.any(String),
    });
    const [sums] = await database.sql`
      select sum(turns)::int as turns, sum(cost_usd)::text as cost,
        sum(estimated_usd)::text as estimated, sum(unpriced)::int as unpriced
      from public.usage_figures()`;
    expect([sums?.turns, Number(sums?.cost), Number(sums?.estimated), sums?.unpriced])
      .toEqual([1, 1.128, 1.05, 1]);
  });
});

Deno.test("usage_figures() counts as unpriced what lacks a price, and not what was told no tokens", async () => {
  await withDatabase(async (database) => {
    const outcomes = [
      { status: "partial", model: novaLite, tokens: [null, null, null, null] },
      { status: "failed", model: novaLite, tokens: [null, null, null, null] },
      { status: "failed", model: novaLite, tokens: [10, 0, 0, 0] },
      { status: "complete", model: "unknown", tokens: [10, 5, 0, 0] },
    ] as const;
    for (const { status, model, tokens } of outcomes) {
      const turn = await beginTurn(database, patient);
      await completeTurn(database, turn.question_id, { status, model, tokens: [...tokens] });
    }
    const rows = await database.sql`
      select f.model_id, sum(f.turns)::int as turns, sum(f.unpriced)::int as unpriced
      from public.usage_figures() as f group by f.model_id order by f.model_id`;
    expect([...rows]).toEqual([
      { model_id: novaLite, turns: 3, unpriced: 0 },
      { model_id: "unknown", turns: 1, unpriced: 1 },
    ]);
  });
});

Deno.test("an attempt that failed and one that answered are two entries, and both cost", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    const tokens = [1_000_000, 0, 0, 0];
    await completeTurn(database, first.question_id, { status: "failed", attempt: 1, tokens });
    const second = await beginTurn(database, patient, { requestId });
    expect(second.attempt).toBe(2);
    const answer = await completeTurn(database, first.question_id, { attempt: 2, tokens });
    const rows = await ledger(database);
    expect(rows.map((row) => [row.attempt, row.status, row.cost, row.begins_conversation]))
      .toEqual([[1, "failed", "0.078", false], [2, "complete", "0.078", true]]);
    expect(rows[1]?.message_id).toBe(answer.id);
    // Of the message only the last attempt is kept.
    expect(answer.cost_usd).toBe(0.078);
  });
});

Deno.test("an answer that comes after its attempt was given up is entered beside the failure", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    const tokens = [null, null, null, null];
    await completeTurn(database, turn.question_id, { status: "failed", tokens });
    const late = await completeTurn(database, turn.question_id, { tokens: [1_000_000, 0, 0, 0] });
    await completeTurn(database, turn.question_id, { status: "failed" });
    const rows = await database.sql`
      select status, attempt, message_id, trim_scale(cost_usd)::text as cost, begins_conversation
      from public.ai_usage order by id`;
    expect(rows.map((row) => ({ ...row }))).toEqual([
      {
        status: "failed",
        attempt: 1,
        message_id: expect.any(String),
        cost: null,
        begins_conversation: false,
      },
      {
        status: "complete",
        attempt: 1,
        message_id: late.id,
        cost: "0.078",
        begins_conversation: true,
      },
    ]);
  });
});

for (const status of ["failed", "complete"] as const) {
  Deno.test(`the tokens of an attempt that another superseded are entered, also when it is ${status}`, async () => {
    await withDatabase(async (database) => {
      const requestId = crypto.randomUUID();
      const first = await beginTurn(database, patient, { requestId });
      await beginTurn(database, patient, { requestId, staleAfterMs: 0 });
      const answer = await completeTurn(database, first.question_id, { attempt: 2 });
      await completeTurn(database, first.question_id, { attempt: 1, status, model: novaPro });
      const rows = await ledger(database);
      expect(rows.map((row) => [row.attempt, row.status, row.model_id, row.message_id]))
        .toEqual([[1, status, novaPro, null], [2, "complete", novaLite, answer.id]]);
      expect(rows[0]?.cost).not.toBeNull();
      expect(rows.map((row) => row.begins_conversation)).toEqual([false, true]);
    });
  });
}

Deno.test("the ledger keeps what a deleted conversation and a deleted user cost", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "one");
    await converse(database, patient, "two");
    const before = [...await ledger(database)];
    await database.sql`delete from public.ai_conversations where id = ${conversationId}`;
    await database.sql`delete from auth.users where id = ${patient.userId}`;
    expect(await database.sql`select from public.ai_messages`).toHaveLength(0);
    expect([...await ledger(database)]).toEqual(before);
  });
});

const changes = {
  update: "update public.ai_usage set cost_usd = 0",
  "update of no row": "update public.ai_usage set cost_usd = 0 where false",
  delete: "delete from public.ai_usage",
  truncate: "truncate public.ai_usage",
};
for (const [change, statement] of Object.entries(changes)) {
  Deno.test(`the ledger refuses ${change}, to its owner and to service keys`, async () => {
    await withDatabase(async (database) => {
      await converse(database, patient, "q");
      expect(await refusal(database.sql.unsafe(statement))).toBe("42501");
      expect(await refusal(database.as(serviceRole, (sql) => sql.unsafe(statement)))).toBe("42501");
      expect(await ledger(database)).toHaveLength(1);
    });
  });
}

Deno.test("of two first turns at once, one begins the conversation", async () => {
  await withDatabase(async (database) => {
    const one = await beginTurn(database, patient);
    const two = await beginTurn(database, patient, { conversationId: one.conversation_id });
    await Promise.all([
      completeTurn(database, one.question_id),
      completeTurn(database, two.question_id),
    ]);
    const rows = await ledger(database);
    expect(rows.map((row) => row.begins_conversation).sort()).toEqual([false, true]);
  });
});

Deno.test("a conversation begins with its first answer, not with a failure before it", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "1", undefined, {
      status: "failed",
    });
    await converse(database, patient, "2", conversationId, { status: "partial" });
    await converse(database, patient, "3", conversationId);
    const rows = await database.sql`
      select status, begins_conversation from public.ai_usage order by ended_at`;
    expect(rows.map((row) => [row.status, row.begins_conversation]))
      .toEqual([["failed", false], ["partial", true], ["complete", false]]);
  });
});

/** Begins a turn so long ago, and changes the price after it. */
async function priceAfter(database: TestDatabase, ago: string, responseTimeMs: number) {
  const { sql } = database;
  const turn = await beginTurn(database, patient);
  await sql`
    update public.ai_messages set begun_at = now() - ${ago}::interval
    where id = ${turn.question_id}`;
  await sql`
    update public.model_prices set valid_from = now() - interval '1 day'
    where model_id = ${novaLite}`;
  await sql`update public.bedrock_models set input_cost_per_mtok = 9 where model_id = ${novaLite}`;
  await completeTurn(database, turn.question_id, {
    responseTimeMs,
    tokens: [1_000_000, 0, 0, 0],
  });
  const [row] = await sql`
    select trim_scale(u.cost_usd)::text as cost, a.cost_usd = u.cost_usd as equal,
      extract(epoch from u.ended_at - u.begun_at)::float8 as seconds
    from public.ai_usage as u join public.ai_messages as a on a.id = u.message_id`;
  return row;
}

Deno.test("an answer that is stored late costs what held when it was there", async () => {
  await withDatabase(async (database) => {
    expect(await priceAfter(database, "10 minutes", 3000))
      .toMatchObject({ cost: "0.078", equal: true, seconds: 3 });
  });
});

Deno.test("an answer that is stored more than an hour late is entered for an hour ago", async () => {
  await withDatabase(async (database) => {
    const row = await priceAfter(database, "3 hours", 3000);
    expect(row).toMatchObject({ cost: "0.078", equal: true });
    expect(row?.seconds).toBeCloseTo(2 * 3600, -1);
  });
});

Deno.test("complete_chat_turn() refuses an attempt that the turn has not had", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    for (const attempt of [0, 2]) {
      expect(await refusal(completeTurn(database, turn.question_id, { attempt }))).toBe("22023");
    }
    const rows = await database.sql`select id from public.ai_usage`;
    expect([...rows]).toEqual([]);
  });
});
