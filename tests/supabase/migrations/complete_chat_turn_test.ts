import { expect } from "@std/expect";
import fc from "fast-check";
import {
  patient,
  platformAdmin,
  refused,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import {
  beginTurn,
  completeTurn,
  converse,
  novaLite,
  novaMicro,
  novaPro,
} from "../../support/turns.ts";

async function pin({ sql }: TestDatabase, conversationId: string) {
  const [row] = await sql`
    select model_id from public.ai_conversations where id = ${conversationId}`;
  return row?.model_id;
}

Deno.test("complete_chat_turn() stores the answer with its figures and completes the question", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const turn = await beginTurn(database, patient, { requestId });
    const answer = await completeTurn(database, turn.question_id, {
      content: "forty-two",
      tokens: [1_000_000, 2_000, 300, 0],
      responseTimeMs: 1234,
      reason: "assistant",
      registryVersion: turn.registry_version,
    });
    const [stored] = await database.sql`
      select *, cost_usd::text from public.ai_messages where id = ${answer.id}`;
    expect(stored).toMatchObject({
      conversation_id: turn.conversation_id,
      seq: 2,
      role: "assistant",
      content: "forty-two",
      status: "complete",
      model_used: novaLite,
      input_tokens: 1_000_000,
      output_tokens: 2_000,
      cache_read_tokens: 300,
      cache_write_tokens: 0,
      // 1,000,000 × 0.078 + 2,000 × 0.312 + 300 × 0.0195 per million; no cache write was used.
      cost_usd: "0.0786298500",
      response_time_ms: 1234,
      stop_reason: "end_turn",
      error_code: null,
      reason: "assistant",
      registry_version: String(turn.registry_version),
      request_id: requestId,
    });
    expect(answer).toMatchObject({ content: "forty-two", cost_usd: 0.07862985 });
    const [question] = await database.sql`
      select status from public.ai_messages where id = ${turn.question_id}`;
    expect(question?.status).toBe("complete");
  });
});

Deno.test("complete_chat_turn() stores a partial answer as such", async () => {
  await withDatabase(async (database) => {
    const { answer, conversationId } = await converse(database, patient, "q", undefined, {
      status: "partial",
      errorCode: "stream_cut",
    });
    expect(answer).toMatchObject({ status: "partial", error_code: "stream_cut" });
    expect(await pin(database, conversationId)).toBe(novaLite);
  });
});

Deno.test("complete_chat_turn() stores a failure with its code, and pins nothing", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    const answer = await completeTurn(database, turn.question_id, {
      status: "failed",
      content: "",
      errorCode: "model_throttled",
      tokens: [null, null, null, null],
    });
    expect(answer).toMatchObject({
      status: "failed",
      error_code: "model_throttled",
      cost_usd: null,
    });
    const [question] = await database.sql`
      select status, error_code from public.ai_messages where id = ${turn.question_id}`;
    expect({ ...question }).toEqual({ status: "failed", error_code: "model_throttled" });
    expect(await pin(database, turn.conversation_id)).toBeNull();
  });
});

Deno.test("complete_chat_turn() repeated returns what is stored and changes nothing", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    const first = await completeTurn(database, turn.question_id, { content: "one" });
    const results = await Promise.all([
      completeTurn(database, turn.question_id, { content: "two", model: novaPro }),
      completeTurn(database, turn.question_id, { status: "failed", errorCode: "timeout" }),
    ]);
    expect(results).toEqual([first, first]);
    expect(await pin(database, turn.conversation_id)).toBe(novaLite);
  });
});

Deno.test("complete_chat_turn() twice at once stores one answer", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    const [one, two] = await Promise.all([
      completeTurn(database, turn.question_id, { content: "one" }),
      completeTurn(database, turn.question_id, { content: "two" }),
    ]);
    expect(one).toEqual(two);
    const rows = await database.sql`select from public.ai_messages where role = 'assistant'`;
    expect(rows).toHaveLength(1);
  });
});

Deno.test("complete_chat_turn() keeps an answer that comes after its turn was given up", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    await completeTurn(database, turn.question_id, { status: "failed", errorCode: "timeout" });
    const late = await completeTurn(database, turn.question_id, { content: "late" });
    expect(late).toMatchObject({ content: "late", status: "complete", error_code: null });
    const [question] = await database.sql`
      select status, error_code from public.ai_messages where id = ${turn.question_id}`;
    expect({ ...question }).toEqual({ status: "complete", error_code: null });
  });
});

