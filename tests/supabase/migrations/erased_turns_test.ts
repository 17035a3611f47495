/** Turns that run while their conversation is erased: they end in the ledger, without a word. */
import { expect } from "@std/expect";
import {
  continueErasures,
  emptyStorage,
  eraseConversation,
  eraseUser,
  eraseWholly,
  expectChainVerified,
  image,
  marker,
  tablesWith,
} from "../../support/erasures.ts";
import type postgres from "postgres";
import { addLimit, expectProven, holdTurn, smallDemand, stateOf } from "../../support/held_runs.ts";
import { patient, refused, type TestDatabase, withDatabase } from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse, novaPro, type Person } from "../../support/turns.ts";
import { until } from "../../support/until.ts";

/** Every way in which a conversation of the patient's may go while a turn runs. */
const ways: Record<string, (database: TestDatabase, conversationId: string) => Promise<unknown>> = {
  "its user": ({ as }) => as(patient, (sql) => sql`delete from public.ai_conversations`),
  "erase_user()": (database) => eraseUser(database, patient.userId),
  "erase_conversation()": eraseConversation,
  "the end of the account": ({ sql }) => sql`delete from auth.users where id = ${patient.userId}`,
  "its messages first": ({ sql }, id) =>
    sql`delete from public.ai_messages where conversation_id = ${id}`,
};

for (const [way, erase] of Object.entries(ways)) {
  Deno.test(`a turn that is erased by ${way} ends in the ledger as if it had been stored`, async () => {
    await withDatabase(async (database) => {
      const { sql } = database;
      const limit = await addLimit(sql, {
        scope: "each_user",
        unit: "usd",
        amount: 10,
        period: "month",
      });
      const earlier = await converse(database, patient, marker);
      const held = await holdTurn(database, patient, undefined, {
        conversationId: earlier.conversationId,
        message: marker,
      });
      await erase(database, earlier.conversationId);
      expect(await sql`select from public.ai_messages`).toHaveLength(0);
      expect((await stateOf(database, limit)).holds).toBe(1);

      const answerId = crypto.randomUUID();
      const end = {
        answerId,
        content: `${marker} answer`,
        figures: { unanswered_calls: [{ model_id: novaPro, input_tokens: 7, output_tokens: 0 }] },
      };
      const answer = await completeTurn(database, held.id, end);
      expect(answer).toMatchObject({
        id: answerId,
        content: `${marker} answer`,
        status: "complete",
        is_erased: true,
      });
      expect(answer.cost_usd).toBeGreaterThan(0);

      const entries = await sql`
        select u.status, u.attempt, u.message_id, u.cost_usd::float8 as cost, u.assistant_type,
          u.conversation_id, u.begins_conversation,
          u.user_hash = switchboard.keyed_hash('user', ${patient.userId}) as is_theirs,
          ${limit}::bigint = any (u.limit_ids) as counts
        from public.ai_usage as u where u.question_id = ${held.id} order by u.id`;
      const shared = {
        attempt: 1,
        assistant_type: "health",
        conversation_id: earlier.conversationId,
        begins_conversation: false,
        is_theirs: true,
        counts: true,
      };
      expect([...entries]).toMatchObject([
        { ...shared, status: "complete", message_id: answerId, cost: answer.cost_usd },
        { ...shared, status: "unanswered", message_id: null },
      ]);
      expect(await stateOf(database, limit)).toMatchObject({ held: 0, holds: 0 });
      await expectProven(database);

      // Once more, nothing is entered twice.
      const sum = () => sql`select sum(cost_usd) as cost, count(*) as entries from public.ai_usage`;
      const before = [...await sum()];
      expect(await completeTurn(database, held.id, end)).toBeNull();
      expect([...await sum()]).toEqual(before);
      await sql`delete from public.ai_conversations`;
      expect(await tablesWith(database, marker)).toEqual([]);
      await expectProven(database);
    });
  });
}

Deno.test("a second attempt of an erased turn ends in the ledger, and so does a late first one", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    const second = await beginTurn(database, patient, { requestId, staleAfterMs: 0 });
    expect(second.attempt).toBe(2);
    await as(patient, (sql) => sql`delete from public.ai_conversations`);

    // What another has superseded is not the turn's to tell.
    expect(
      await completeTurn(database, first.question_id, {
        attempt: 1,
        status: "failed",
        errorCode: "timeout",
      }),
    ).toBeNull();
    expect(await completeTurn(database, first.question_id, { attempt: 2 }))
      .toMatchObject({ status: "complete", is_erased: true });
    const entries = await sql`
      select attempt, status, begins_conversation from public.ai_usage order by attempt`;
    expect([...entries]).toEqual([
      { attempt: 1, status: "failed", begins_conversation: false },
      { attempt: 2, status: "complete", begins_conversation: true },
    ]);
    expect((await refused(completeTurn(database, first.question_id, { attempt: 3 }))).code)
      .toBe("22023");
  });
});

