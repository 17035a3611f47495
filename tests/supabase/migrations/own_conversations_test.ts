/** What users may do with their own conversations: rename and delete them, and nothing else. */
import { expect } from "@std/expect";
import {
  type Caller,
  clinician,
  otherPatient,
  patient,
  platformAdmin,
  refused,
  withDatabase,
} from "../../support/test_database.ts";
import { converse } from "../../support/turns.ts";

const strangers: readonly Caller[] = [otherPatient, clinician, platformAdmin, {
  role: "authenticated",
}];

Deno.test("users rename their own conversations, and no other user's", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const { conversationId } = await converse(database, patient, "a private question");
    const rename = (caller: Caller, title: string | null) =>
      as(
        caller,
        (sql) =>
          sql`update public.ai_conversations set title = ${title} where id = ${conversationId}
          returning title`,
      );
    for (const stranger of strangers) expect([...await rename(stranger, "mine")]).toEqual([]);
    for (const title of ["My knee", null, "x".repeat(200), "🦵".repeat(200)]) {
      expect([...await rename(patient, title)]).toEqual([{ title }]);
    }
    expect((await refused(rename(patient, "x".repeat(201)))).code).toBe("23514");
    expect((await refused(rename({ role: "anon" }, "mine"))).code).toBe("42501");
    const [row] = await sql`select title, model_id, answered_turns from public.ai_conversations`;
    expect(row).toMatchObject({ title: "🦵".repeat(200), answered_turns: 1 });
  });
});

Deno.test("users change nothing of a conversation but its title", async () => {
  await withDatabase(async (database) => {
    await converse(database, patient, "a private question");
    const columns = await database.sql`
      select attname as name from pg_attribute
      where attrelid = 'public.ai_conversations'::regclass and attnum > 0 and attname <> 'title'`;
    expect(columns.length).toBeGreaterThan(7);
    for (const { name } of columns) {
      const change = database.as(
        patient,
        (sql) => sql.unsafe(`update public.ai_conversations set ${name} = default`),
      );
      expect([name, (await refused(change)).code]).toEqual([name, "42501"]);
    }
  });
});

Deno.test("users delete their own conversations with the messages, and the ledger stays", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const mine = await converse(database, patient, "a private question");
    const kept = await converse(database, patient, "another question");
    const other = await converse(database, otherPatient, "somebody else's");
    const ledger = () => sql`select * from public.ai_usage order by id`;
    const before = [...await ledger()];
    const remove = (caller: Caller, id: string) =>
      as(caller, (sql) => sql`delete from public.ai_conversations where id = ${id} returning id`);

    for (const stranger of strangers) {
      expect([...await remove(stranger, mine.conversationId)]).toEqual([]);
    }
    expect((await refused(remove({ role: "anon" }, mine.conversationId))).code).toBe("42501");
    expect([...await remove(patient, mine.conversationId)]).toEqual([{ id: mine.conversationId }]);
    expect([...await remove(patient, mine.conversationId)]).toEqual([]);

    const left = await sql`select distinct conversation_id as id from public.ai_messages`;
    expect(left.map(({ id }) => id).sort())
      .toEqual([kept.conversationId, other.conversationId].sort());
    expect(before).toHaveLength(3);
    expect([...await ledger()]).toEqual(before);
  });
});