Deno.test("complete_chat_turn() refuses an unknown turn and an unknown status", async () => {
  await withDatabase(async (database) => {
    const unknown = await refused(completeTurn(database, crypto.randomUUID()));
    expect([unknown.code, unknown.detail]).toEqual(["PT404", "conversation_not_found"]);
    const turn = await beginTurn(database, patient);
    const answer = await completeTurn(database, turn.question_id);
    // An answer is no question.
    expect((await refused(completeTurn(database, answer.id))).code).toBe("PT404");
    const status = "pending" as "complete";
    expect((await refused(completeTurn(database, turn.question_id, { status }))).code)
      .toBe("22023");
  });
});

Deno.test("the first answer pins the conversation, and later ones leave the pin", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "q", undefined, {
      model: novaMicro,
    });
    expect(await pin(database, conversationId)).toBe(novaMicro);
    await converse(database, patient, "q", conversationId, { model: novaMicro });
    expect(await pin(database, conversationId)).toBe(novaMicro);
  });
});

Deno.test("of two first turns at once, the first to end pins", async () => {
  await withDatabase(async (database) => {
    const one = await beginTurn(database, patient);
    const two = await beginTurn(database, patient, { conversationId: one.conversation_id });
    await completeTurn(database, two.question_id, { model: novaMicro, pinSeen: null });
    await completeTurn(database, one.question_id, { model: novaPro, pinSeen: null });
    expect(await pin(database, one.conversation_id)).toBe(novaMicro);
  });
});

Deno.test("a turn moves the pin only from the one that it saw", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "q");
    await converse(database, patient, "q", conversationId, { model: novaPro, pinSeen: novaLite });
    expect(await pin(database, conversationId)).toBe(novaPro);
    await converse(database, patient, "q", conversationId, { model: novaMicro, pinSeen: novaLite });
    expect(await pin(database, conversationId)).toBe(novaPro);
  });
});

Deno.test("a turn that a fallback answers for a while leaves the pin where it is", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "one");
    const fallback = {
      model: novaPro,
      requestedModel: novaLite,
      fallbackCode: "bedrock_throttled",
    };
    const { answer } = await converse(database, patient, "two", conversationId, {
      ...fallback,
      reason: "fallback",
      movesPin: false,
    });
    expect(answer).toMatchObject({
      model_used: novaPro,
      requested_model: novaLite,
      fallback_code: "bedrock_throttled",
    });
    const next = await beginTurn(database, patient, { conversationId });
    expect(next.pinned_model_id).toBe(novaLite);
  });
});

Deno.test("a first turn that a fallback answers pins the model that answered", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "one", undefined, {
      model: novaPro,
      requestedModel: novaLite,
      fallbackCode: "bedrock_throttled",
      movesPin: false,
    });
    const next = await beginTurn(database, patient, { conversationId });
    expect(next.pinned_model_id).toBe(novaPro);
  });
});

Deno.test("complete_chat_turn() ignores the failure of an attempt that was superseded", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    const second = await beginTurn(database, patient, { requestId, staleAfterMs: 0 });
    const late = await completeTurn(database, first.question_id, {
      status: "failed",
      attempt: first.attempt,
    });
    expect(late).toBeNull();
    const answer = await completeTurn(database, first.question_id, { attempt: second.attempt });
    expect(answer.status).toBe("complete");
  });
});

Deno.test("complete_chat_turn() stores the answer under the id that the caller has told", async () => {
  await withDatabase(async (database) => {
    const answerId = crypto.randomUUID();
    const turn = await beginTurn(database, patient);
    expect(await completeTurn(database, turn.question_id, { answerId })).toMatchObject({
      id: answerId,
    });
  });
});

Deno.test("an answer of a model that is no longer registered is stored and pins nothing", async () => {
  await withDatabase(async (database) => {
    const { answer, conversationId } = await converse(database, patient, "q", undefined, {
      model: "someone.gone-v1:0",
    });
    expect(answer).toMatchObject({ model_used: "someone.gone-v1:0", cost_usd: null });
    expect(await pin(database, conversationId)).toBeNull();
  });
});

Deno.test("deleting a model unpins its conversations and keeps what it said", async () => {
  await withDatabase(async (database) => {
    const model = "eu.anthropic.claude-opus-5-5";
    const { conversationId, answer } = await converse(database, patient, "q", undefined, { model });
    await database.sql`delete from public.bedrock_models where model_id = ${model}`;
    expect(await pin(database, conversationId)).toBeNull();
    const [row] = await database.sql`
      select model_used from public.ai_messages where id = ${answer.id}`;
    expect(row?.model_used).toBe(model);
  });
});

