/** supabase/uninstall.sql leaves a database as it was before the migrations. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../../local/config.ts";
import { saidOnlyBy } from "../../support/catalogue.ts";
import { connect } from "../../support/connect.ts";
import { databasePortVariable } from "../../support/database_server.ts";
import { member, withOccupiedDatabase } from "../../support/occupied_database.ts";
import {
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
  withEmptyDatabase,
} from "../../support/test_database.ts";

const script = await Deno.readTextFile(join(projectRoot, "supabase", "uninstall.sql"));

async function converse({ as }: Pick<TestDatabase, "as">, userId: string): Promise<void> {
  const turn = { user_id: userId, request_id: crypto.randomUUID(), message: "Hello?" };
  await as(serviceRole, (sql) => sql`select public.begin_chat_turn(${sql.json(turn)})`);
}

Deno.test("uninstall.sql leaves an app as it was before, and the migrations apply again", async () => {
  await withOccupiedDatabase(async ({ sql, install, catalogue }) => {
    const before = await catalogue();
    const recorded =
      `select version, name from supabase_migrations.schema_migrations order by version`;
    const migrationsBefore = await sql.unsafe(recorded);
    const applied = await install();
    expect(await uninstallWithNotices(sql)).toEqual([]);
    const after = await catalogue();
    expect(saidOnlyBy(before, after)).toEqual({});
    expect(saidOnlyBy(after, before)).toEqual({});
    expect([...await sql.unsafe(recorded)]).toEqual([...migrationsBefore]);
    expect(await install()).toEqual(applied);
  });
});

Deno.test("uninstall.sql leaves the bucket of content where it has files, and says so", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`
      insert into storage.objects (bucket_id, name) values ('switchboard-content', 'u/r/0.png')`;
    expect(await uninstallWithNotices(sql)).toEqual([
      'The bucket "switchboard-content" stays: delete it with its files in Storage.',
    ]);
    expect(await sql`select from storage.objects`).toHaveLength(1);
  });
});

Deno.test("uninstall.sql is refused where there are conversations, unless the session says yes", async () => {
  await withOccupiedDatabase(async (database) => {
    await database.install();
    await converse(database, member.userId);
    const session = database.session();
    const before = await database.catalogue();
    const refusal = await refused(session.unsafe(script));
    expect(refusal.code).toBe("55000");
    expect(refusal.message).toContain("has 1 conversations or records of use");
    expect(refusal.hint).toContain("set switchboard.delete_conversations = 'yes'");
    for (const other of ["no", "", "true"]) {
      await session`select set_config('switchboard.delete_conversations', ${other}, false)`;
      expect((await refused(session.unsafe(script))).code).toBe("55000");
    }
    expect(saidOnlyBy(before, await database.catalogue())).toEqual({});
    await session`set switchboard.delete_conversations = 'yes'`;
    await session.unsafe(script);
    const [row] = await session`select to_regnamespace('switchboard') as schema`;
    expect(row?.schema).toBeNull();
  });
});

Deno.test("uninstall.sql is refused where something of the project's own depends on the switchboard", async () => {
  await withOccupiedDatabase(async ({ sql, install, catalogue }) => {
    await install();
    const dependents = {
      "view said": "create view public.said as select content from public.ai_messages",
      "policy mine": "create policy mine on public.messages using (switchboard.is_platform_user())",
      "function told(public.ai_usage)":
        "create function public.told(public.ai_usage) returns int language sql as 'select 1'",
    };
    for (const [name, statement] of Object.entries(dependents)) {
      await sql.unsafe(statement);
      const before = await catalogue();
      expect((await refused(sql.unsafe(script))).detail).toContain(name.split("(")[0]);
      expect(saidOnlyBy(before, await catalogue())).toEqual({});
      const [kind = "", rest = ""] = name.split(" ");
      await sql.unsafe(`drop ${kind} ${rest}${kind === "policy" ? " on public.messages" : ""}`);
    }
    await sql.unsafe(script);
  });
});

/** What an app may have where the switchboard's migrations want to create theirs. */
const occupants: Record<string, { statements: string; names: string[] }> = {
  "a table, a view and a function": {
    statements: `
      create table public.model_prices (product text primary key, cents int);
      insert into public.model_prices values ('lamp', 995);
      comment on table public.model_prices is 'The prices of our models of lamps.';
      create view public.daily_usage as select product from public.model_prices;
      create function public.usage_report(timestamptz, timestamptz, text, text, text, text) returns int
        language sql as 'select 1';`,
    names: [
      "public.daily_usage",
      "public.model_prices",
      "public.usage_report(timestamptz,timestamptz,text,text,text,text)",
    ],
  },
  "conversations": {
    statements: `
      create table public.ai_conversations (id int primary key, title text);
      insert into public.ai_conversations values (1, 'Hello?');
      create table public.ai_usage (id int primary key);
      insert into public.ai_usage values (1);`,
    names: ["public.ai_conversations", "public.ai_usage"],
  },
};

