/** The registry as of an earlier version, and as a rollback would leave it. */
import { expect } from "@std/expect";
import fc from "fast-check";
import { refused, type Session, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

type Json = Record<string, unknown>;

interface ReadRegistry {
  readonly version: number;
  readonly hash: string;
  readonly settings: Json;
  readonly models: Json[];
  readonly assistants: Json[];
}

async function read(sql: Session): Promise<ReadRegistry> {
  const [row] = await sql`select public.read_registry() as registry`;
  return row?.registry;
}

async function readAsOf(sql: Session, version: number, seenAt: string | null = null) {
  const [row] = await sql`select public.read_registry_as_of(${version}, ${seenAt}) as registry`;
  return row?.registry as ReadRegistry | null;
}

/** Without the hash, and without times that no choice depends on. */
function content({ settings, models, assistants, version }: ReadRegistry) {
  const timeless = (rows: Json[]) => rows.map(({ updated_at: _, ...row }) => row);
  return { version, settings, models: timeless(models), assistants: timeless(assistants) };
}

/** Changes of every kind, by every way. */
const changes = [
  `select public.set_default_model('${novaLite}')`,
  `select public.set_default_model('${novaPro}')`,
  `update public.bedrock_models set is_default = false`,
  `select public.disable_model('${novaMicro}', true)`,
  `select public.enable_model('${novaMicro}')`,
  `select public.assign_model('health', '${novaPro}', true, '{${novaMicro}}')`,
  `select public.assign_model('clinical', null)`,
  `select public.retire_model('${sonnet35}')`,
  `select public.set_registry_settings('{"allowed_geographies": ["eu", "us"]}')`,
  `select public.set_registry_settings('{"allowed_geographies": ["eu"]}')`,
  `update public.ai_assistants set system_prompt = 'Be brief.', is_active = not is_active
    where assistant_type = 'operations'`,
  `insert into public.bedrock_models (
      model_id, model_name, provider, format, geographies, max_tokens, context_window)
    values ('eu.new.model', 'New', 'New', 'converse', '{eu}', 10, 100) on conflict do nothing`,
  `update public.bedrock_models set model_id = 'eu.new.name', priority = 3
    where model_id = 'eu.new.model'`,
  `delete from public.bedrock_models where model_id like 'eu.new%'`,
  `insert into public.ai_assistants (assistant_type, name, system_prompt)
    values ('triage', 'Triage', '') on conflict do nothing`,
  `delete from public.ai_assistants where assistant_type = 'triage'`,
  `select public.roll_back_switches()`,
];

Deno.test("read_registry_as_of() gives the registry of every version as it was", async () => {
  await withDatabase(async ({ sql }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...changes), { minLength: 1, maxLength: 12 }),
        async (statements) => {
          const seen = [await read(sql)];
          for (const statement of statements) {
            // What is refused is no change.
            await sql.unsafe(statement).catch(() => {});
            seen.push(await read(sql));
          }
          for (const registry of seen) {
            expect(content(await readAsOf(sql, registry.version) as ReadRegistry))
              .toEqual(content(registry));
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  });
});

Deno.test("read_registry_as_of() does not know what the log does not tell", async () => {
  await withDatabase(async ({ sql }) => {
    const { version } = await read(sql);
    expect(await readAsOf(sql, version + 1)).toBeNull();
    // The empty registry before the first rows.
    expect((await readAsOf(sql, 1))?.models).toEqual([]);
    await sql.begin(async (transaction) => {
      await transaction`alter table public.model_switches disable trigger user`;
      await transaction`delete from public.model_switches where registry_version <= 2`;
      await transaction`alter table public.model_switches enable trigger user`;
    });
    expect(await readAsOf(sql, 1)).toBeNull();
    expect((await readAsOf(sql, 2))?.version).toBe(2);

    // After a restore other changes have come to the number that an answer carries.
    await sql.unsafe(changes[0]!);
    const { version: later } = await read(sql);
    expect(await readAsOf(sql, later, "2026-01-01T00:00:00Z")).toBeNull();
    expect((await readAsOf(sql, later, new Date(Date.now() + 60_000).toISOString()))?.version)
      .toBe(later);
  });
});

Deno.test("read_registry_as_of() leaves out what only a seeded history contains", async () => {
  await withDatabase(async ({ sql }) => {
    const before = await read(sql);
    for (const step of [1, 2]) {
      await sql`update public.registry_version set version = version + 1`;
      await sql`
        insert into public.model_switches (
          created_at, actor_proven, database_role, source, action, table_name, model_id, row_before,
          row_after, registry_version, is_seeded)
        select now() - interval '90 days', true, 'postgres', 'sql', 'disable', 'bedrock_models',
          bm.model_id, to_jsonb(bm) || '{"is_available": true, "priority": 1}',
          to_jsonb(bm) || '{"is_available": false, "priority": 1}', ${before.version + step}, true
        from public.bedrock_models as bm where bm.model_id = ${novaLite}`;
    }
    expect(content(await readAsOf(sql, before.version) as ReadRegistry)).toEqual(content(before));
    // An answer of that past names a version that no row has seen.
    expect(await readAsOf(sql, before.version + 1)).toBeNull();
    // The last one is what the first change afterwards, and answers until then, find.
    const seeded = await read(sql);
    const seenAt = new Date().toISOString();
    await sql.unsafe(changes[0]!);
    expect(seeded.version).toBe(before.version + 2);
    for (const moment of [null, seenAt]) {
      expect(content(await readAsOf(sql, seeded.version, moment) as ReadRegistry))
        .toEqual(content(seeded));
    }
  });
});

Deno.test("read_registry_after_rollback() tells what roll_back_switches() then does", async () => {
  await withDatabase(async ({ sql }) => {
    const [first] = await sql`select max(id)::int + 1 as id from public.model_switches`;
    const ran = new Set<number | null>();
    for (const statement of changes.slice(0, 12)) {
      await sql.unsafe(statement).catch(() => {});
      for (const to of [null, first?.id as number]) {
        await sql.begin(async (transaction) => {
          const [told] = await transaction`
            select public.read_registry_after_rollback(${to}) as registry`;
          await transaction`savepoint made`;
          const isMade = await transaction.savepoint((savepoint) =>
            savepoint`select public.roll_back_switches(${to})`
          ).then(() => true, () => false);
          if (!isMade) return;
          ran.add(to);
          const [made] = await transaction`select public.read_registry() as registry`;
          expect({ ...content(told?.registry), version: 0 })
            .toEqual({ ...content(made?.registry), version: 0 });
          await transaction`rollback to savepoint made`;
        }).catch((error) => {
          // As its guard refuses it.
          if (error.code !== "PT409") throw error;
        });
      }
    }
    expect([...ran]).toEqual([null, first?.id]);
  });
});

Deno.test("read_registry_after_rollback() refuses what the rollback's guards refuse", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`select public.assign_model('health', ${novaPro})`;
    await sql`select switchboard.end_model(${novaLite})`;
    const error = await refused(sql`select public.read_registry_after_rollback()`);
    expect([error.code, error.detail]).toEqual(["PT409", "model_retired"]);
    const unknown = await refused(sql`select public.read_registry_after_rollback(999999)`);
    expect([unknown.code, unknown.detail]).toEqual(["PT404", "switch_not_found"]);
  });
});