/** Prices with up to six digits after the point, as whole millionths. */
const price = fc.bigInt({ min: 0n, max: 100_000_000n });
const tokens = fc.integer({ min: 0, max: 2_000_000_000 });

Deno.test("the cost is tokens times price, exact to the last digit", async () => {
  await withDatabase(async (database) => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(price, price, price, price),
        fc.tuple(tokens, tokens, tokens, tokens),
        async (prices, counts) => {
          const [input, output, cacheRead, cacheWrite] = prices.map((millionths) =>
            decimal(millionths, 6)
          );
          await database.sql.unsafe(`
            update public.bedrock_models set
              input_cost_per_mtok = ${input}, output_cost_per_mtok = ${output},
              cache_read_cost_per_mtok = ${cacheRead}, cache_write_cost_per_mtok = ${cacheWrite}
            where model_id = '${novaLite}'`);
          const { answer } = await converse(database, patient, "q", undefined, { tokens: counts });
          const [row] = await database.sql`
            select trim_scale(cost_usd)::text as cost from public.ai_messages
            where id = ${answer.id}`;
          const expected = prices.reduce(
            (sum, millionths, at) => sum + millionths * BigInt(counts[at] ?? 0),
            0n,
          );
          // Millionths of a dollar per million tokens: twelve digits after the point.
          expect(row?.cost).toBe(decimal(expected, 12).replace(/\.?0+$/, ""));
        },
      ),
      { numRuns: 40 },
    );
  });
});

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

Deno.test("a message's figures stay when prices change, and when its model goes", async () => {
  await withDatabase(async (database) => {
    const model = "eu.anthropic.claude-opus-5-5";
    const { answer } = await converse(database, patient, "q", undefined, { model });
    const figures = async () => {
      const [row] = await database.sql`select * from public.ai_messages where id = ${answer.id}`;
      return { ...row };
    };
    const before = await figures();
    await database.sql`
      update public.bedrock_models set input_cost_per_mtok = 1000, output_cost_per_mtok = 1000`;
    expect(await figures()).toEqual(before);
    await database.sql`delete from public.bedrock_models where model_id = ${model}`;
    expect(await figures()).toEqual(before);
  });
});

