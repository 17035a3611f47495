/** Erasing what people wrote: by an operator, by themselves, and with their account. */
import { expect } from "@std/expect";
import {
  claim,
  continueErasures,
  emptyStorage,
  eraseConversation,
  eraseUser,
  eraseWholly,
  type Erasure,
  expectChainVerified,
  image,
  ledger,
  marker,
  recordObjects,
  tablesWith,
  talk,
} from "../../support/erasures.ts";
import { addLimit, expectProven, holdTurn, smallDemand, stateOf } from "../../support/held_runs.ts";
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

Deno.test("erase_user() leaves no word in any table, the ledger as it was, and a receipt in the chain", async () => {
  await withDatabase(async (database) => {
    const { kept } = await talk(database);
    const before = await ledger(database);
    expect(await tablesWith(database, marker)).toContain("public.ai_messages");

    const first = await eraseUser(database, patient.userId, { key: "ops", reason: "Ticket 4711" });
    expect(first).toMatchObject({ status: "running", left: { messages: 0, objects: 1 } });
    const done = await eraseWholly(database, patient.userId);
    const [hash] = await database.sql`
      select switchboard.keyed_hash('user', ${patient.userId}) as of`;
    const [today] = await database.sql`
      select ((now() at time zone 'UTC')::date + 30)::text as until`;
    expect(done).toMatchObject({
      erasure_id: first.erasure_id,
      left: { messages: 0, conversations: 0, objects: 0, running_turns: 0, limit_windows: 0 },
      receipt: {
        kind: "user",
        user_hash: hash!.of,
        conversations: 2,
        messages: 4,
        objects: 1,
        asked_by_key_name: "ops",
        database_role: "service_role",
        backups_until: today!.until,
      },
    });

    expect(await tablesWith(database, marker)).toEqual([]);
    expect(await ledger(database)).toEqual(before);
    const left = await database.sql`select distinct conversation_id as id from public.ai_messages`;
    expect([...left]).toEqual([{ id: kept.conversationId }]);
    const entries = await database.sql`
      select action, source, reason, actor_key_name, actor_user_id, row_before, row_after
      from public.model_switches where action = 'erase'`;
    expect([...entries]).toEqual([{
      action: "erase",
      source: "api",
      reason: "Ticket 4711",
      actor_key_name: "ops",
      actor_user_id: null,
      row_before: null,
      row_after: done.receipt,
    }]);
    expect(JSON.stringify(entries[0])).not.toContain(patient.userId);
    const [listed] = await database.sql`
      select l #> '{0,from}' as "from", l #> '{0,to}' as "to"
      from public.list_model_switches(1, p_actions => '{erase}') as l`;
    const { kind, user_hash, conversations, messages, objects, backups_until } = done.receipt;
    expect(listed).toMatchObject({
      from: null,
      to: { kind, user_hash, conversations, messages, objects, backups_until },
    });
    await expectChainVerified(database);

    // Asked for again, it is the same erasure.
    expect(await eraseUser(database, patient.userId)).toEqual(done);
    expect((await refused(eraseUser(database, crypto.randomUUID()))).detail).toBe("user_not_found");
  });
});

Deno.test("an erasure is one, however many ask for it at once", async () => {
  await withDatabase(async (database) => {
    await talk(database);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => eraseWholly(database, patient.userId)),
    );
    expect(new Set(answers.map(({ erasure_id }) => erasure_id)).size).toBe(1);
    expect(await database.sql`select from public.ai_erasures`).toHaveLength(1);
    expect(await database.sql`select from public.model_switches where action = 'erase'`)
      .toHaveLength(1);
    expect(answers[0]!.receipt).toMatchObject({ conversations: 2, messages: 4 });
  });
});

