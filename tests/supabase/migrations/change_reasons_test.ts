/** The reason of a change: from every function and from plain SQL into the audit log. */
import { expect } from "@std/expect";
import { fencedBlocks } from "../../support/markdown.ts";
import {
  type Caller,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

const because = "Lite answers faster, and nobody noticed a difference.";

async function reasonsOf({ sql }: TestDatabase, after: number): Promise<(string | null)[]> {
  const rows = await sql`select reason from public.model_switches where id > ${after} order by id`;
  return rows.map((row) => row.reason);
}

async function lastId({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql`select max(id)::int as id from public.model_switches`;
  return row?.id;
}

const register = JSON.stringify([{
  kind: "register",
  model: {
    model_id: "eu.new.model",
    model_name: "New",
    provider: "New",
    format: "converse",
    geographies: ["eu"],
    max_tokens: 1,
    context_window: 2,
    serves_pinned: true,
    priority: 9,
    lifecycle: "active",
    sampling: "none",
    system_prompt: "supported",
  },
}]);

/** Every function that an action calls to change the registry. */
const functions: Record<string, string> = {
  set_default_model: `'${novaLite}'`,
  enable_model: `'anthropic.claude-3-opus-20240229-v1:0'`,
  disable_model: `'${sonnet35}'`,
  assign_model: `'health', '${novaMicro}'`,
  retire_model: `'${sonnet35}'`,
  apply_catalog_changes: `'${register}'::jsonb`,
  set_registry_settings: `'{"require_mfa": true}'::jsonb`,
};

for (const [name, given] of Object.entries(functions)) {
  Deno.test(`${name}() records the reason that it was given`, async () => {
    await withDatabase(async (database) => {
      const last = await lastId(database);
      await database.as(
        serviceRole,
        (sql) => sql.unsafe(`select public.${name}(${given}, p_reason => $1)`, [because]),
      );
      const reasons = await reasonsOf(database, last);
      expect(reasons.length).toBeGreaterThan(0);
      expect(new Set(reasons)).toEqual(new Set([because]));
    });
  });
}

Deno.test("every function that takes an actor takes a reason too", async () => {
  await withDatabase(async ({ sql }) => {
    const rows = await sql`
      select p.proname as name from pg_proc as p
      where p.pronamespace = 'public'::regnamespace
        and 'p_source' = any (p.proargnames) and not 'p_reason' = any (p.proargnames)`;
    // An approval applies a change for the reason that it was proposed for.
    expect([...rows]).toEqual([{ name: "approve_change" }]);
  });
});

Deno.test("roll_back_switches() records the reason that it was given", async () => {
  await withDatabase(async (database) => {
    await database.sql`select public.set_default_model(${novaLite}, p_reason => 'for a day')`;
    const last = await lastId(database);
    await database.sql`select public.roll_back_switches(p_reason => ${because})`;
    expect(new Set(await reasonsOf(database, last))).toEqual(new Set([because]));
  });
});

/** As Studio runs what is in its editor: all statements at once. */
function inStudio({ sql }: TestDatabase, statements: string) {
  return sql.unsafe(`select set_config('switchboard.reason', '${because}', true); ${statements}`)
    .simple();
}

Deno.test("set_config() gives plain SQL a reason, until the end of its transaction", async () => {
  await withDatabase(async (database) => {
    const last = await lastId(database);
    await inStudio(
      database,
      `update public.bedrock_models set is_default = true where model_id = '${novaLite}'`,
    );
    await inStudio(database, `select public.enable_model('${novaPro}')`);
    await inStudio(database, `select public.disable_model('${novaPro}')`);
    await database.sql`update public.bedrock_models set priority = 1 where model_id = ${novaPro}`;
    expect(await reasonsOf(database, last)).toEqual([because, because, because, null]);
  });
});

Deno.test("the statements of operate.md give a change its reason", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/operate.md", import.meta.url));
  const printed = fencedBlocks(page).find(({ text }) => text.includes("switchboard.reason"));
  await withDatabase(async (database) => {
    const last = await lastId(database);
    await database.session().unsafe(printed!.text).simple();
    const reasons = await reasonsOf(database, last);
    expect(new Set(reasons)).toEqual(new Set(["As good in the trial, at a tenth of the cost."]));
  });
});

Deno.test("a reason is trimmed, and a blank one is none", async () => {
  await withDatabase(async (database) => {
    const last = await lastId(database);
    await database.sql`select public.set_default_model(${novaLite}, p_reason => ${"  why \n"})`;
    await database.sql`select public.assign_model('health', ${novaMicro}, p_reason => ${" \n\t"})`;
    expect(await reasonsOf(database, last)).toEqual(["why", "why", null]);
  });
});

Deno.test("a reason of more than 500 characters is refused, and nothing is changed", async () => {
  await withDatabase(async (database) => {
    const last = await lastId(database);
    const set = (reason: string, caller: Caller = serviceRole) =>
      database.as(
        caller,
        (sql) => sql`select public.disable_model(${sonnet35}, p_reason => ${reason})`,
      );
    const error = await refused(set("é".repeat(501)));
    expect([error.code, error.message]).toEqual([
      "22023",
      "The reason has 501 characters; at most 500 are allowed.",
    ]);
    expect(await lastId(database)).toBe(last);
    await set("é".repeat(500));
    expect(await reasonsOf(database, last)).toEqual(["é".repeat(500)]);
  });
});

Deno.test("verify_model_switches() finds a changed reason, and an entry made a seeded one", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`select public.disable_model(${sonnet35}, p_reason => ${because})`;
    for (const change of ["reason = 'x'", "reason = null", "is_seeded = true"]) {
      await sql.begin(async (transaction) => {
        await transaction`alter table public.model_switches disable trigger all`;
        await transaction.unsafe(
          `update public.model_switches set ${change} where reason is not null`,
        );
        const [row] = await transaction`select public.verify_model_switches() ->> 'ok' as ok`;
        expect(row?.ok).toBe("false");
        throw new Error("undone");
      }).catch((error) => expect(error.message).toBe("undone"));
    }
  });
});

Deno.test("list_model_switches() tells the reason, and the actor's address as it is now", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = crypto.randomUUID();
    await sql`insert into auth.users (id, email) values (${id}, 'ines@clinic.example')`;
    await sql`select public.disable_model(${sonnet35}, false, ${id}, 'api', p_reason => ${because})`;
    const newest = async () => {
      const rows = await database.as(serviceRole, async (api) => {
        const [row] = await api`select public.list_model_switches(1) as result`;
        return row?.result;
      });
      return rows[0];
    };
    expect(await newest()).toMatchObject({
      reason: because,
      actor_user_id: id,
      actor_email: "ines@clinic.example",
      is_seeded: false,
    });
    await sql`delete from auth.users where id = ${id}`;
    expect(await newest()).toMatchObject({ actor_user_id: id, actor_email: null });
  });
});
