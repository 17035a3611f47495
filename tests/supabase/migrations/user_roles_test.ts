/** set_user_role() and list_user_roles(): roles by address, recorded, and left by rollbacks. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  clinician,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite } from "../../support/turns.ts";

/** Addresses for the users of a test database, all confirmed but the second. */
async function giveAddresses({ sql }: TestDatabase): Promise<void> {
  await sql`
    update auth.users set
      email = 'user' || right(id::text, 1) || '@clinic.example',
      email_confirmed_at = case when right(id::text, 1) <> '2' then now() end`;
}

const ofPatient = "user1@clinic.example";
const unconfirmed = "user2@clinic.example";
const ofClinician = "user3@clinic.example";
const ofAdmin = "user5@clinic.example";

function setRole(
  { as }: TestDatabase,
  email: string,
  type: string | null,
  actor: string | null = null,
  reason: string | null = null,
) {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.set_user_role(${email}, ${type}, ${actor}, 'api', p_reason => ${reason})
        as result`;
    return row?.result;
  });
}

async function roleOf({ sql }: TestDatabase, { userId }: { userId: string }) {
  const [row] = await sql`
    select assistant_type from public.ai_user_roles where user_id = ${userId}`;
  return row?.assistant_type ?? null;
}

async function newest({ sql }: TestDatabase) {
  const [row] = await sql`select * from public.model_switches order by id desc limit 1`;
  return row;
}

Deno.test("set_user_role() gives, changes and takes a role, and records each without the address", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    const steps = [["clinical", null], ["operations", "clinical"], [null, "operations"]] as const;
    for (const [wanted, former] of steps) {
      const email = ofPatient.toUpperCase();
      const result = await setRole(database, email, wanted, platformAdmin.userId, "A new job.");
      expect(result).toMatchObject({
        user_id: patient.userId,
        email: ofPatient,
        assistant_type: wanted,
        former_assistant_type: former,
        assistant_is_active: true,
        is_banned: false,
      });
      expect(await roleOf(database, patient)).toBe(wanted);
      const entry = await newest(database);
      expect(entry).toMatchObject({
        action: "set-role",
        table_name: "ai_user_roles",
        assistant_type: wanted,
        model_id: null,
        actor_user_id: platformAdmin.userId,
        source: "api",
        database_role: "service_role",
        reason: "A new job.",
        row_before: { id: patient.userId, assistant_type: former },
        row_after: { id: patient.userId, assistant_type: wanted },
        registry_version: String(result.registry_version),
      });
      expect(JSON.stringify(entry)).not.toContain("clinic.example");
    }
    const last = await newest(database);
    await setRole(database, ofPatient, null);
    expect((await newest(database))?.id).toBe(last?.id);
    const [chain] = await database.sql`select public.verify_model_switches() ->> 'ok' as ok`;
    expect(chain?.ok).toBe("true");
  });
});

Deno.test("list_model_switches() tells whose role changed, by the address as it is now", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    await setRole(database, ofPatient, "clinical");
    const [row] = await database.sql`select public.list_model_switches(1) as result`;
    const user = { user_id: patient.userId, email: ofPatient };
    expect(row?.result[0]).toMatchObject({
      action: "set-role",
      from: { ...user, assistant_type: null },
      to: { ...user, assistant_type: "clinical" },
    });
  });
});

/** What is refused: address, role, the error's code. */
const refusals: [string, string, string | null, [string, string]][] = [
  ["an unknown address", "nobody@x.example", "clinical", ["PT404", "user_not_found"]],
  ["no address", "", "clinical", ["PT404", "user_not_found"]],
  ["an unconfirmed address", unconfirmed, "platform", ["PT409", "email_not_confirmed"]],
  ["an unknown assistant", ofPatient, "surgery", ["PT404", "assistant_not_found"]],
  ["the last platform admin", ofAdmin, "clinical", ["PT409", "last_platform_admin"]],
  ["the last platform admin", ofAdmin, null, ["PT409", "last_platform_admin"]],
];

for (const [what, email, type, expected] of refusals) {
  Deno.test(`set_user_role() refuses ${what}${type ? "" : ", also to nothing"}`, async () => {
    await withDatabase(async (database) => {
      await giveAddresses(database);
      const last = await newest(database);
      const error = await refused(setRole(database, email, type));
      expect([error.code, error.detail]).toEqual(expected);
      expect(error.message + error.hint).not.toContain("example");
      expect((await newest(database))?.id).toBe(last?.id);
      expect(await roleOf(database, platformAdmin)).toBe("platform");
    });
  });
}

Deno.test("set_user_role() takes a role also where there is no assistant health, and tells so", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    await database.sql`delete from public.ai_assistants where assistant_type = 'health'`;
    const result = await setRole(database, ofClinician, null);
    expect(result).toMatchObject({ assistant_type: null, assistant_is_active: false });
    expect(await roleOf(database, clinician)).toBeNull();
  });
});

Deno.test("set_user_role() refuses an address that several users have", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    // As single sign-on can bring it about.
    await database.sql`alter table auth.users drop constraint users_email_key`;
    await database.sql`
      update auth.users set email = ${ofPatient} where id = ${clinician.userId}`;
    const error = await refused(setRole(database, ofPatient, "operations"));
    expect([error.detail, error.message])
      .toEqual(["user_not_found", "2 users have this address."]);
    // Who only signed up with it is not in the way.
    await database.sql`
      update auth.users set email_confirmed_at = null where id = ${clinician.userId}`;
    const result = await setRole(database, ofPatient, "operations");
    expect(result.user_id).toBe(patient.userId);
    expect(await roleOf(database, clinician)).toBe("clinical");
  });
});

Deno.test("set_user_role() lets no admin take the role from themselves, others may", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    await setRole(database, ofClinician, "platform", platformAdmin.userId);
    const error = await refused(setRole(database, ofAdmin, "health", platformAdmin.userId));
    expect([error.code, error.detail]).toEqual(["PT409", "own_role"]);
    await setRole(database, ofAdmin, "health", clinician.userId);
    expect(await roleOf(database, platformAdmin)).toBe("health");
    // One that is banned cannot undo anything.
    await database.sql`
      insert into public.ai_user_roles (user_id, assistant_type)
      values (${patient.userId}, 'platform')`;
    await database.sql`
      update auth.users set banned_until = 'infinity' where id = ${patient.userId}`;
    const last = await refused(setRole(database, ofClinician, null));
    expect(last.detail).toBe("last_platform_admin");
    // An anonymous user is refused everything that changes models.
    await database.sql`
      update auth.users set banned_until = null, is_anonymous = true where id = ${patient.userId}`;
    const anonymous = await refused(setRole(database, ofClinician, null));
    expect(anonymous.detail).toBe("last_platform_admin");
    // The oldest Auth servers know no anonymous users.
    await database.sql`alter table auth.users drop column is_anonymous`;
    await setRole(database, ofClinician, null);
    expect(await roleOf(database, clinician)).toBeNull();
  });
});

Deno.test("two admins who take the role from each other at once leave one", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    await setRole(database, ofClinician, "platform");
    const results = await Promise.allSettled([
      setRole(database, ofAdmin, null, clinician.userId),
      setRole(database, ofClinician, null, platformAdmin.userId),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [row] = await database.sql`
      select count(*)::int as n from public.ai_user_roles where assistant_type = 'platform'`;
    expect(row?.n).toBe(1);
  });
});

Deno.test("no rollback takes a role back, or is refused because of one", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await giveAddresses(database);
    await sql.begin(async (one) => {
      await one`select public.set_default_model(${novaLite})`;
      await one`select public.set_user_role(${ofClinician}, 'platform')`;
      await one`select public.set_registry_settings('{"require_mfa": true}')`;
    });
    const [seen] = await sql`select version::int from public.registry_version`;
    const [first] = await sql`
      select max(id)::int as id from public.model_switches where action = 'set-default'`;
    // Dismissed by the admin that the role had made of the clinician, who then loses it too.
    await setRole(database, ofAdmin, null, clinician.userId);
    await setRole(database, ofPatient, "platform");
    await setRole(database, ofClinician, null, patient.userId);
    const [row] = await sql`select public.next_rollback() as next`;
    expect(row?.next).toMatchObject({ id: first?.id, action: "set-default", model_id: novaLite });

    const [rolledBack] = await sql`
      select public.roll_back_switches(${first?.id}, p_expected_version => ${seen?.version})
        as result`;
    expect(rolledBack?.result.changes.map(({ action }: { action: string }) => action).sort())
      .toEqual(["set-default", "unset-default"]);
    expect(rolledBack?.result.next).toBeNull();
    for (const [user, role] of [[patient, "platform"], [clinician, null], [platformAdmin, null]]) {
      expect(await roleOf(database, user as typeof patient)).toBe(role);
    }
  });
});

Deno.test("a grant of a role does not stop a switch of its assistant that was decided before", async () => {
  await withDatabase(async (database) => {
    await giveAddresses(database);
    const [seen] = await database.sql`select version::int from public.registry_version`;
    await setRole(database, ofPatient, "clinical");
    await database.sql`
      select public.assign_model('clinical', ${novaLite}, p_expected_version => ${seen?.version})`;
  });
});

Deno.test("a project's own change of a role waits for no operator and is not recorded", async () => {
  await withDatabase(async (database) => {
    const { sql, session } = database;
    const last = await newest(database);
    const other = session();
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const operator = other.begin(async (transaction: postgres.TransactionSql) => {
      await transaction`select switchboard.lock_registry()`;
      hold();
      await released;
    });
    await held;
    await sql.begin(async (own) => {
      await own`set local lock_timeout = '50ms'`;
      await own`
        insert into public.ai_user_roles (user_id, assistant_type)
        values (${patient.userId}, 'clinical')
        on conflict (user_id) do update set assistant_type = excluded.assistant_type`;
      await own`delete from public.ai_user_roles where user_id = ${clinician.userId}`;
    });
    release();
    await operator;
    expect((await newest(database))?.id).toBe(last?.id);
  });
});

Deno.test("list_user_roles() lists by address, filters, and pages also those without an address", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await giveAddresses(database);
    await sql`update auth.users set email = null where id = ${platformAdmin.userId}`;
    const list = (given: string) =>
      as(serviceRole, async (api) => {
        const [row] = await api.unsafe(`select public.list_user_roles(${given}) as result`);
        return row?.result.map(({ email }: { email: string | null }) => email);
      });
    expect(await list("")).toEqual([null, ofClinician, "user4@clinic.example"]);
    expect(await list("'USER3'")).toEqual([ofClinician]);
    expect(await list("p_assistant_type => 'operations'")).toEqual(["user4@clinic.example"]);
    expect(await list("p_limit => 2")).toEqual([null, ofClinician]);
    expect(await list(`p_limit => 1, p_after_id => '${platformAdmin.userId}'`))
      .toEqual([ofClinician]);
    expect(await list(`p_after => '${ofClinician}', p_after_id => '${clinician.userId}'`))
      .toEqual(["user4@clinic.example"]);
    expect(await list(`p_after => '${ofClinician.toUpperCase()}'`))
      .toEqual(["user4@clinic.example"]);
    expect(await list("'%'")).toEqual([]);
    await sql`update auth.users set email = null`;
    expect(await list("p_limit => 2")).toEqual([null, null]);
    expect(await list(`p_after => '', p_limit => 2, p_after_id => '${clinician.userId}'`))
      .toEqual([null, null]);
    expect(await list(`p_after_id => '${platformAdmin.userId}'`)).toEqual([]);
    for (const caller of [platformAdmin, patient]) {
      expect(await refusal(as(caller, (api) => api`select public.list_user_roles()`))).toBe(
        "42501",
      );
      expect(
        await refusal(as(caller, (api) => api`select public.set_user_role('a@b.c', 'platform')`)),
      )
        .toBe("42501");
    }
  });
});
