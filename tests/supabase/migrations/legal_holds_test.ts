/** Legal holds: the words of a user under one stay, against every request. */
import { expect } from "@std/expect";
import {
  continueErasures,
  emptyStorage,
  eraseConversation,
  eraseUser,
  eraseWholly,
  expectChainVerified,
} from "../../support/erasures.ts";
import {
  anon,
  type Caller,
  otherPatient,
  patient,
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse } from "../../support/turns.ts";
import { until } from "../../support/until.ts";

interface Hold {
  readonly user_id: string;
  readonly reason: string;
  readonly until: string | null;
  readonly in_force: boolean;
}

function setHold(
  { as }: Pick<TestDatabase, "as">,
  userId: string,
  until: string | null = null,
  reason: string | null = "Case 12",
): Promise<{ hold: Hold }> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.set_legal_hold(
        p_user_id => ${userId}, p_until => ${until}::text::date,
        p_actor_user_id => ${platformAdmin.userId}, p_source => 'api',
        p_reason => ${reason}) as answer`;
    return row!.answer;
  });
}

/** Whether a session of this database waits for another's lock. */
const isWaiting = async (sql: TestDatabase["sql"]) =>
  (await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`).length > 0;

const removeHold = ({ as }: Pick<TestDatabase, "as">, userId: string) =>
  as(
    serviceRole,
    (sql) =>
      sql`select public.remove_legal_hold(p_user_id => ${userId}, p_reason => 'Case closed')`,
  );

Deno.test("nothing of a user under a legal hold is erased, by whatever way", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const { conversationId } = await converse(database, patient, "kept");
    await setHold(database, patient.userId);
    await sql`update public.ai_assistants set keep_days = 1`;
    await sql`
      update public.ai_messages set created_at = now() - interval '9 days',
        begun_at = begun_at - interval '9 days'`;
    await sql`update public.ai_conversations set created_at = now() - interval '9 days'`;
    const ways: Record<string, () => Promise<unknown>> = {
      "erase_user()": () => eraseUser(database, patient.userId),
      "erase_conversation()": () => eraseConversation(database, conversationId),
      "its user": () => as(patient, (sql) => sql`delete from public.ai_conversations`),
      "SQL": () => sql`delete from public.ai_conversations`,
      "SQL, by message": () => sql`delete from public.ai_messages`,
    };
    for (const [way, erase] of Object.entries(ways)) {
      const error = await refused(erase());
      expect([way, error.code, error.detail]).toEqual([way, "PT409", "legal_hold"]);
    }
    // Without conversations too.
    await setHold(database, otherPatient.userId);
    for (const { userId } of [patient, otherPatient]) {
      await expect(refused(sql`delete from auth.users where id = ${userId}`)).resolves
        .toMatchObject({ code: expect.stringMatching(/^(PT409|23001|23503)$/) });
    }
    await sql`select public.tick()`;
    await sql`select public.tick()`;
    expect(await sql`select from public.ai_messages`).toHaveLength(2);
    expect(await sql`select from auth.users where id = ${patient.userId}`).toHaveLength(1);
    expect(await sql`select from public.ai_erasures`).toHaveLength(0);

    await removeHold(database, patient.userId);
    expect((await eraseWholly(database, patient.userId)).receipt).toMatchObject({ messages: 2 });
  });
});

Deno.test("a turn of a user under a hold goes on, also after a failure of it", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    await setHold(database, patient.userId);
    const turn = await beginTurn(database, patient, { requestId });
    await completeTurn(database, turn.question_id, { status: "failed", errorCode: "timeout" });
    await beginTurn(database, patient, { requestId });
    expect(await completeTurn(database, turn.question_id)).toMatchObject({ status: "complete" });
  });
});

Deno.test("an erasure that runs when a hold is set stops, and goes on when it is removed", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, "gone");
    const begun = await eraseUser(database, patient.userId);
    await converse(database, patient, "kept");
    await setHold(database, patient.userId);
    expect(await continueErasures(database)).toMatchObject({ running: 0, messages: 0 });
    expect((await refused(eraseUser(database, patient.userId))).detail).toBe("legal_hold");
    expect(await sql`select from public.ai_messages`).toHaveLength(2);
    await removeHold(database, patient.userId);
    for (let call = 0; call < 4; call++) {
      await continueErasures(database);
      await emptyStorage(database);
    }
    const receipts = await sql`select id::int, status, messages from public.ai_erasures`;
    expect([...receipts]).toEqual([{ id: begun.erasure_id, status: "done", messages: 4 }]);
  });
});

