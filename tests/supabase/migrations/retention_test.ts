/** How long an assistant keeps conversations, and the tick that erases those that are older. */
import { expect } from "@std/expect";
import {
  continueErasures,
  emptyStorage,
  expectChainVerified,
  image,
  ledger,
  marker,
  tablesWith,
} from "../../support/erasures.ts";
import {
  clinician,
  patient,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse } from "../../support/turns.ts";

function setRetention(
  { as }: TestDatabase,
  assistantType: string | null,
  keepDays: number | null,
): Promise<{ former_keep_days: Record<string, number | null> }> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.set_retention(
        p_assistant_type => ${assistantType}, p_keep_days => ${keepDays},
        p_actor_key_name => 'ops', p_reason => 'Policy 7') as answer`;
    return row!.answer;
  });
}

/** Moves a conversation and its messages so many days into the past. */
async function age({ sql }: TestDatabase, conversationId: string, days: number): Promise<void> {
  await sql`
    update public.ai_conversations set created_at = created_at - make_interval(days => ${days})
    where id = ${conversationId}`;
  await sql`
    update public.ai_messages set created_at = created_at - make_interval(days => ${days}),
      begun_at = begun_at - make_interval(days => ${days})
    where conversation_id = ${conversationId}`;
}

const sweep = async ({ sql }: TestDatabase) => {
  await sql`
    update switchboard.tick_steps set last_ran_at = last_ran_at - interval '2 hours'
    where step = 'sweep-retention'`;
  const [row] = await sql`select public.tick() as answer`;
  const steps = row!.answer.steps as { step: string; error: string | null }[];
  expect(steps.filter(({ error }) => error !== null)).toEqual([]);
};

Deno.test("the tick erases conversations so many days after their last turn, with one receipt an assistant", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const old = [
      await converse(database, patient, marker),
      await converse(database, patient, marker),
    ];
    const withImage = await beginTurn(database, patient, {
      message: marker,
      blocks: image(patient.userId, "old"),
    });
    await completeTurn(database, withImage.question_id);
    const continued = await converse(database, patient, "continued");
    const recent = await converse(database, patient, "recent");
    const ofOther = await converse(database, clinician, "of another assistant");
    for (const { conversationId } of [...old, continued, ofOther]) {
      await age(database, conversationId, 31);
    }
    await age(database, withImage.conversation_id, 31);
    await age(database, recent.conversationId, 29);
    await converse(database, patient, "again", continued.conversationId);
    const running = await beginTurn(database, patient);
    await sql`
      update public.ai_conversations set created_at = created_at - interval '31 days'
      where id = ${running.conversation_id}`;
    // A new name is no turn.
    await sql`update public.ai_conversations set title = ${marker} where id = ${
      old[0]!.conversationId
    }`;
    const before = await ledger(database);

    await sweep(database);
    expect(await sql`select from public.ai_erasures`).toHaveLength(0);
    expect(await setRetention(database, "health", 30)).toMatchObject({
      former_keep_days: { health: null },
    });
    await sweep(database);
    const left = await sql`select id from public.ai_conversations order by id`;
    expect(left.map(({ id }) => id)).toEqual(
      [continued, recent, ofOther].map(({ conversationId }) => conversationId)
        .concat(running.conversation_id).sort(),
    );
    expect((await emptyStorage(database)).map(({ path }) => path))
      .toEqual([`${patient.userId}/old.png`]);
    await sweep(database);
    await sweep(database);
    const receipts = await sql`
      select kind, assistant_type, user_hash, status, conversations, messages, objects
      from public.ai_erasures`;
    expect([...receipts]).toEqual([{
      kind: "retention",
      assistant_type: "health",
      user_hash: null,
      status: "done",
      conversations: 3,
      messages: 6,
      objects: 1,
    }]);
    expect(await tablesWith(database, marker)).toEqual([]);
    expect(await ledger(database)).toEqual(before);
    await expectChainVerified(database);
  });
});

Deno.test("a sweep goes on in batches, and one that finds nothing more leaves no receipt of nothing", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    for (let n = 0; n < 5; n++) {
      const { conversationId } = await converse(database, patient, marker);
      await age(database, conversationId, 9);
    }
    await setRetention(database, null, 7);
    await sql`select switchboard.sweep_retention()`;
    await continueErasures(database, 3);
    const count = () => sql`select from public.ai_messages`;
    expect(await count()).toHaveLength(7);
    // Another sweep begins none beside the one that runs.
    await sql`select switchboard.sweep_retention()`;
    expect(await sql`select from public.ai_erasures`).toHaveLength(1);
    for (let call = 0; call < 5; call++) await continueErasures(database, 3);
    expect(await count()).toHaveLength(0);
    const receipts = await sql`select status, conversations, messages from public.ai_erasures`;
    expect([...receipts]).toEqual([{ status: "done", conversations: 5, messages: 10 }]);

    const { conversationId } = await converse(database, patient, marker);
    await age(database, conversationId, 9);
    await sql`select switchboard.sweep_retention()`;
    await sql`delete from public.ai_conversations`;
    await continueErasures(database);
    await continueErasures(database);
    expect(await sql`select from public.ai_erasures`).toHaveLength(1);
    expect(await sql`select from switchboard.erasure_jobs`).toHaveLength(0);
  });
});

Deno.test("set_retention() sets one assistant or all, recorded, and refuses what is no number of days", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await setRetention(database, "health", 90);
    const all = await setRetention(database, null, 365);
    expect(all.former_keep_days).toMatchObject({ health: 90, clinical: null });
    const kept = await sql`select distinct keep_days from public.ai_assistants`;
    expect([...kept]).toEqual([{ keep_days: 365 }]);
    await setRetention(database, null, null);
    const entries = await sql`
      select distinct action, reason, actor_key_name from public.model_switches
      where table_name = 'ai_assistants' and row_before is not null`;
    expect([...entries]).toEqual([
      { action: "set-retention", reason: "Policy 7", actor_key_name: "ops" },
    ]);
    for (const days of [0, -1, 36_501]) {
      expect((await refused(setRetention(database, null, days))).detail).toBe("invalid_request");
    }
    expect((await refused(setRetention(database, "nobody", 1))).detail)
      .toBe("assistant_not_found");
  });
});
