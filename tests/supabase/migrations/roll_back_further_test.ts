/** One rollback after the other goes one step further back, whatever was rolled back before. */
import { expect } from "@std/expect";
import fc from "fast-check";
import { refused, type TestDatabase, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

const models = [novaLite, novaMicro, novaPro] as const;

/** What can be switched here: a priority and the default flag of each model, an assistant's model. */
type Key = `priority ${string}` | `default ${string}` | "health";
type Value = string | number | boolean;
type State = ReadonlyMap<Key, Value>;

interface Live {
  readonly firstId: number;
  readonly lastId: number;
  readonly before: State;
  readonly after: State;
}

/** The registry as the operators mean it: what it holds, and the switches that stand. */
class RegistryModel {
  /** Before each entry of the log: what was held, and the switches that stood. */
  readonly #past: { firstId: number; state: State; live: readonly Live[] }[] = [];
  state: State = new Map();
  live: readonly Live[] = [];

  /** What a rollback without an entry takes back: the last switch of which something stands. */
  get next(): Live | undefined {
    return this.live.findLast((each) => standing(each, this.state).length > 0);
  }

  switched(firstId: number, lastId: number, after: State): void {
    if (lastId < firstId) return;
    this.#past.push({ firstId, state: this.state, live: this.live });
    this.live = [...this.live, { firstId, lastId, before: this.state, after }];
    this.state = after;
  }

  rolledBack(firstId: number, lastId: number): void {
    const { next } = this;
    if (next === undefined) throw new Error("there was nothing to roll back");
    this.#past.push({ firstId, state: this.state, live: this.live });
    const back = standing(next, this.state).map((key) => [key, next.before.get(key)!] as const);
    this.state = new Map([...this.state, ...back]);
    this.live = this.live.slice(0, this.live.indexOf(next));
    expect(lastId).toBeGreaterThanOrEqual(firstId);
  }

  /** Any switch that was ever made, or rollback. */
  named(chosen: number): { firstId: number; state: State; live: readonly Live[] } | undefined {
    return this.#past[chosen % this.#past.length];
  }

  rolledBackTo(firstId: number, lastId: number, to: { state: State; live: readonly Live[] }): void {
    // What changed nothing left no entry, and so nothing was taken back.
    if (lastId < firstId) return;
    this.#past.push({ firstId, state: this.state, live: this.live });
    this.state = to.state;
    this.live = to.live;
  }
}

function standing({ before, after }: Live, state: State): Key[] {
  return [...after.keys()].filter((key) =>
    before.get(key) !== after.get(key) && state.get(key) === after.get(key)
  );
}

async function read({ sql }: TestDatabase): Promise<State> {
  const rows = await sql`
    select model_id, priority, is_default from public.bedrock_models where model_id in ${
    sql(models)
  }`;
  const [health] = await sql`
    select model_version from public.ai_assistants where assistant_type = 'health'`;
  const state = new Map<Key, Value>([["health", health?.model_version]]);
  for (const row of rows) {
    state.set(`priority ${row.model_id}`, row.priority);
    state.set(`default ${row.model_id}`, row.is_default);
  }
  return state;
}

async function lastId({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql`select max(id)::int as id from public.model_switches`;
  return row?.id;
}

const oneChange = fc.oneof(
  fc.tuple(fc.constantFrom(...models), fc.integer({ min: 1, max: 3 })).map(([id, priority]) =>
    `update public.bedrock_models set priority = ${priority} where model_id = '${id}'`
  ),
  fc.constantFrom(...models).map((id) =>
    `update public.bedrock_models set is_default = true where model_id = '${id}'`
  ),
  fc.constantFrom(...models).map((id) =>
    `update public.ai_assistants set model_version = '${id}' where assistant_type = 'health'`
  ),
);

const step = fc.oneof(
  // Each list is one transaction.
  { weight: 4, arbitrary: fc.array(oneChange, { minLength: 1, maxLength: 3 }) },
  { weight: 4, arbitrary: fc.constant("rollback" as const) },
  { weight: 2, arbitrary: fc.record({ to: fc.nat(1000) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      // None of them is a switch that a rollback takes back.
      { aside: "update public.registry_settings set require_mfa = not require_mfa" },
      {
        aside: `insert into public.ai_assistants (assistant_type, name)
          values ('a' || floor(random() * 1e9), 'An assistant')`,
      },
    ),
  },
);

async function take(step: unknown, model: RegistryModel, database: TestDatabase): Promise<void> {
  const { sql } = database;
  const firstId = await lastId(database) + 1;
  if (Array.isArray(step)) {
    await sql.begin(async (one) => {
      for (const statement of step) await one.unsafe(statement);
    });
    return model.switched(firstId, await lastId(database), await read(database));
  }
  if (step === "rollback") {
    const { next } = model;
    if (next === undefined) {
      const error = await refused(sql`select public.roll_back_switches()`);
      return expect(error.detail).toBe("switch_not_found");
    }
    const [row] = await sql`select public.roll_back_switches() as result`;
    expect([row?.result.first_id, row?.result.last_id]).toEqual([next.firstId, next.lastId]);
    return model.rolledBack(firstId, await lastId(database));
  }
  const { to, aside } = step as { to?: number; aside?: string };
  if (aside !== undefined) {
    await sql.unsafe(aside);
    return;
  }
  const named = model.named(to!);
  if (named === undefined) return;
  await sql`select public.roll_back_switches(${named.firstId})`;
  model.rolledBackTo(firstId, await lastId(database), named);
}

Deno.test("roll_back_switches() goes back as a model of the registry does, step by step", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
      await withDatabase(async (database) => {
        const model = new RegistryModel();
        model.state = await read(database);
        for (const each of steps) {
          await take(each, model, database);
          expect(await read(database)).toEqual(model.state);
          const [row] = await database.sql`select public.next_rollback() as next`;
          const { next } = model;
          if (next === undefined) expect(row?.next).toBeNull();
          else {
            expect(row?.next.id).toBeGreaterThanOrEqual(next.firstId);
            expect(row?.next.id).toBeLessThanOrEqual(next.lastId);
          }
        }
        const [chain] = await database.sql`select public.verify_model_switches() ->> 'ok' as ok`;
        expect(chain?.ok).toBe("true");
      });
    }),
    { numRuns: 12 },
  );
});