Deno.test("a hold waits for a deletion that is under way, and a deletion for a hold", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    await converse(database, patient, "q");
    await converse(database, patient, "r");
    const user = database.session();
    await user`begin`;
    await user`delete from public.ai_conversations where id = (
      select id from public.ai_conversations limit 1)`;
    let isSet = false;
    const hold = setHold(database, patient.userId).then(() => isSet = true);
    await until(() => isWaiting(sql), "the hold waits");
    expect(isSet).toBe(false);
    await user`commit`;
    await hold;
    expect(await sql`select from public.ai_conversations`).toHaveLength(1);

    await removeHold(database, patient.userId);
    const operator = database.session();
    await operator`begin`;
    await operator`select public.set_legal_hold(${patient.userId}, p_reason => 'Case 13')`;
    const deletion = refused(as(patient, (sql) => sql`delete from public.ai_conversations`));
    await until(() => isWaiting(sql), "the deletion waits");
    await operator`commit`;
    expect((await deletion).detail).toBe("legal_hold");
    expect(await sql`select from public.ai_conversations`).toHaveLength(1);
  });
});

Deno.test("a hold is in force through its last day, and the tick removes it then", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const [day] = await sql`
      select ((now() at time zone 'UTC')::date)::text as today,
        ((now() at time zone 'UTC')::date - 1)::text as yesterday`;
    await converse(database, patient, "kept");
    expect(await setHold(database, patient.userId, day!.today)).toMatchObject({
      hold: { until: day!.today, in_force: true },
    });
    expect((await refused(eraseUser(database, patient.userId))).detail).toBe("legal_hold");
    await sql`update public.ai_legal_holds set until = ${day!.yesterday}`;
    await expect(eraseUser(database, patient.userId)).resolves.toMatchObject({ status: "running" });
    await sql`select public.tick()`;
    expect(await sql`select from public.ai_legal_holds`).toHaveLength(0);
    await sql`delete from auth.users where id = ${patient.userId}`;
    const [last] = await sql`
      select action, reason from public.model_switches
      where table_name = 'ai_legal_holds' order by id desc limit 1`;
    expect({ ...last }).toEqual({ action: "remove-legal-hold", reason: "The hold has ended." });
  });
});

Deno.test("holds are recorded with who set them and why, and no rollback takes them back", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const { hold } = await setHold(database, patient.userId);
    expect(hold).toMatchObject({ user_id: patient.userId, reason: "Case 12", until: null });
    await setHold(database, patient.userId, null, "Case 13");
    // The same again is no change.
    await setHold(database, patient.userId, null, "Case 13");
    await refused(as(serviceRole, (sql) => sql`select public.roll_back_switches()`));
    const listed = await as(serviceRole, async (sql) => {
      const [row] = await sql`select public.list_legal_holds() as answer`;
      return row!.answer.holds as Hold[];
    });
    expect(listed.map(({ reason }) => reason)).toEqual(["Case 13"]);
    await removeHold(database, patient.userId);
    const entries = await sql`
      select action, reason, actor_user_id from public.model_switches
      where table_name = 'ai_legal_holds' order by id`;
    expect([...entries]).toEqual([
      { action: "set-legal-hold", reason: "Case 12", actor_user_id: platformAdmin.userId },
      { action: "set-legal-hold", reason: "Case 13", actor_user_id: platformAdmin.userId },
      { action: "remove-legal-hold", reason: "Case closed", actor_user_id: null },
    ]);
    await expectChainVerified(database);
  });
});

Deno.test("what is no hold is refused in words, and only platform admins see the holds", async () => {
  await withDatabase(async (database) => {
    const { as } = database;
    await setHold(database, patient.userId);
    const wrong: [() => Promise<unknown>, string][] = [
      [() => setHold(database, patient.userId, null, null), "invalid_request"],
      [() => setHold(database, patient.userId, null, "  "), "invalid_request"],
      [() => setHold(database, patient.userId, null, "x".repeat(501)), "invalid_request"],
      [() => setHold(database, patient.userId, "2020-01-01"), "invalid_request"],
      [() => setHold(database, patient.userId, "infinity"), "invalid_request"],
      [() => setHold(database, crypto.randomUUID()), "user_not_found"],
      [() => removeHold(database, otherPatient.userId), "user_not_found"],
    ];
    for (const [change, code] of wrong) expect((await refused(change())).detail).toBe(code);
    const read = (caller: Caller) =>
      as(caller, (sql) => sql`select reason from public.ai_legal_holds`);
    expect(await read(platformAdmin)).toHaveLength(1);
    expect(await read(patient)).toHaveLength(0);
    expect((await refused(read(anon))).code).toBe("42501");
  });
});