/** A conversation with so many messages, as they were on a day long ago. */
async function insertMessages({ sql }: TestDatabase, userId: string, messages: number) {
  await sql`
    with conversation as (
      insert into public.ai_conversations (user_id, assistant_id, title, created_at)
      select ${userId}, a.id, ${marker}, now() - interval '400 days'
      from public.ai_assistants as a where a.assistant_type = 'health'
      returning id
    )
    insert into public.ai_messages (
      conversation_id, seq, role, content, status, begun_at, attempt, created_at)
    select c.id, n.seq, case when n.seq % 2 = 1 then 'user' else 'assistant' end,
      ${marker} || n.seq, 'complete',
      case when n.seq % 2 = 1 then now() - interval '400 days' end,
      case when n.seq % 2 = 1 then 1 end, now() - interval '400 days'
    from conversation as c cross join generate_series(1, ${messages}::int) as n (seq)`;
}

Deno.test("a user with 100,000 messages is erased in bounded batches, which go on where one was killed", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    for (let n = 0; n < 4; n++) await insertMessages(database, patient.userId, 25_000);
    const count = async () => {
      const [row] = await sql`select count(*)::int as count from public.ai_messages`;
      return row!.count as number;
    };
    const begun = await eraseUser(database, patient.userId);
    expect(begun.left).toMatchObject({ messages: 95_000, conversations: 4 });
    expect(await count()).toBe(95_000);

    // A batch that is cut off has done nothing, and the next one goes on.
    await expect(sql.begin(async (transaction) => {
      await transaction`select public.continue_erasures(20000)`;
      throw new Error("killed");
    })).rejects.toThrow("killed");
    expect(await count()).toBe(95_000);
    expect(await continueErasures(database, 20_000)).toMatchObject({
      running: 1,
      messages: 20_000,
    });
    expect(await count()).toBe(75_000);

    let batches = 0;
    while (await count() > 0) {
      const before = await count();
      await continueErasures(database, 50_000);
      expect(before - await count()).toBeLessThanOrEqual(50_000);
      expect(++batches).toBeLessThan(10);
    }
    await emptyStorage(database);
    const done = await eraseWholly(database, patient.userId);
    expect(done).toMatchObject({
      erasure_id: begun.erasure_id,
      receipt: { conversations: 4, messages: 100_000 },
    });
    expect(await tablesWith(database, marker)).toEqual([]);
    await expectChainVerified(database);
  });
});

Deno.test("what has grown since the tables were analyzed is erased within the API's statement_timeout", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await insertMessages(database, patient.userId, 2);
    await sql`delete from public.ai_conversations`;
    await sql`analyze public.ai_messages, public.ai_conversations`;
    for (let n = 0; n < 100; n++) await insertMessages(database, patient.userId, 1_000);
    const left = await sql.begin(async (transaction) => {
      await transaction`set local statement_timeout = '8s'`;
      const [row] = await transaction`
        select public.erase_user(${patient.userId!}) -> 'left' as left`;
      return row!.left;
    });
    expect(left).toMatchObject({ messages: 95_000, conversations: 95 });
  });
});

Deno.test("an erasure waits for Storage, and what fails there is tried again", async () => {
  await withDatabase(async (database) => {
    await talk(database);
    await eraseUser(database, patient.userId);
    const [folder, ...others] = await claim(database);
    expect([folder!.path, folder!.is_prefix, others]).toEqual([`${patient.userId}/`, true, []]);
    // It is another instance's at the moment.
    expect(await claim(database)).toEqual([]);
    await recordObjects(database, [
      { id: folder!.id, removed: 2, error: "storage_unavailable" },
    ]);
    expect(await eraseUser(database, patient.userId)).toMatchObject({
      status: "running",
      left: { objects: 1 },
      receipt: { objects: 2 },
    });
    expect(await emptyStorage(database)).toEqual([folder]);
    expect(await eraseUser(database, patient.userId)).toMatchObject({
      status: "done",
      receipt: { objects: 3 },
    });
    // One that died with its claim.
    await converse(database, otherPatient, "q");
    await eraseUser(database, otherPatient.userId);
    const claimed = await claim(database);
    await database.sql`
      update switchboard.erasure_objects set claimed_at = now() - interval '6 minutes'`;
    expect(await claim(database)).toEqual(claimed);
  });
});

