/** A person's data, page by page: their own, all of it, in order, and nothing else. */
import { expect } from "@std/expect";
import { expectChainVerified, image, marker } from "../../support/erasures.ts";
import {
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

type Line = Record<string, unknown> & { readonly type: string };

async function exportAll({ as }: TestDatabase, caller: Caller, userId: string, limit = 200) {
  const lines: Line[] = [];
  let after: string | null = null;
  do {
    const page: { lines: Line[]; next: string | null } = await as(caller, async (sql) => {
      const [row] = await sql`select public.export_user(${userId}, ${after}, ${limit}) as page`;
      return row!.page;
    });
    expect(page.lines.length).toBeLessThanOrEqual(limit + 1);
    lines.push(...page.lines);
    after = page.next;
  } while (after !== null);
  return lines;
}

async function talk(database: TestDatabase) {
  const first = await beginTurn(database, patient, {
    message: "look",
    blocks: image(patient.userId, "a"),
  });
  await completeTurn(database, first.question_id, {
    content: "seen",
    blocks: [{ type: "thinking", text: `${marker} reasoning`, signature: null }, {
      type: "text",
      text: "seen",
    }],
  });
  const second = await converse(database, patient, "two");
  await converse(database, patient, "three", second.conversationId);
  await converse(database, otherPatient, `${marker} of another`);
  return { first, second };
}

Deno.test("export_user() gives every conversation and message in order, whatever the size of its pages", async () => {
  await withDatabase(async (database) => {
    const { first, second } = await talk(database);
    const whole = await exportAll(database, serviceRole, patient.userId);
    const { conversation_id: one } = first;
    expect(whole.map(({ type, id, conversation_id, seq }) => [
      type,
      type === "conversation" ? id : conversation_id,
      seq,
    ])).toEqual([
      ["user", undefined, undefined],
      ["conversation", one, undefined],
      ["message", one, 1],
      ["message", one, 2],
      ["conversation", second.conversationId, undefined],
      ...[1, 2, 3, 4].map((seq) => ["message", second.conversationId, seq]),
    ]);
    expect(whole[0]).toMatchObject({ id: patient.userId });
    expect(whole[2]).toMatchObject({
      role: "user",
      attachments: [{
        type: "image",
        media_type: "image/png",
        bucket: "switchboard-content",
        path: `${patient.userId}/a.png`,
      }],
    });
    expect(whole[3]).toMatchObject({ content: "seen", status: "complete", attachments: [] });
    expect(JSON.stringify(whole.filter(({ seq }) => seq !== 1))).not.toContain(marker);
    for (const limit of [1, 2, 3, 5]) {
      const paged = await exportAll(database, serviceRole, patient.userId, limit);
      expect(paged.slice(1)).toEqual(whole.slice(1));
    }
    // Empty ones end as well.
    const none = await exportAll(database, serviceRole, platformAdmin.userId);
    expect(none.map(({ type }) => type)).toEqual(["user"]);
  });
});

Deno.test("export_user() gives pages of bounded size, and each line once", async () => {
  await withDatabase(async (database) => {
    let conversationId: string | undefined;
    for (let n = 0; n < 3; n++) {
      ({ conversationId } = await converse(database, patient, `q${n}`, conversationId, {
        content: crypto.randomUUID().repeat(50_000),
      }));
    }
    const [page] = await database.sql`
      select length(public.export_user(${patient.userId})::text) as bytes`;
    expect(page!.bytes).toBeLessThan(8_000_000);
    const lines = await exportAll(database, serviceRole, patient.userId);
    expect(lines.map(({ seq }) => seq).slice(2)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

Deno.test("users export their own with their own rights, and no one else's", async () => {
  await withDatabase(async (database) => {
    await talk(database);
    const whole = await exportAll(database, serviceRole, patient.userId);
    const own = await exportAll(database, patient, patient.userId);
    expect(own.slice(1)).toEqual(whole.slice(1).map(({ attachments: _, ...line }) => line));
    for (const caller of [otherPatient, platformAdmin]) {
      expect((await refused(exportAll(database, caller, patient.userId))).detail)
        .toBe("invalid_request");
    }
    const stranger: Caller = { role: "anon" };
    expect((await refused(exportAll(database, stranger, patient.userId))).code).toBe("42501");
    const cursor = database.sql`select public.export_user(${patient.userId}, 'x')`;
    expect((await refused(cursor)).detail).toBe("invalid_request");
  });
});

Deno.test("record_export() records who took whose data, without the user's id", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    await talk(database);
    const record = (userId: string) =>
      as(serviceRole, (sql) =>
        sql`
        select public.record_export(
          p_user_id => ${userId}, p_lines => 9, p_actor_user_id => ${platformAdmin.userId},
          p_source => 'cli', p_reason => 'Ticket 9')`);
    await record(patient.userId);
    const [entry] = await sql`
      select action, source, reason, actor_user_id, row_before, row_after,
        row_after ->> 'user_hash' = switchboard.keyed_hash('user', ${patient.userId}) as is_theirs
      from public.model_switches order by id desc limit 1`;
    expect(entry).toMatchObject({
      action: "export-user",
      source: "cli",
      reason: "Ticket 9",
      actor_user_id: platformAdmin.userId,
      row_before: null,
      row_after: { lines: 9, conversations: 2, messages: 6 },
      is_theirs: true,
    });
    expect(JSON.stringify(entry)).not.toContain(patient.userId);
    const [listed] = await as(serviceRole, (sql) =>
      sql`
      select l #> '{0,from}' as "from", l #> '{0,to}' as "to"
      from public.list_model_switches(1) as l`);
    const { user_hash } = entry!.row_after;
    expect(listed).toEqual({
      from: null,
      to: { user_hash, lines: 9, conversations: 2, messages: 6 },
    });
    await expectChainVerified(database);
    expect((await refused(record(crypto.randomUUID()))).detail).toBe("user_not_found");
  });
});
