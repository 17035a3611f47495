import { expect } from "@std/expect";
import { maxMessageLength } from "../../../supabase/functions/_shared/contract/content.ts";
import {
  type Caller,
  clinician,
  facilityStaff,
  otherPatient,
  patient,
  platformAdmin,
  refused,
  serviceRole,
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
  sonnet35,
  type TurnRequest,
} from "../../support/turns.ts";

async function counts({ sql }: TestDatabase) {
  const [row] = await sql`
    select
      (select count(*)::int from public.ai_conversations) as conversations,
      (select count(*)::int from public.ai_messages) as messages`;
  return { ...row };
}

/** Expects a refusal with this code and detail, and that it leaves no row. */
async function expectRefused(
  database: TestDatabase,
  request: TurnRequest,
  [code, detail]: [string, string],
  person = patient,
) {
  const before = await counts(database);
  const error = await refused(beginTurn(database, person, request));
  expect([error.code, error.detail]).toEqual([code, detail]);
  expect(error.hint).toMatch(/\S/);
  expect(await counts(database)).toEqual(before);
  return error;
}

Deno.test("begin_chat_turn() makes a conversation with the assistant of the user's role", async () => {
  await withDatabase(async (database) => {
    const assistants = [
      [patient, "health"],
      [clinician, "clinical"],
      [facilityStaff, "operations"],
      [platformAdmin, "platform"],
    ] as const;
    for (const [person, type] of assistants) {
      const turn = await beginTurn(database, person, { message: "  What\n is   this? " });
      expect(turn).toMatchObject({
        assistant_type: type,
        pinned_model_id: null,
        use_case: null,
        history: [],
      });
      const [row] = await database.sql`
        select c.user_id, c.title, m.content, m.seq, m.role, m.status
        from public.ai_conversations as c join public.ai_messages as m on m.conversation_id = c.id
        where c.id = ${turn.conversation_id} and m.id = ${turn.question_id}`;
      expect({ ...row }).toEqual({
        user_id: person.userId,
        title: "What is this?",
        content: "  What\n is   this? ",
        seq: 1,
        role: "user",
        status: "pending",
      });
    }
  });
});

Deno.test("begin_chat_turn() continues a conversation with its assistant, pin and use case", async () => {
  await withDatabase(async (database) => {
    const first = await beginTurn(database, patient, { useCase: "triage" });
    await completeTurn(database, first.question_id, { model: novaLite });
    const next = await beginTurn(database, patient, { conversationId: first.conversation_id });
    expect(next).toMatchObject({
      conversation_id: first.conversation_id,
      assistant_type: "health",
      pinned_model_id: novaLite,
      use_case: "triage",
    });
    expect(next.history.map((message) => message.role)).toEqual(["user", "assistant"]);
    const other = await beginTurn(database, patient, {
      conversationId: first.conversation_id,
      useCase: "billing",
    });
    expect(other.use_case).toBe("billing");
  });
});

Deno.test("begin_chat_turn() refuses another user's conversation like one that does not exist", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "mine");
    const wanted: [string, string] = ["PT404", "conversation_not_found"];
    const foreign = await expectRefused(database, { conversationId }, wanted, otherPatient);
    await expectRefused(database, { conversationId }, wanted, platformAdmin);
    const unknown = crypto.randomUUID();
    const missing = await expectRefused(database, { conversationId: unknown }, wanted);
    expect(foreign.message).toBe(missing.message);
  });
});

Deno.test("begin_chat_turn() with a request_id that ended returns its answer", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    const answer = await completeTurn(database, first.question_id, { content: "forty-two" });
    const before = await counts(database);
    for (const conversationId of [undefined, first.conversation_id]) {
      const again = await beginTurn(database, patient, {
        requestId,
        ...(conversationId !== undefined && { conversationId }),
      });
      expect(again).toEqual({ conversation_id: first.conversation_id, answer });
    }
    expect(await counts(database)).toEqual(before);
  });
});

Deno.test("begin_chat_turn() returns an ended answer even when its assistant is inactive now", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    await completeTurn(database, first.question_id);
    await database.sql`update public.ai_assistants set is_active = false`;
    expect((await beginTurn(database, patient, { requestId })).answer?.content).toBe("an answer");
  });
});

Deno.test("begin_chat_turn() refuses a request_id whose turn still runs", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    await beginTurn(database, patient, { requestId });
    await expectRefused(database, { requestId }, ["PT409", "turn_in_progress"]);
  });
});