Deno.test("a folder that is to go once more while it is emptied is emptied once more", async () => {
  await withDatabase(async (database) => {
    await talk(database);
    await eraseUser(database, patient.userId);
    const [folder] = await claim(database);
    await converse(database, patient, "meanwhile");
    await eraseUser(database, patient.userId);
    await recordObjects(database, [{ id: folder!.id, removed: 1, error: null }]);
    expect(await eraseUser(database, patient.userId)).toMatchObject({ status: "running" });
    expect(await emptyStorage(database)).toEqual([folder]);
    expect(await eraseUser(database, patient.userId)).toMatchObject({
      status: "done",
      receipt: { conversations: 3 },
    });
  });
});

Deno.test("erase_conversation() erases one, and leaves an image that another one has too", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const begin = (name: string) =>
      beginTurn(database, patient, { message: marker, blocks: image(patient.userId, name) });
    const turns = [await begin("shared"), await begin("shared"), await begin("own")];
    for (const turn of turns) await completeTurn(database, turn.question_id);
    const [one, two, three] = turns.map((turn) => turn.conversation_id);

    await eraseConversation(database, one!);
    expect(await emptyStorage(database)).toEqual([]);
    const done = await eraseConversation(database, one!);
    expect(done).toMatchObject({
      status: "done",
      receipt: { kind: "conversation", conversation_id: one, conversations: 1, messages: 2 },
    });
    expect(await eraseConversation(database, one!)).toEqual(done);
    await eraseConversation(database, three!);
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/own.png`]);
    await eraseConversation(database, two!);
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/shared.png`]);
    expect(await sql`select from public.ai_conversations`).toHaveLength(0);
    expect((await refused(eraseConversation(database, crypto.randomUUID()))).detail)
      .toBe("conversation_not_found");
  });
});

Deno.test("a user's own deletion has its images removed, and a receipt that names the hash only", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const { second } = await talk(database);
    const before = await ledger(database);
    const versions = () => sql`select version from public.registry_version`;
    const version = [...await versions()];
    // One after the other, as an app does it; neither waits for an erasure or an operator.
    const others = database.session();
    await others`begin`;
    await others`select pg_advisory_xact_lock(switchboard.erasure_lock(${patient.userId}))`;
    await others`select switchboard.lock_registry()`;
    for (const wanted of [[second.conversationId], null]) {
      await as(patient, async (sql) => {
        await sql`set local lock_timeout = '2s'`;
        const deleted = await sql`
          delete from public.ai_conversations as c
          where ${wanted}::uuid[] is null or c.id = any (${wanted}::uuid[]) returning id`;
        expect(deleted).toHaveLength(1);
      });
    }
    await others`rollback`;
    expect(await tablesWith(database, marker)).toEqual([]);
    expect([...await versions()]).toEqual(version);
    expect(await sql`select from public.ai_conversations`).toHaveLength(1);

    // The first has no image and is done; the second waits for its own.
    expect(await continueErasures(database)).toMatchObject({ done: 1, running: 1 });
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/a.png`]);
    expect(await continueErasures(database)).toMatchObject({ done: 1, running: 0 });
    const receipts = await sql`
      select e.*, e.user_hash = switchboard.keyed_hash('user', ${patient.userId}) as is_theirs
      from public.ai_erasures as e order by e.id`;
    const shared = {
      kind: "own",
      status: "done",
      is_theirs: true,
      conversations: 1,
      messages: 2,
      asked_by_user_id: null,
      asked_by_key_name: null,
      database_role: "authenticated",
    };
    expect([...receipts]).toMatchObject([{ ...shared, objects: 0 }, { ...shared, objects: 1 }]);
    const stored = await sql`
      select row_after ->> 'id' as id, actor_user_id from public.model_switches
      where action = 'erase' order by id`;
    expect([...stored]).toEqual(receipts.map(({ id }) => ({ id, actor_user_id: null })));
    expect(await tablesWith(database, patient.userId)).not.toContain("public.model_switches");
    expect(await ledger(database)).toEqual(before);
    await expectChainVerified(database);
  });
});

Deno.test("a user's own deletion of what runs is done when the turn has ended", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const turn = await beginTurn(database, patient, {
      message: marker,
      blocks: image(patient.userId, "late"),
    });
    await as(patient, (sql) => sql`delete from public.ai_conversations`);
    await emptyStorage(database);
    expect(await continueErasures(database)).toMatchObject({ done: 0, running: 1 });
    await completeTurn(database, turn.question_id, { content: marker });
    expect(await continueErasures(database)).toMatchObject({ done: 0, running: 1 });
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/late.png`]);
    expect(await continueErasures(database)).toMatchObject({ done: 1, running: 0 });
    const [receipt] = await sql`select kind, messages, objects from public.ai_erasures`;
    expect(receipt).toMatchObject({ kind: "own", messages: 1, objects: 2 });
    expect(await tablesWith(database, marker)).toEqual([]);
    await expectChainVerified(database);
  });
});