const setDefault = (id: string, reason: string) =>
  `select public.set_default_model('${id}', p_reason => '${reason}')`;

async function rollBack({ sql }: TestDatabase, to: number | null = null) {
  const [row] = await sql`select public.roll_back_switches(${to}) as result`;
  return row?.result;
}

Deno.test("roll_back_switches() says what the next one would undo, and undoes it", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(setDefault(novaLite, "first"));
    await sql`select public.disable_model(${novaMicro}, p_reason => 'second')`;
    const second = await rollBack(database);
    expect(second.next).toMatchObject({
      action: "set-default",
      model_id: novaLite,
      assistant_type: null,
      reason: "first",
    });
    const first = await rollBack(database);
    expect([first.first_id, first.last_id]).toContain(second.next.id);
    expect(first.next).toBeNull();
  });
});

Deno.test("roll_back_switches() steps over a switch of which nothing is left", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(setDefault(novaLite, "kept"));
    await sql`insert into public.ai_assistants (assistant_type, name) values ('billing', 'Billing')`;
    await sql`select public.assign_model('billing', ${novaMicro})`;
    await sql`delete from public.ai_assistants where assistant_type = 'billing'`;
    const result = await rollBack(database);
    expect(result.changes.map((change: { action: string }) => change.action).sort())
      .toEqual(["set-default", "unset-default"]);
    expect(result.next).toBeNull();
  });
});

Deno.test("roll_back_switches() leaves what AWS answered after a switch of the same column", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set lifecycle = 'legacy', priority = 3
      where model_id = ${novaMicro}`;
    await sql`select switchboard.end_model(${novaMicro})`;
    await rollBack(database);
    const [row] = await sql`
      select lifecycle, priority <> 3 as restored from public.bedrock_models
      where model_id = ${novaMicro}`;
    expect({ ...row }).toEqual({ lifecycle: "retired", restored: true });
  });
});

Deno.test("a change after a rollback in the same transaction is a switch of its own", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(setDefault(novaLite, "first"));
    await sql.begin(async (one) => {
      await one`select public.roll_back_switches()`;
      await one`update public.bedrock_models set priority = 77 where model_id = ${novaMicro}`;
    });
    const [newest] = await sql`
      select rollback_of, probe from public.model_switches order by id desc limit 1`;
    expect({ ...newest }).toEqual({ rollback_of: null, probe: null });
  });
});

Deno.test("roll_back_switches() takes back nothing that only a seeded history has", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(setDefault(novaLite, "real"));
    const [real] = await sql`select max(id)::int as id from public.model_switches`;
    const before = await read(database);
    // As tools/history writes it: an entry, and no change of a row.
    await sql`
      insert into public.model_switches (
        actor_proven, database_role, source, action, table_name, model_id, row_before, row_after,
        registry_version, is_seeded)
      select true, 'postgres', 'sql', 'update', 'bedrock_models', bm.model_id,
        to_jsonb(bm) || '{"priority": 1}', to_jsonb(bm), 1, true
      from public.bedrock_models as bm where bm.model_id = ${novaMicro}`;
    const seeded = await lastId(database);

    const named = await rollBack(database, seeded);
    expect([named.changes, await read(database)]).toEqual([[], before]);
    const result = await rollBack(database);
    expect(result.last_id).toBe(real?.id);
    expect((await read(database)).get(`default ${novaPro}`)).toBe(true);
  });
});
