/** After a restore of a backup the same versions come again, by other changes. */
import { expect } from "@std/expect";
import { RegistryCache } from "../../../supabase/functions/_shared/registry/registry_cache.ts";
import { registrySchema } from "../../../supabase/functions/_shared/registry/registry.ts";
import {
  patient,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, novaPro } from "../../support/turns.ts";

/** Takes the registry's tables back to what they were, as a restore of a backup does. */
async function backUp({ sql }: TestDatabase): Promise<() => Promise<void>> {
  const tables = ["bedrock_models", "model_prices", "registry_version", "model_switches"];
  for (const table of tables) {
    await sql.unsafe(`create table backup_${table} as table public.${table}`);
  }
  return async () => {
    await sql.begin(async (transaction) => {
      // Without triggers, which would record it as a change.
      for (const table of tables) {
        await transaction.unsafe(`alter table public.${table} disable trigger user`);
      }
      await transaction.unsafe(`
        update public.bedrock_models as t set description = b.description
          from backup_bedrock_models as b where b.id = t.id;
        update public.registry_version as t
          set version = b.version, last_switch_hash = b.last_switch_hash
          from backup_registry_version as b;
        delete from public.model_switches
          where id > (select max(id) from backup_model_switches)`);
      for (const table of tables) {
        await transaction.unsafe(`alter table public.${table} enable trigger user`);
      }
    });
  };
}

/** An instance that keeps what it read, and how often it read. */
function instance(database: TestDatabase) {
  let loads = 0;
  const cache = new RegistryCache({
    load: async () => {
      loads += 1;
      const [row] = await database.as(
        serviceRole,
        (sql) => sql`select public.read_registry() as registry`,
      );
      return registrySchema.parse(row?.registry);
    },
    ttlMs: 3_600_000,
    now: () => 0,
    reportStale: () => {},
  });
  return {
    loads: () => loads,
    /** What a turn reads of the default model. */
    async read() {
      const turn = await beginTurn(database, patient);
      const { registry } = await cache.get({
        version: turn.registry_version,
        hash: turn.registry_hash,
      });
      const model = registry.models.find(({ model_id }) => model_id === novaPro);
      return { version: registry.version, description: model?.description };
    },
  };
}

const describe = ({ sql }: TestDatabase, description: string) =>
  sql`update public.bedrock_models set description = ${description} where model_id = ${novaPro}`;

Deno.test("an instance does not take a version of a lost history for the same one of another", async () => {
  await withDatabase(async (database) => {
    const living = instance(database);
    const restore = await backUp(database);
    await describe(database, "of the lost history");
    const lost = await living.read();
    expect(lost.description).toBe("of the lost history");

    await restore();
    await describe(database, "of the other history");
    const found = await living.read();
    expect(found).toEqual({ version: lost.version, description: "of the other history" });
    await living.read();
    expect(living.loads()).toBe(2);
  });
});

Deno.test("an instance follows the registry back to a smaller version", async () => {
  await withDatabase(async (database) => {
    const living = instance(database);
    await describe(database, "of before");
    const restore = await backUp(database);
    await describe(database, "lost");
    const lost = await living.read();
    await restore();
    expect(await living.read()).toEqual({ version: lost.version - 1, description: "of before" });
  });
});

Deno.test("a switch or rollback that was decided on a lost version is refused", async () => {
  await withDatabase(async (database) => {
    const [row] = await database.sql`select version::int from public.registry_version`;
    const lost = row?.version + 1;
    const statements = [
      `select public.set_default_model('${novaPro}', p_expected_version => ${lost})`,
      `select public.assign_model('health', '${novaPro}', p_expected_version => ${lost})`,
      `select public.roll_back_switches(p_expected_version => ${lost})`,
    ];
    for (const statement of statements) {
      const error = await refused(database.as(serviceRole, (sql) => sql.unsafe(statement)));
      expect([statement, error.detail]).toEqual([statement, "registry_changed"]);
      expect(error.message).toContain(`no version ${lost}`);
    }
  });
});