Deno.test("begin_chat_turn() takes a stale or failed turn up again, in its place", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    const stale = await beginTurn(database, patient, { requestId, staleAfterMs: 0 });
    expect(stale).toEqual({ ...first, attempt: 2 });

    await completeTurn(database, first.question_id, { status: "failed", errorCode: "timeout" });
    const again = await beginTurn(database, patient, { requestId });
    expect(again).toEqual({ ...first, attempt: 3 });
    const [question] = await database.sql`
      select status, error_code from public.ai_messages where id = ${first.question_id}`;
    expect({ ...question }).toEqual({ status: "pending", error_code: null });

    await completeTurn(database, again.question_id, { content: "at last" });
    const messages = await database.sql`
      select seq, status, content, error_code from public.ai_messages
      where conversation_id = ${first.conversation_id} order by seq`;
    expect([...messages]).toEqual([
      { seq: 1, status: "complete", content: "a question", error_code: null },
      { seq: 2, status: "complete", content: "at last", error_code: null },
    ]);
  });
});

Deno.test("begin_chat_turn() marks the turns that others have abandoned as failed", async () => {
  await withDatabase(async (database) => {
    const abandoned = await beginTurn(database, otherPatient, { requestId: crypto.randomUUID() });
    await beginTurn(database, patient, { message: "not yet", staleAfterMs: 60_000 });
    const status = async () =>
      (await database.sql`
        select status, error_code from public.ai_messages where id = ${abandoned.question_id}`)
        .map((row) => ({ ...row }));
    expect(await status()).toEqual([{ status: "pending", error_code: null }]);
    await beginTurn(database, patient, { message: "now", staleAfterMs: 0 });
    expect(await status()).toEqual([{ status: "failed", error_code: "turn_abandoned" }]);
    const late = await completeTurn(database, abandoned.question_id, { content: "after all" });
    expect(late).toMatchObject({ status: "complete", content: "after all" });
  });
});

Deno.test("begin_chat_turn() returns the newest turns that fit the bound of characters", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "q1", undefined, { content: "x" });
    await converse(database, patient, "q2", conversationId, { content: "y".repeat(20) });
    await converse(database, patient, "q3", conversationId, { content: "z" });
    const history = async (historyCharacters: number) =>
      (await beginTurn(database, patient, { conversationId, historyCharacters })).history
        .map(({ content }) => content[1] ?? content);
    expect(await history(2)).toEqual([]);
    expect(await history(3)).toEqual(["3", "z"]);
    expect(await history(24)).toEqual(["3", "z"]);
    expect(await history(25)).toEqual(["2", "y", "3", "z"]);
    expect(await history(28)).toEqual(["1", "x", "2", "y", "3", "z"]);
  });
});

Deno.test("begin_chat_turn() counts the turns that have an answer", async () => {
  await withDatabase(async (database) => {
    const { conversationId, turn } = await converse(database, patient, "one");
    expect(turn.answered_turns).toBe(0);
    await completeTurn(database, turn.question_id, { content: "the same turn again" });
    await converse(database, patient, "two", conversationId, { status: "failed" });
    await converse(database, patient, "three", conversationId, { status: "partial" });
    const next = await beginTurn(database, patient, { conversationId });
    expect(next.answered_turns).toBe(2);
  });
});

Deno.test("begin_chat_turn() refuses a request_id used for another message or conversation", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    await beginTurn(database, patient, { requestId, message: "one" });
    const { conversationId } = await converse(database, patient, "another conversation");
    const reused: [string, string] = ["PT409", "request_id_reused"];
    await expectRefused(database, { requestId, message: "two" }, reused);
    await expectRefused(database, { requestId, message: "one", conversationId }, reused);
  });
});

Deno.test("begin_chat_turn() keeps the request_ids of two users apart", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const mine = await beginTurn(database, patient, { requestId });
    const theirs = await beginTurn(database, otherPatient, { requestId, message: "other" });
    expect(theirs.conversation_id).not.toBe(mine.conversation_id);
  });
});

Deno.test("begin_chat_turn() ten times at once with one request_id begins one turn", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => beginTurn(database, patient, { requestId })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason.detail).toBe("turn_in_progress");
    }
    expect(await counts(database)).toEqual({ conversations: 1, messages: 1 });
  });
});

/** The retry finds the turn running, waits for its end, and must not begin it again. */
Deno.test("begin_chat_turn() that waits for the turn's end returns its answer", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    const ending = database.session();
    await ending.unsafe("begin");
    await ending`
      select public.complete_chat_turn(${
      ending.json({
        question_id: first.question_id,
        content: "the answer",
        run: { status: "complete" },
      })
    })`;
    const retry = beginTurn(database, patient, { requestId, staleAfterMs: 0 });
    await untilSomeoneWaits(database);
    await ending.unsafe("commit");
    expect((await retry).answer?.content).toBe("the answer");
  });
});

async function untilSomeoneWaits({ sql }: TestDatabase): Promise<void> {
  for (;;) {
    const waiting = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    if (waiting.length > 0) return;
  }
}

