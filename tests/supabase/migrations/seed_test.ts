/** An admin with a known password: only in a database that proves to be a local stack's. */
import { expect } from "@std/expect";
import { connect } from "../../support/connect.ts";
import { databasePortVariable, runFile, seedPath } from "../../support/database_server.ts";
import { type TestDatabase, withDatabase } from "../../support/test_database.ts";

const wellKnownSecret = "super-secret-jwt-token-with-at-least-32-characters-long";

/** Runs the seed as `postgres`, in a session with settings of its own. */
async function seed(
  { sql }: TestDatabase,
  settings: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const [row] = await sql`select current_database() as name`;
  const notices: string[] = [];
  const session = connect({
    port: Number(Deno.env.get(databasePortVariable)),
    database: row?.name,
    onNotice: (message) => notices.push(message),
  });
  try {
    for (const [name, value] of Object.entries(settings)) {
      await session`select set_config(${name}, ${value}, false)`;
    }
    await runFile(session, seedPath);
  } finally {
    await session.end({ timeout: 5 });
  }
  return notices;
}

/** The users with an address, as the tests' own have none. */
async function seeded({ sql }: TestDatabase) {
  return [
    ...await sql`
      select u.email, r.assistant_type, u.instance_id,
        u.encrypted_password = extensions.crypt('switchboard', u.encrypted_password) as signs_in,
        (select count(*)::int from auth.identities as i where i.user_id = u.id) as identities
      from auth.users as u left join public.ai_user_roles as r on r.user_id = u.id
      where u.email is not null
      order by u.id`,
  ];
}

const demoUser = {
  instance_id: "00000000-0000-0000-0000-000000000000",
  signs_in: true,
  identities: 1,
};
const demoUsers = [
  { email: "patient@example.com", assistant_type: null, ...demoUser },
  { email: "clinician@example.com", assistant_type: "clinical", ...demoUser },
  { email: "facility@example.com", assistant_type: "operations", ...demoUser },
  { email: "admin@example.com", assistant_type: "platform", ...demoUser },
];

const unproven: Record<string, Record<string, string>> = {
  "no setting at all": {},
  "a JWT secret of its own": { "app.settings.jwt_secret": "another-secret" },
  "an empty JWT secret": { "app.settings.jwt_secret": "" },
  "the marker switched off": { "switchboard.local_stack": "false" },
};

for (const [proof, settings] of Object.entries(unproven)) {
  Deno.test(`the seed inserts nothing, and says so, in a database with ${proof}`, async () => {
    await withDatabase(async (database) => {
      const before = await database.sql`select user_id from public.ai_user_roles order by 1`;
      expect(await seed(database, settings)).toEqual([
        "No demo users: nothing proves that this is the database of a local stack.",
      ]);
      expect(await seeded(database)).toEqual([]);
      expect([...await database.sql`select user_id from public.ai_user_roles order by 1`])
        .toEqual([...before]);
    });
  });
}

const proofs: Record<string, Record<string, string>> = {
  "the embedded stack's marker": { "switchboard.local_stack": "true" },
  "the local stacks' JWT secret": { "app.settings.jwt_secret": wellKnownSecret },
};

for (const [proof, settings] of Object.entries(proofs)) {
  Deno.test(`the seed makes the demo users with their roles on ${proof}`, async () => {
    await withDatabase(async (database) => {
      expect(await seed(database, settings)).toEqual([]);
      expect(await seeded(database)).toEqual(demoUsers);
    });
  });
}

Deno.test("the seed run again restores who was deleted, and keeps what was changed", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const settings = { "switchboard.local_stack": "true" };
    await seed(database, settings);
    await sql`delete from auth.users where email = 'facility@example.com'`;
    await sql`
      update public.ai_user_roles set assistant_type = 'clinical' where user_id = (
        select id from auth.users where email = 'admin@example.com')`;
    await sql`
      update auth.users set encrypted_password = 'changed' where email = 'patient@example.com'`;
    await seed(database, settings);
    expect((await seeded(database)).map((row) => [row.assistant_type, row.signs_in])).toEqual([
      [null, false],
      ["clinical", true],
      ["operations", true],
      ["clinical", true],
    ]);
  });
});
