/** When a model is recorded as ended by AWS: never by one error alone, unless its date has passed. */
import { expect } from "@std/expect";
import { enter } from "../../support/alerts.ts";
import {
  refused,
  serviceRole,
  type Session,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

const told = ({ as }: TestDatabase, modelId = novaLite) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.record_model_end(${modelId}) as result`;
    return row?.result.retired as boolean;
  });

const listed = ({ as }: TestDatabase, has: string[], hasNot: string[]) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.record_aws_list(${has}, ${hasNot}) as result`;
    return row?.result.retired as string[];
  });

/** As if it had been told so many minutes earlier. */
const later = (sql: Session, minutes: number) =>
  sql`
    update switchboard.model_ends
    set first_told_at = first_told_at - ${minutes} * interval '1 minute',
      last_told_at = last_told_at - ${minutes} * interval '1 minute'`;

async function lifecycle(sql: Session, modelId = novaLite) {
  const [row] = await sql`
    select lifecycle from public.bedrock_models where model_id = ${modelId}`;
  return row?.lifecycle;
}

Deno.test("record_model_end() retires after two errors ten minutes apart of a model that AWS lists no more", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    expect(await told(database)).toBe(false);
    expect(await listed(database, [novaPro], [novaLite])).toEqual([]);
    await later(sql, 9);
    expect(await told(database)).toBe(false);
    await later(sql, 2);
    expect(await told(database)).toBe(true);
    const [entry] = await sql`
      select action, source, row_after -> 'is_available' as is_available
      from public.model_switches order by id desc limit 1`;
    // Its flags are the operator's.
    expect(entry).toEqual({ action: "retire", source: "chat", is_available: true });

    expect(await told(database)).toBe(false);
    const unknown = await refused(told(database, "no.such"));
    expect([unknown.code, unknown.detail]).toEqual(["PT404", "model_not_found"]);
  });
});

Deno.test("record_aws_list() retires what two errors were told of, and never what AWS still lists", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await told(database);
    await later(sql, 11);
    expect(await told(database)).toBe(false);
    expect(await listed(database, [novaLite, novaPro], [])).toEqual([]);
    expect(await lifecycle(sql)).toBe("active");
    // A list without a model that no call was told of proves nothing.
    expect(await listed(database, [], [novaPro])).toEqual([]);
    expect(await lifecycle(sql, novaPro)).toBe("active");
    expect(await listed(database, [novaPro], [novaLite])).toEqual([novaLite]);
    expect(await lifecycle(sql)).toBe("retired");
  });
});

Deno.test("record_model_end() retires with the first error once the date has passed", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const ends = (days: number) =>
      sql`
        update public.bedrock_models
        set retires_on = (now() at time zone 'UTC')::date + ${days}::integer
        where model_id = ${novaLite}`;
    await ends(1);
    expect(await told(database)).toBe(false);
    await ends(0);
    expect(await told(database)).toBe(true);
    expect(await lifecycle(sql)).toBe("retired");
  });
});

Deno.test("a model that answers again forgets what calls were told", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await listed(database, [], [novaLite]);
    await told(database);
    await later(sql, 30);
    await enter(sql, { model: novaLite, minutesAgo: 20 });
    expect(await told(database)).toBe(false);
    // Counted from here, and another model's answers do not matter.
    await enter(sql, { model: novaPro });
    await later(sql, 11);
    expect(await told(database)).toBe(true);

    // Also between the last error and the list.
    await sql`update public.bedrock_models set lifecycle = 'active' where model_id = ${novaLite}`;
    expect(await told(database)).toBe(false);
    await listed(database, [novaLite], []);
    await later(sql, 11);
    expect(await told(database)).toBe(false);
    await enter(sql, { model: novaLite });
    expect(await listed(database, [], [novaLite])).toEqual([]);
    expect(await lifecycle(sql)).toBe("active");
  });
});

Deno.test("what proves an end is no role's to write", async () => {
  await withDatabase(async ({ as }) => {
    for (const statement of ["select * from", "delete from", "truncate"]) {
      const error = await refused(
        as(serviceRole, (sql) => sql.unsafe(`${statement} switchboard.model_ends`)),
      );
      expect(error.code).toBe("42501");
    }
  });
});