Deno.test("twenty turns at once in one conversation get a seq each, in pairs", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "hello");
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const turn = await beginTurn(database, patient, { conversationId, message: `q${n}` });
        await completeTurn(database, turn.question_id, { content: `a${n}` });
      }),
    );
    const messages = await database.sql`
      select seq, content from public.ai_messages
      where conversation_id = ${conversationId} order by seq`;
    expect(messages.map((row) => row.seq)).toEqual(Array.from({ length: 42 }, (_, n) => n + 1));
    for (let at = 2; at < messages.length; at += 2) {
      expect(messages[at + 1]?.content).toBe(messages[at]?.content.replace("q", "a"));
    }
  });
});

Deno.test("begin_chat_turn() accepts a requested model that is available", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, clinician, { modelId: novaMicro });
    expect(turn.pinned_model_id).toBeNull();
  });
});

Deno.test("begin_chat_turn() refuses a requested model that cannot answer", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.bedrock_models set lifecycle = 'retired' where model_id = ${sonnet35}`;
    const refusedFor = (modelId: string, ...wanted: [string, string]) =>
      expectRefused(database, { modelId }, wanted, clinician);
    const unknown = await refusedFor("no-such-model", "PT404", "model_not_found");
    expect(unknown.hint).toContain(novaPro);
    const unavailable = await refusedFor(
      "anthropic.claude-3-opus-20240229-v1:0",
      "PT409",
      "model_not_available",
    );
    expect(unavailable.hint).toContain(novaPro);
    expect(unavailable.hint).not.toContain(sonnet35);
    await refusedFor(sonnet35, "PT409", "model_retired");
  });
});

Deno.test("begin_chat_turn() lets a user ask for the models that the assistant allows", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const mayAskFor = (modelId: string) => beginTurn(database, patient, { modelId });
    const mayNot: [string, string] = ["PT403", "key_scope"];
    const allow = (names: string[] | null) =>
      sql`update public.ai_assistants set allowed_models = ${names} where assistant_type = 'health'`;
    // The patients' own model is the default.
    await mayAskFor(novaLite);
    const refused = await expectRefused(database, { modelId: novaPro }, mayNot);
    // What users can do, not what operators can.
    expect(refused.hint).toBe("Leave model_id out.");
    // A model that does not exist is told as such, and the hint names none that may not be asked for.
    const unknown = await expectRefused(
      database,
      { modelId: "no-such-model" },
      ["PT404", "model_not_found"],
    );
    expect([unknown.hint?.includes(novaLite), unknown.hint?.includes(novaPro)])
      .toEqual([true, false]);

    await sql`update public.bedrock_models set aliases = '{claude-fast}' where model_id = ${novaMicro}`;
    await allow([novaPro, "claude-fast"]);
    await mayAskFor(novaPro);
    await mayAskFor(novaMicro);
    await allow(["claude-fast"]);
    await expectRefused(database, { modelId: novaPro }, mayNot);
    await allow(null);
    await mayAskFor(novaPro);

    // The pin may be asked for, whatever the assistant allows.
    const { conversationId } = await converse(database, patient, "hello");
    await sql`
      update public.ai_assistants set model_version = ${novaPro}, allowed_models = '{}'
      where assistant_type = 'health'`;
    await beginTurn(database, patient, { conversationId, modelId: novaLite });
    await mayAskFor(novaPro);
    await expectRefused(database, { modelId: novaLite }, mayNot);
  });
});

Deno.test("begin_chat_turn() refuses another model in a pinned conversation, not the pinned one", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, clinician, "hello");
    const wanted: [string, string] = ["PT409", "conversation_pinned"];
    const error = await expectRefused(
      database,
      { conversationId, modelId: novaPro },
      wanted,
      clinician,
    );
    expect(error.message).toContain(novaLite);
    const same = await beginTurn(database, clinician, { conversationId, modelId: novaLite });
    expect(same.pinned_model_id).toBe(novaLite);
  });
});

Deno.test("begin_chat_turn() allows another model once the pin serves no more", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, clinician, "hello");
    for (
      const change of [
        "serves_pinned = false, is_available = false",
        "serves_pinned = true, is_available = true, lifecycle = 'retired'",
      ]
    ) {
      await database.sql.unsafe(
        `update public.bedrock_models set ${change} where model_id = '${novaLite}'`,
      );
      const turn = await beginTurn(database, clinician, { conversationId, modelId: novaPro });
      expect(turn.pinned_model_id).toBe(novaLite);
    }
  });
});

Deno.test("begin_chat_turn() refuses an inactive assistant", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "hello");
    await database.sql`
      update public.ai_assistants set is_active = false where assistant_type = 'health'`;
    const wanted: [string, string] = ["PT409", "assistant_inactive"];
    const error = await expectRefused(database, {}, wanted);
    expect(error.message).toContain("health");
    await expectRefused(database, { conversationId }, wanted);
  });
});

Deno.test("begin_chat_turn() returns the last answered turns, oldest first, and no failed one", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "q1", undefined, {
      content: "a1",
    });
    await converse(database, patient, "failed", conversationId, {
      status: "failed",
      content: "",
    });
    await converse(database, patient, "q3", conversationId, { content: "a3", status: "partial" });
    await beginTurn(database, patient, { conversationId, message: "never answered" });
    await converse(database, patient, "q5", conversationId, { content: "a5" });
    const history = async (historyTurns: number) => {
      const turn = await beginTurn(database, patient, { conversationId, historyTurns });
      return turn.history.map((message) => message.content);
    };
    expect(await history(50)).toEqual(["q1", "a1", "q3", "a3", "q5", "a5"]);
    expect(await history(2)).toEqual(["q3", "a3", "q5", "a5"]);
    expect(await history(0)).toEqual([]);
  });
});

Deno.test("begin_chat_turn() leaves later turns out of the history of one taken up again", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const first = await beginTurn(database, patient, { requestId });
    await converse(database, patient, "later", first.conversation_id);
    const again = await beginTurn(database, patient, { requestId, staleAfterMs: 0 });
    expect(again.history).toEqual([]);
  });
});

/**
 * The receipt: a turn that begins after a switch was committed carries its version or a later one.
 */
Deno.test("no turn begun after a switch was committed carries a smaller version", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "hello");
    let committed = 0;
    let switching = true;
    const operator = database.session();
    const switches = (async () => {
      for (let n = 0; n < 40; n++) {
        const model = n % 2 === 0 ? novaLite : novaPro;
        const [row] = await operator`select public.set_default_model(${model}) as result`;
        committed = row?.result.registry_version;
      }
      switching = false;
    })();
    let turns = 0;
    while (switching) {
      const known = committed;
      const turn = await beginTurn(database, patient, { conversationId });
      expect(turn.registry_version).toBeGreaterThanOrEqual(known);
      turns++;
    }
    await switches;
    expect(turns).toBeGreaterThan(5);
  });
});

Deno.test("a turn that waits for its conversation carries the version of after the wait", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "hello");
    const holder = database.session();
    await holder.unsafe("begin");
    await holder`select from public.ai_conversations where id = ${conversationId} for update`;
    const waiting = beginTurn(database, patient, { conversationId });
    await untilSomeoneWaits(database);
    const [row] = await database.sql`select public.set_default_model(${novaLite}) as result`;
    await holder.unsafe("commit");
    expect((await waiting).registry_version).toBe(row?.result.registry_version);
  });
});

Deno.test("begin_chat_turn() is refused to users, who could name another", async () => {
  await withDatabase(async (database) => {
    const begin = (caller: Caller, userId: string) =>
      refused(database.as(caller, (sql) =>
        sql`
          select public.begin_chat_turn(${
          sql.json({ user_id: userId, request_id: crypto.randomUUID(), message: "hello" })
        })`));
    for (const caller of [patient, platformAdmin]) {
      expect((await begin(caller, otherPatient.userId)).code).toBe("42501");
    }
    const error = await begin(serviceRole, crypto.randomUUID());
    expect([error.code, error.detail]).toEqual(["PT401", "invalid_credentials"]);
    expect(await counts(database)).toEqual({ conversations: 0, messages: 0 });
  });
});

Deno.test("begin_chat_turn() takes a null key and a missing one for the default", async () => {
  await withDatabase(async ({ sql, as }) => {
    const asked = { user_id: patient.userId, request_id: crypto.randomUUID(), message: "hello" };
    const begin = (turn: Readonly<Record<string, string | number | null>>) =>
      as(serviceRole, (api) => api`select public.begin_chat_turn(${api.json(turn)}) as turn`);
    await begin({ ...asked, conversation_id: null, history_turns: null, stale_after_ms: null });
    // 155 s, of which 150 and then 160 have gone by.
    const age = (seconds: number) =>
      sql`update public.ai_messages set begun_at = now() - ${seconds} * interval '1 second'`;
    await age(150);
    expect((await refused(begin(asked))).detail).toBe("turn_in_progress");
    await age(160);
    expect((await begin(asked))[0]?.turn.attempt).toBe(2);
  });
});

Deno.test("begin_chat_turn() stores no longer message than the contract allows", async () => {
  await withDatabase(async (database) => {
    // Counted in characters, not in the halves of surrogate pairs.
    await beginTurn(database, patient, { message: "😀".repeat(maxMessageLength) });
    const longer = beginTurn(database, patient, { message: "x".repeat(maxMessageLength + 1) });
    const error = await refused(longer);
    expect([error.code, error.constraint_name]).toEqual(["23514", "ai_messages_question_length"]);
  });
});