for (const [what, { statements, names }] of Object.entries(occupants)) {
  Deno.test(`uninstall.sql keeps ${what} of the app's own that stopped the push half-way`, async () => {
    await withOccupiedDatabase(async ({ sql, install, catalogue }) => {
      await sql.unsafe(statements);
      const before = await catalogue();
      await expect(install()).rejects.toThrow(/already exists/);
      expect(saidOnlyBy(await catalogue(), before)).toHaveProperty("pg_class");
      expect(await uninstallWithNotices(sql)).toEqual(
        names.map((name) => `${name} stays: its comment is not the switchboard's.`),
      );
      const after = await catalogue();
      expect(saidOnlyBy(before, after)).toEqual({});
      expect(saidOnlyBy(after, before)).toEqual({});
    });
  });
}

/** Runs the script in a session of its own, and returns what it says of what stays. */
async function uninstallWithNotices(sql: TestDatabase["sql"]): Promise<string[]> {
  const [row] = await sql`select current_database() as name`;
  const notices: string[] = [];
  const session = connect({
    port: Number(Deno.env.get(databasePortVariable)),
    database: row?.name,
    onNotice: (message) => notices.push(message),
  });
  try {
    await session.unsafe(script);
  } finally {
    await session.end({ timeout: 5 });
  }
  return notices.filter((message) => !message.endsWith("does not exist, skipping")).sort();
}

Deno.test("uninstall.sql is refused where a table has triggers or policies of the project's own", async () => {
  await withOccupiedDatabase(async ({ sql, install, catalogue }) => {
    await install();
    const added = {
      "trigger tell on ai_messages": `
        create function public.tell() returns trigger language plpgsql as 'begin return new; end';
        create trigger tell after insert on public.ai_messages
          for each row execute function public.tell()`,
      "policy ai_messages_select_support on ai_messages":
        "create policy ai_messages_select_support on public.ai_messages using (false)",
    };
    for (const [name, statements] of Object.entries(added)) {
      await sql.unsafe(statements);
      const before = await catalogue();
      const { code, message, detail } = await refused(sql.unsafe(script));
      expect({ code, detail }).toEqual({ code: "2BP01", detail: name });
      expect(message).toMatch(/^Nothing was dropped/);
      expect(saidOnlyBy(before, await catalogue())).toEqual({});
      await sql.unsafe(`drop ${name.replace(" on ", " on public.")}`);
    }
    await sql.unsafe(script);
  });
});

Deno.test("uninstall.sql takes out what a push has left that failed half-way", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`drop view public.daily_usage`;
    await sql`drop table public.ai_usage_days`;
    await sql.unsafe(script);
    const rest = await sql`
      select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')`;
    expect([...rest]).toEqual([]);
  });
});

Deno.test("uninstall.sql finds nothing to take out of a database without the switchboard", async () => {
  await withEmptyDatabase(async ({ sql }) => {
    expect((await refused(sql.unsafe(script))).message).toContain("is not installed");
    await sql`create schema switchboard create table lamps (id int)`;
    expect((await refused(sql.unsafe(script))).message).toContain("is not installed");
  });
});
