/** Conversations of a user whose role changed: no assistant that the user has lost answers in them. */
import { expect } from "@std/expect";
import {
  clinician,
  patient,
  refused,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse, novaLite, sonnet35 } from "../../support/turns.ts";

const demote = ({ sql }: TestDatabase) =>
  sql`delete from public.ai_user_roles where user_id = ${clinician.userId}`;

const move = ({ sql }: TestDatabase) =>
  sql`update public.registry_settings set on_role_change = 'move'`;

async function conversationOf({ sql }: TestDatabase, id: string) {
  const [row] = await sql`
    select a.assistant_type, c.model_id from public.ai_conversations as c
    join public.ai_assistants as a on a.id = c.assistant_id where c.id = ${id}`;
  return { ...row };
}

Deno.test("begin_chat_turn() refuses a demoted clinician's old conversation, and leaves no row", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, clinician, "a dose", undefined, {
      model: sonnet35,
    });
    await demote(database);
    const error = await refused(beginTurn(database, clinician, { conversationId }));
    expect([error.code, error.detail]).toEqual(["PT403", "assistant_not_allowed"]);
    expect(await database.sql`select from public.ai_messages`).toHaveLength(2);
    expect(await conversationOf(database, conversationId)).toEqual({
      assistant_type: "clinical",
      model_id: sonnet35,
    });
    expect((await beginTurn(database, clinician)).assistant_type).toBe("health");
  });
});

Deno.test("begin_chat_turn() refuses a promoted patient's old conversation, until the role is back", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "hello");
    await database.sql`
      insert into public.ai_user_roles (user_id, assistant_type)
      values (${patient.userId}, 'clinical')`;
    const error = await refused(beginTurn(database, patient, { conversationId }));
    expect(error.detail).toBe("assistant_not_allowed");
    await database.sql`delete from public.ai_user_roles where user_id = ${patient.userId}`;
    expect((await beginTurn(database, patient, { conversationId })).assistant_type).toBe("health");
  });
});

Deno.test("begin_chat_turn() gives the stored answer of before the role changed", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const turn = await beginTurn(database, clinician, { requestId });
    const answer = await completeTurn(database, turn.question_id);
    await demote(database);
    expect((await beginTurn(database, clinician, { requestId })).answer?.id).toBe(answer.id);
  });
});

Deno.test("begin_chat_turn() does not take a failed turn up again with the assistant of before", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const turn = await beginTurn(database, clinician, { requestId });
    await completeTurn(database, turn.question_id, { status: "failed" });
    await demote(database);
    const error = await refused(beginTurn(database, clinician, { requestId }));
    expect(error.detail).toBe("assistant_not_allowed");
  });
});

Deno.test("begin_chat_turn() moves the conversation where that is set: no pin, the messages stay", async () => {
  await withDatabase(async (database) => {
    await move(database);
    const { conversationId } = await converse(database, clinician, "a dose", undefined, {
      model: sonnet35,
    });
    await demote(database);
    const turn = await beginTurn(database, clinician, { conversationId });
    expect(turn).toMatchObject({ assistant_type: "health", pinned_model_id: null });
    expect(turn.history.map(({ content }) => content)).toEqual(["a dose", "an answer"]);
    await completeTurn(database, turn.question_id, { model: novaLite });
    expect(await conversationOf(database, conversationId)).toEqual({
      assistant_type: "health",
      model_id: novaLite,
    });
  });
});

Deno.test("begin_chat_turn() lets a moved conversation ask for a model of its own again", async () => {
  await withDatabase(async (database) => {
    await move(database);
    const { conversationId } = await converse(database, clinician, "a dose", undefined, {
      model: sonnet35,
    });
    await demote(database);
    const turn = await beginTurn(database, clinician, { conversationId, modelId: novaLite });
    expect(turn.pinned_model_id).toBeNull();
  });
});

Deno.test("begin_chat_turn() moves no conversation while a turn with the former assistant runs", async () => {
  await withDatabase(async (database) => {
    await move(database);
    const first = await beginTurn(database, clinician);
    const conversationId = first.conversation_id;
    await demote(database);
    const error = await refused(beginTurn(database, clinician, { conversationId }));
    expect([error.code, error.detail]).toEqual(["PT409", "turn_in_progress"]);
    await completeTurn(database, first.question_id, { model: sonnet35 });
    const next = await beginTurn(database, clinician, { conversationId });
    expect(next).toMatchObject({ assistant_type: "health", pinned_model_id: null });
    expect(
      await database.sql`
      select from public.ai_usage where assistant_type = 'clinical'`,
    ).toHaveLength(1);
  });
});