Deno.test("an unknown price leaves the cost unknown only where tokens were used at it", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.bedrock_models set
        input_cost_per_mtok = 1, output_cost_per_mtok = 2,
        cache_read_cost_per_mtok = null, cache_write_cost_per_mtok = null
      where model_id = ${novaLite}`;
    const cost = async (counts: (number | null)[]) =>
      (await converse(database, patient, "q", undefined, { tokens: counts })).answer.cost_usd;
    expect(await cost([500_000, 250_000, 0, 0])).toBe(1);
    expect(await cost([0, 0, 0, 0])).toBe(0);
    expect(await cost([500_000, 250_000, 1, 0])).toBeNull();
    expect(await cost([500_000, 250_000, 0, 1])).toBeNull();
    expect(await cost([500_000, null, 0, 0])).toBeNull();
  });
});

Deno.test("messages reject a seq that does not fit the role, and a second one of the same", async () => {
  await withDatabase(async ({ sql, as }) => {
    const { conversationId } = await converse({ as }, patient, "q");
    const insert = (seq: number, role: string) =>
      sql`
        insert into public.ai_messages
          (conversation_id, seq, role, content, status, begun_at, attempt)
        values (${conversationId}, ${seq}, ${role}, '', 'complete',
          ${role === "user" ? new Date() : null}, ${role === "user" ? 1 : null})`;
    expect((await refused(insert(4, "user"))).code).toBe("23514");
    expect((await refused(insert(3, "assistant"))).code).toBe("23514");
    expect((await refused(insert(1, "user"))).code).toBe("23505");
    expect((await refused(insert(2, "assistant"))).code).toBe("23505");
  });
});

Deno.test("deleting a user deletes their conversations and messages, and no other user's", async () => {
  await withDatabase(async (database) => {
    await converse(database, patient, "mine");
    const { conversationId } = await converse(database, platformAdmin, "theirs");
    await database.sql`delete from auth.users where id = ${patient.userId}`;
    const rows = await database.sql`
      select distinct conversation_id from public.ai_messages`;
    expect([...rows]).toEqual([{ conversation_id: conversationId }]);
  });
});

Deno.test("complete_chat_turn() writes the record of the run to the answer and to the ledger alike", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const turn = await beginTurn(database, patient);
    const answer = await completeTurn(database, turn.question_id, {
      responseTimeMs: 700,
      figures: {
        provider_stop_reason: "stop_sequence",
        bedrock_request_id: "a-request",
        time_to_first_token_ms: 90,
        // Keys of the record that Postgres does not know, and columns that are not the run's.
        attempts: 3,
        streamed: true,
        cost_usd: 99,
        id: crypto.randomUUID(),
        content: "not this",
        attempt: 7,
        begun_at: "2026-01-01T00:00:00Z",
      },
    });
    expect(answer).toMatchObject({
      content: "an answer",
      provider_stop_reason: "stop_sequence",
      bedrock_request_id: "a-request",
      stop_reason: "end_turn",
    });
    const figures = await sql`
      select a.attname as name from pg_attribute as a
      where a.attrelid = 'switchboard.run_record'::regclass and a.attnum > 0`;
    expect(figures.length).toBeGreaterThan(15);
    const [row] = await sql`
      select to_jsonb(m) as stored, to_jsonb(u) as entered
      from public.ai_messages as m join public.ai_usage as u on u.message_id = m.id`;
    for (const { name } of figures) {
      expect([name, row?.entered[name]]).toEqual([name, row?.stored[name]]);
    }
    // 100 × 0.078 + 20 × 0.312 per million.
    expect(row?.stored).toMatchObject({ seq: 2, attempt: null, cost_usd: 0.00001404 });
  });
});

Deno.test("complete_chat_turn() stores blocks as they are, nulls in them too", async () => {
  await withDatabase(async (database) => {
    const blocks = [{ type: "opaque", value: { signature: null, parts: [1, null] } }];
    const first = await beginTurn(database, patient);
    await completeTurn(database, first.question_id, { blocks });
    const next = await beginTurn(database, patient, { conversationId: first.conversation_id });
    expect(next.history[1]).toMatchObject({ content: "an answer", blocks });
    const second = await beginTurn(database, patient);
    const answer = await completeTurn(database, second.question_id);
    expect(answer).toMatchObject({ blocks: null });
  });
});

Deno.test("complete_chat_turn() refuses an unknown status", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    for (const figures of [{ status: "pending" }, { status: null }]) {
      const error = await refused(completeTurn(database, turn.question_id, { figures }));
      expect(error.code).toBe("22023");
    }
  });
});

Deno.test("every figure of a run has a range that JSON can carry, in a message and in the ledger", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const numbers = await sql`
      select c.relname || '_' || a.attname || '_range' as name
      from pg_attribute as a
      cross join pg_class as c
      where a.attrelid = 'switchboard.run_record'::regclass and a.attnum > 0
        and format_type(a.atttypid, null) in ('integer', 'bigint', 'numeric')
        and c.oid in ('public.ai_messages'::regclass, 'public.ai_usage'::regclass)`;
    const checks = await sql`
      select conname as name from pg_constraint where conname like '%\_range'
        and conname <> 'ai_usage_times_range'
        and conrelid in ('public.ai_messages'::regclass, 'public.ai_usage'::regclass)`;
    const names = (rows: typeof numbers) => rows.map(({ name }) => name).sort();
    expect(names(checks)).toEqual(names(numbers));
    const turn = await beginTurn(database, patient);
    const error = await refused(completeTurn(database, turn.question_id, { responseTimeMs: -1 }));
    expect(error.code).toBe("23514");

    // Nor by who owns the tables and writes past the function.
    const { answer } = await converse(database, patient, "q");
    for (const cost of ["NaN", "Infinity", "-Infinity", "-0.1", "1e11"]) {
      const inMessage = sql`
        update public.ai_messages set cost_usd = ${cost} where id = ${answer.id}`;
      expect([cost, (await refused(inMessage)).code]).toEqual([cost, "23514"]);
      const inLedger = sql`
        insert into public.ai_usage (question_id, attempt, conversation_id, assistant_type, status,
          begun_at, ended_at, begins_conversation, cost_usd)
        values (gen_random_uuid(), 1, gen_random_uuid(), 'health', 'complete', now(), now(), false,
          ${cost})`;
      expect([cost, (await refused(inLedger)).code]).toEqual([cost, "23514"]);
    }
    for (const moment of ["infinity", "-infinity", "0001-01-01", "9999-01-01"]) {
      const entry = sql`
        insert into public.ai_usage (question_id, attempt, conversation_id, assistant_type, status,
          begun_at, ended_at, begins_conversation)
        values (gen_random_uuid(), 1, gen_random_uuid(), 'health', 'complete', now(),
          ${moment}::text::timestamptz, false)`;
      expect([moment, (await refused(entry)).code]).toEqual([moment, "23514"]);
    }
  });
});