Deno.test("of two erased first turns one begins the conversation", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const one = await beginTurn(database, patient);
    const two = await beginTurn(database, patient, { conversationId: one.conversation_id });
    await sql`delete from public.ai_conversations`;
    await Promise.all([one, two].map((turn) => completeTurn(database, turn.question_id)));
    const entries = await sql`select from public.ai_usage where begins_conversation`;
    expect(entries).toHaveLength(1);
  });
});

Deno.test("an end and an erasure at once enter the turn once, in whatever order", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    for (let round = 1; round <= 10; round++) {
      const turn = await beginTurn(database, patient, { message: marker });
      await Promise.all([
        completeTurn(database, turn.question_id, { content: marker }),
        eraseUser(database, patient.userId),
        completeTurn(database, turn.question_id, { content: marker }),
      ]);
      await eraseWholly(database, patient.userId);
      expect(await sql`select from public.ai_usage`).toHaveLength(round);
      expect(await tablesWith(database, marker)).toEqual([]);
    }
  });
});

Deno.test("begin_chat_turn() does not find an erased conversation, nor repeat an erased request", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const requestId = crypto.randomUUID();
    const turn = await beginTurn(database, patient, { requestId, message: marker });
    await as(patient, (sql) => sql`delete from public.ai_conversations`);
    for (
      const request of [
        { conversationId: turn.conversation_id },
        // A client that sends it again by itself must not bring the words back.
        { requestId, message: marker },
        { requestId, message: marker, conversationId: turn.conversation_id },
      ]
    ) {
      const error = await refused(beginTurn(database, patient, request));
      expect([error.code, error.detail]).toEqual(["PT404", "conversation_not_found"]);
    }
    expect(await sql`select from public.ai_conversations`).toHaveLength(0);
    await expect(beginTurn(database, patient)).resolves.toMatchObject({ attempt: 1 });
  });
});