Deno.test("the end of an account in Auth takes its rows at once, and has the rest erased with a receipt", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await talk(database);
    const before = await ledger(database);
    const versions = () => sql`select version from public.registry_version`;
    const [version] = await versions();
    // An operator's transaction is in no one's way.
    const operator = database.session();
    await operator`begin`;
    await operator`select switchboard.lock_registry()`;
    await sql.begin(async (auth) => {
      await auth`set local role supabase_auth_admin`;
      await auth`set local lock_timeout = '2s'`;
      await auth`delete from auth.users where id = ${patient.userId}`;
    });
    await operator`rollback`;
    expect(await tablesWith(database, marker)).toEqual([]);
    expect(await versions()).toEqual([version]);
    expect((await emptyStorage(database)).map(({ path }) => path)).toEqual([`${patient.userId}/`]);
    await continueErasures(database);
    await continueErasures(database);
    const [receipt] = await sql`select * from public.ai_erasures`;
    expect(receipt).toMatchObject({
      kind: "account",
      status: "done",
      conversations: 2,
      messages: 4,
      objects: 1,
      asked_by_user_id: null,
      database_role: "supabase_auth_admin",
    });
    expect(await ledger(database)).toEqual(before);
    await expectChainVerified(database);
    const stored = await sql`select row_after from public.model_switches where action = 'erase'`;
    expect(stored).toHaveLength(1);
    // For an hour an upload may still be under way; then even the id is gone.
    await sql`update switchboard.erased_turns set begun_at = begun_at - interval '63 minutes'`;
    expect(await continueErasures(database)).toMatchObject({ forgotten_turns: 2 });
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/a.png`]);
    await sql`analyze`;
    expect(await tablesWith(database, patient.userId)).toEqual([]);
    await expect(eraseUser(database, patient.userId)).resolves.toMatchObject({ status: "done" });
  });
});

Deno.test("an account that ends while its erasure runs has one receipt", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await insertMessages(database, patient.userId, 6000);
    await talk(database);
    const begun = await eraseUser(database, patient.userId);
    expect(begun.left.messages).toBeGreaterThan(0);
    await sql`delete from auth.users where id = ${patient.userId}`;
    expect(await eraseWholly(database, patient.userId)).toMatchObject({
      erasure_id: begun.erasure_id,
      receipt: { kind: "user", conversations: 3, messages: 6004 },
    });
    expect(await sql`select from public.ai_erasures`).toHaveLength(1);
  });
});

Deno.test("erasing gives no fresh budget: windows go, and are counted from the ledger again", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const columns = { scope: "each_user", unit: "turns", amount: 3 };
    const limits = [
      await addLimit(sql, { ...columns, period: "month" }),
      await addLimit(sql, { ...columns, period: "total" }),
      await addLimit(sql, { ...columns, period: "day", enforcement: "soft" }),
    ];
    for (const person of [patient, patient, otherPatient]) {
      await (await holdTurn(database, person)).complete();
    }
    const held = await holdTurn(database, patient, smallDemand);
    const done = eraseWholly(database, patient.userId);
    await expect(done).rejects.toThrow("does not end");
    await expectProven(database);
    expect(await eraseUser(database, patient.userId)).toMatchObject({
      left: { running_turns: 1, messages: 0 },
    });
    await held.complete();
    await expectProven(database);
    const { receipt } = await eraseWholly(database, patient.userId);
    expect(receipt.limit_windows).toBeGreaterThanOrEqual(2);
    const [hash] = await sql`select switchboard.keyed_hash('user', ${patient.userId}) as of`;
    const left = await sql`
      select distinct limit_id::text as id from switchboard.limit_windows as w
      join public.ai_limits as l on l.id = w.limit_id
      where w.scope_key = ${hash!.of} and l.enforcement = 'hard'`;
    expect(left).toHaveLength(0);
    // Windows of soft limits stay until their day or month is over, and the receipt says so.
    expect(receipt.limit_windows_left).toBeGreaterThanOrEqual(1);
    const [ends] = await sql`select (${receipt
      .limit_windows_until!}::timestamptz > now()) as later`;
    expect(ends!.later).toBe(true);
    await expectProven(database);

    // Three are spent.
    expect((await refused(holdTurn(database, patient))).detail).toMatch(/^limit_exceeded/);
    await (await holdTurn(database, otherPatient)).complete();
    await expectProven(database);
    expect(await stateOf(database, limits[0]!)).toMatchObject({ spent: 2 });
  });
});

Deno.test("a window that is dropped while runs begin and settle loses nothing", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const columns = { scope: "each_user", unit: "turns", amount: 100, period: "month" };
    const limit = await addLimit(sql, columns);
    await addLimit(sql, { ...columns, unit: "tokens", enforcement: "soft" });
    for (let round = 0; round < 5; round++) {
      const runs = await Promise.all([1, 2, 3].map(() => holdTurn(database, patient)));
      await Promise.all([
        ...runs.map((run) => run.complete()),
        eraseUser(database, patient.userId),
        holdTurn(database, patient).then((run) => run.complete()),
        continueErasures(database),
      ]);
      await expectProven(database);
    }
    await (await holdTurn(database, patient)).complete();
    expect(await stateOf(database, limit)).toMatchObject({ spent: 21, held: 0 });
    await expectProven(database);
  });
});

Deno.test("receipts never change, and only platform admins and secret keys read them", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    await talk(database);
    await eraseWholly(database, patient.userId, { actor: platformAdmin.userId });
    for (
      const change of [
        "update public.ai_erasures set messages = 0",
        "delete from public.ai_erasures",
      ]
    ) {
      expect((await refused(sql.unsafe(change))).code).toBe("42501");
    }
    const read = (caller: Caller) => as(caller, (sql) => sql`select id from public.ai_erasures`);
    expect(await read(platformAdmin)).toHaveLength(1);
    expect(await read(patient)).toHaveLength(0);
    expect((await refused(read(anon))).code).toBe("42501");
    const list = await as(serviceRole, async (sql) => {
      const [row] = await sql`select public.list_erasures(10) as listed`;
      return row!.listed.erasures as Erasure[];
    });
    expect(list.map(({ receipt }) => receipt.asked_by_user_id)).toEqual([platformAdmin.userId]);
    expect(
      (await refused(as(patient, (sql) => sql`select public.erase_user(${patient.userId})`))).code,
    )
      .toBe("42501");
  });
});

Deno.test("the receipt waits for an operator who holds the registry, and the words do not", async () => {
  await withDatabase(async (database) => {
    await talk(database);
    await eraseUser(database, patient.userId);
    await emptyStorage(database);
    const operator = database.session();
    await operator`begin`;
    await operator`select switchboard.lock_registry()`;
    expect(await continueErasures(database)).toMatchObject({ running: 1, done: 0 });
    await operator`rollback`;
    expect(await continueErasures(database)).toMatchObject({ running: 0, done: 1 });
  });
});
