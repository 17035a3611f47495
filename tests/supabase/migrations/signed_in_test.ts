/** Access tokens outlive sign-out and ban by up to an hour; what changes something asks who is here. */
import { expect } from "@std/expect";
import {
  patient,
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, converse, type Person } from "../../support/turns.ts";

async function signIn({ sql }: TestDatabase, { userId }: Person): Promise<string> {
  const id = crypto.randomUUID();
  await sql`insert into auth.sessions (id, user_id) values (${id}, ${userId})`;
  return id;
}

/** Ways in which a user ceases to be signed in while the token lives. */
const endings: Readonly<Record<string, (database: TestDatabase, userId: string) => unknown>> = {
  "signed out": ({ sql }, userId) => sql`delete from auth.sessions where user_id = ${userId}`,
  "whose session has ended": ({ sql }, userId) =>
    sql`update auth.sessions set not_after = now() - interval '1 s' where user_id = ${userId}`,
  "banned": ({ sql }, userId) =>
    sql`update auth.users set banned_until = now() + interval '1 hour' where id = ${userId}`,
  "deleted": ({ sql }, userId) =>
    sql`update auth.users set deleted_at = now() where id = ${userId}`,
};

function requirePresent(
  { as }: TestDatabase,
  { userId }: Person,
  sessionId: string | null,
  aal: string | null = "aal1",
) {
  return as(
    serviceRole,
    (sql) => sql`select public.require_present_operator(${userId}, ${sessionId}, ${aal})`,
  );
}

for (const [what, end] of Object.entries(endings)) {
  Deno.test(`require_present_operator() refuses an admin who is ${what}`, async () => {
    await withDatabase(async (database) => {
      const session = await signIn(database, platformAdmin);
      await requirePresent(database, platformAdmin, session);
      await end(database, platformAdmin.userId);
      const error = await refused(requirePresent(database, platformAdmin, session));
      expect([error.code, error.detail]).toEqual(["PT401", "invalid_credentials"]);
    });
  });

  Deno.test(`begin_chat_turn() refuses a user who is ${what}, and leaves no row`, async () => {
    await withDatabase(async (database) => {
      const sessionId = await signIn(database, patient);
      await beginTurn(database, patient, { sessionId });
      await end(database, patient.userId);
      const error = await refused(beginTurn(database, patient, { sessionId }));
      expect([error.code, error.detail]).toEqual(["PT401", "invalid_credentials"]);
      expect(await database.sql`select from public.ai_conversations`).toHaveLength(1);
    });
  });

  Deno.test(`a user who is ${what} reads, but renames and deletes no conversation`, async () => {
    await withDatabase(async (database) => {
      const person = { ...patient, sessionId: await signIn(database, patient) };
      await converse(database, person, "hello");
      const rename = () =>
        database.as(
          person,
          (sql) => sql`update public.ai_conversations set title = 'renamed' returning id`,
        );
      expect(await rename()).toHaveLength(1);
      await end(database, patient.userId);
      const remove = () => database.as(person, (sql) => sql`delete from public.ai_conversations`);
      for (const change of [rename, remove]) {
        expect((await refused(change())).detail).toBe("invalid_credentials");
      }
      expect(await database.as(person, (sql) => sql`select from public.ai_conversations`))
        .toHaveLength(1);
    });
  });
}

Deno.test("is_signed_in() accepts a ban that is over, and no session of another user", async () => {
  await withDatabase(async (database) => {
    const session = await signIn(database, platformAdmin);
    await database.sql`
      update auth.users set banned_until = now() - interval '1 s' where id = ${platformAdmin.userId}`;
    await requirePresent(database, platformAdmin, session);
    const others = await signIn(database, patient);
    const error = await refused(requirePresent(database, platformAdmin, others));
    expect(error.detail).toBe("invalid_credentials");
  });
});

Deno.test("a token without a session may chat and may not change the registry", async () => {
  await withDatabase(async (database) => {
    await beginTurn(database, platformAdmin);
    const error = await refused(requirePresent(database, platformAdmin, null));
    expect(error.detail).toBe("invalid_credentials");
  });
});

Deno.test("what is no uuid is no session, so a token with it renames like one without", async () => {
  await withDatabase(async (database) => {
    await converse(database, patient, "hello");
    for (const sessionId of [undefined, "", "session-1", crypto.randomUUID() + "0"]) {
      const person = { ...patient, ...(sessionId !== undefined && { sessionId }) };
      expect(
        await database.as(person, (sql) =>
          sql`
          update public.ai_conversations set title = 'renamed' returning id`),
      ).toHaveLength(1);
    }
  });
});

Deno.test("where Auth keeps no sessions, the user alone decides", async () => {
  await withDatabase(async (database) => {
    await database.sql.unsafe(
      "set role supabase_auth_admin; drop table auth.sessions; reset role;",
    );
    await requirePresent(database, platformAdmin, null);
    await requirePresent(database, platformAdmin, crypto.randomUUID());
    await endings.banned!(database, platformAdmin.userId);
    const error = await refused(requirePresent(database, platformAdmin, null));
    expect(error.detail).toBe("invalid_credentials");
  });
});

Deno.test("require_present_operator() demands the second factor where it is set", async () => {
  await withDatabase(async (database) => {
    const session = await signIn(database, platformAdmin);
    await database.sql`update public.registry_settings set require_mfa = true`;
    for (const aal of [null, "aal1"]) {
      const error = await refused(requirePresent(database, platformAdmin, session, aal));
      expect([error.code, error.detail]).toEqual(["PT403", "insufficient_aal"]);
    }
    await requirePresent(database, platformAdmin, session, "aal2");
  });
});

Deno.test("begin_chat_turn() refuses an anonymous user unless that is allowed", async () => {
  await withDatabase(async (database) => {
    const error = await refused(beginTurn(database, patient, { isAnonymous: true }));
    expect([error.code, error.detail]).toEqual(["PT403", "forbidden"]);
    await database.sql`update public.registry_settings set allow_anonymous_users = true`;
    expect((await beginTurn(database, patient, { isAnonymous: true })).attempt).toBe(1);
  });
});