Deno.test("an erasure waits for a turn that runs, and for what it uploads", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient, {
      message: marker,
      blocks: image(patient.userId, "late"),
    });
    await eraseUser(database, patient.userId);
    await emptyStorage(database);
    expect(await eraseUser(database, patient.userId)).toMatchObject({
      status: "running",
      left: { messages: 0, objects: 0, running_turns: 1 },
    });
    await completeTurn(database, turn.question_id, { content: marker });
    expect(await eraseUser(database, patient.userId)).toMatchObject({
      status: "running",
      left: { objects: 1, running_turns: 0 },
    });
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/late.png`]);
    expect(await eraseUser(database, patient.userId)).toMatchObject({ status: "done" });
    expect(await tablesWith(database, marker)).toEqual([]);
  });
});

Deno.test("a turn whose instance died holds an erasure up for an hour, and its figures go then", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const turn = await beginTurn(database, patient);
    await eraseUser(database, patient.userId);
    await emptyStorage(database);
    expect(await eraseUser(database, patient.userId)).toMatchObject({ status: "running" });
    await sql`update switchboard.erased_turns set begun_at = now() - interval '63 minutes'`;
    expect(await eraseUser(database, patient.userId)).toMatchObject({ status: "done" });
    await sql`select public.tick()`;
    expect(await sql`select from switchboard.erased_turns`).toHaveLength(0);
    expect((await refused(completeTurn(database, turn.question_id))).detail)
      .toBe("conversation_not_found");
  });
});

Deno.test("a conversation that begins while an erasure runs goes too, and one after it stays", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, marker);
    await eraseUser(database, patient.userId);
    await converse(database, patient, marker);
    expect(await eraseWholly(database, patient.userId)).toMatchObject({
      receipt: { conversations: 2 },
    });
    await converse(database, patient, marker);
    expect(await sql`select from public.ai_conversations`).toHaveLength(1);
  });
});

Deno.test("a turn of a rollout that is erased counts for its side", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const turn = await beginTurn(database, patient);
    await sql`
      update public.ai_conversations
      set rollout_id = 7, rollout_side = 'canary', rollout_share = 10`;
    await sql`delete from public.ai_conversations`;
    const ran = (side: string) => ({
      figures: { rollout_id: 7, rollout_side: side, rollout_share: 10 },
    });
    await completeTurn(database, turn.question_id, ran("canary"));
    const [entry] = await sql`
      select rollout_id::int as id, rollout_side as side,
        rollout_unit = switchboard.keyed_hash('user', '') as is_user
      from public.ai_usage`;
    expect({ ...entry }).toEqual({ id: 7, side: "canary", is_user: false });

    const other = await beginTurn(database, patient);
    await sql`
      update public.ai_conversations
      set rollout_id = 7, rollout_side = 'canary', rollout_share = 10`;
    await sql`delete from public.ai_conversations`;
    await completeTurn(database, other.question_id, ran("former"));
    const [last] = await sql`select rollout_id from public.ai_usage order by id desc limit 1`;
    expect(last!.rollout_id).toBeNull();
  });
});

/** A person with an old conversation, and one in which a turn runs. */
async function withTurns(database: TestDatabase) {
  const { sql } = database;
  const person: Person = { role: "authenticated", userId: crypto.randomUUID() };
  await sql`insert into auth.users (id) values (${person.userId})`;
  const old = await converse(database, person, `${marker} old`);
  await sql`
    update public.ai_messages
    set created_at = created_at - interval '9 days', begun_at = begun_at - interval '9 days'
    where conversation_id = ${old.conversationId}`;
  await sql`
    update public.ai_conversations set created_at = created_at - interval '9 days'
    where id = ${old.conversationId}`;
  const running = await beginTurn(database, person, {
    message: `${marker} running`,
    blocks: image(person.userId, "a"),
    demand: smallDemand,
  });
  return { person, old: old.conversationId, running };
}

type Turns = Awaited<ReturnType<typeof withTurns>>;

/** What may be done with a person's conversations at once, as statements of one transaction. */
const deeds: Record<string, (sql: postgres.TransactionSql, turns: Turns) => Promise<unknown>> = {
  "the next turn begins": (sql, { person, old }) =>
    beginTurn(within(sql), person, {
      conversationId: old,
      message: marker,
      demand: smallDemand,
    }),
  "the turn ends": (sql, { running }) =>
    completeTurn(within(sql), running.question_id, { content: marker }),
  "its user deletes it": async (sql, { person }) => {
    await sql`select
      set_config('role', 'authenticated', true),
      set_config('request.jwt.claims', ${JSON.stringify({ sub: person.userId })}, true)`;
    await sql`delete from public.ai_conversations`;
  },
  "erase_user()": (sql, { person }) => sql`select public.erase_user(${person.userId})`,
  "erase_conversation()": (sql, { running }) =>
    sql`select public.erase_conversation(${running.conversation_id})`,
  "the tick": async (sql) => {
    await sql`select switchboard.sweep_retention()`;
    await sql`select public.continue_erasures()`;
  },
  "a hold is set": (sql, { person }) =>
    sql`select public.set_legal_hold(${person.userId}, p_reason => 'Case 12')`,
  "the account ends": (sql, { person }) => sql`delete from auth.users where id = ${person.userId}`,
};

function within(sql: postgres.TransactionSql): Pick<TestDatabase, "as"> {
  return { as: (_caller, statements) => statements(sql) };
}

for (const [name, first] of Object.entries(deeds)) {
  Deno.test(`while ${name}, whatever else is done waits or goes on, and no word is left`, async () => {
    await withDatabase(async (database) => {
      const { sql } = database;
      await addLimit(sql, { scope: "each_user", unit: "usd", amount: 10, period: "month" });
      await sql`update public.ai_assistants set keep_days = 1`;
      const [one, two] = [database.session(), database.session()];
      const people: string[] = [];
      for (const second of Object.values(deeds)) {
        const turns = await withTurns(database);
        const { userId } = turns.person;
        people.push(userId);
        let hasEnded = false;
        // In an array: the first would wait for it.
        const [other] = await one.begin(async (transaction) => {
          await first(transaction, turns);
          const other = two.begin((transaction) => second(transaction, turns))
            .then(() => null, (error) => error).finally(() => hasEnded = true);
          await until(async () =>
            hasEnded || (await sql`
              select from pg_stat_activity
              where wait_event_type = 'Lock' and datname = current_database()`).length > 0, "it");
          return [other];
        });
        // It is done, or refused in words: nothing is given up for another.
        const error = await other;
        if (error !== null) expect(error.code).toMatch(/^(PT4\d\d|23503|23001)$/);

        await sql`delete from public.ai_legal_holds`;
        const pending = await sql<{ id: string }[]>`
          select m.id from public.ai_messages as m where m.status = 'pending'
          union select t.question_id from switchboard.erased_turns as t where t.status = 'pending'`;
        for (const { id } of pending) await completeTurn(database, id, { content: marker });
        await eraseWholly(database, userId);
      }
      for (let n = 0; n < 3; n++) {
        await continueErasures(database);
        await emptyStorage(database);
      }
      await sql`analyze`;
      expect(await tablesWith(database, marker)).toEqual([]);
      expect(await sql`select from public.ai_erasures where status = 'running'`).toHaveLength(0);
      const entries = await sql`select distinct user_hash from public.ai_usage`;
      expect(entries).toHaveLength(people.length);
      await expectProven(database);
      await expectChainVerified(database);
    });
  });
}
