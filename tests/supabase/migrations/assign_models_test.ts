/** assign_model(), and switches that name the version on which they were decided. */
import { expect } from "@std/expect";
import {
  refused,
  serviceRole,
  type Session,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { recordProbe } from "../../support/probes.ts";
import { novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

const opus3 = "anthropic.claude-3-opus-20240229-v1:0";

function assign(
  { as }: TestDatabase,
  type: string,
  modelId: string | null,
  more: { fallbacks?: string[] | null; expected?: number; probeId?: number } = {},
) {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.assign_model(
        ${type}, ${modelId}, ${more.fallbacks !== undefined}, ${more.fallbacks ?? null},
        p_expected_version => ${more.expected ?? null}, p_probe_id => ${
      more.probeId ?? null
    }) as result`;
    return row?.result;
  });
}

const assistant = async ({ sql }: TestDatabase, type: string) => ({
  ...(await sql`
    select model_version, fallback_models from public.ai_assistants
    where assistant_type = ${type}`)[0],
});

const version = async (sql: Session): Promise<number> =>
  (await sql`select version::int from public.registry_version`)[0]?.version;

Deno.test("assign_model() gives an assistant a model, takes it away, and leaves the fallbacks alone", async () => {
  await withDatabase(async (database) => {
    const former_version = await version(database.sql);
    const result = await assign(database, "health", novaPro, { fallbacks: [novaMicro] });
    expect(result).toEqual({
      former_model_id: novaLite,
      former_version,
      rollout_id: null,
      registry_version: await version(database.sql),
    });
    expect(await assistant(database, "health"))
      .toEqual({ model_version: novaPro, fallback_models: [novaMicro] });
    await assign(database, "health", null);
    expect(await assistant(database, "health"))
      .toEqual({ model_version: null, fallback_models: [novaMicro] });
    await assign(database, "health", null, { fallbacks: null });
    expect((await assistant(database, "health")).fallback_models).toBeNull();

    const before = await version(database.sql);
    await assign(database, "health", null);
    expect(await version(database.sql)).toBe(before);
  });
});

Deno.test("assign_model() records the probe that it names, or that there was none", async () => {
  await withDatabase(async (database) => {
    const last = async () => ({
      ...(await database.sql`
        select action, probe, probe_id::int from public.model_switches order by id desc limit 1`)[
        0
      ],
    });
    const probeId = await recordProbe(database, novaPro);
    await assign(database, "health", novaPro, { probeId });
    expect(await last()).toEqual({ action: "assign", probe: "passed", probe_id: probeId });
    await assign(database, "health", novaMicro);
    expect(await last()).toEqual({ action: "assign", probe: "skipped", probe_id: null });
    await assign(database, "health", null);
    expect(await last()).toEqual({ action: "unassign", probe: null, probe_id: null });
  });
});

Deno.test("a switch is refused whose probe is missing, another model's, failed or old", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const probeId = await recordProbe(database, novaPro);
    const age = (minutes: number) =>
      sql`
        update public.model_probes set created_at = now() - make_interval(mins => ${minutes})
        where id = ${probeId}`;
    const setDefault = (modelId: string, id: number) =>
      database.as(serviceRole, (api) =>
        api`
        select public.set_default_model(${modelId}, p_probe_id => ${id})`);
    const wrong: [string, string, number][] = [
      [novaPro, "does not exist", 999],
      [novaMicro, "was of another model", probeId],
      [novaPro, "was failed", await recordProbe(database, novaPro, { passed: false })],
    ];
    for (const [modelId, problem, id] of wrong) {
      for (
        const attempt of [
          () => setDefault(modelId, id),
          () => assign(database, "health", modelId, { probeId: id }),
        ]
      ) {
        const error = await refused(attempt());
        expect([error.code, error.detail]).toEqual(["PT409", "probe_not_valid"]);
        expect(error.message).toBe(`Probe ${id} ${problem}.`);
      }
    }
    expect((await refused(assign(database, "health", null, { probeId }))).detail)
      .toBe("probe_not_valid");
    await age(11);
    expect((await refused(setDefault(novaPro, probeId))).message)
      .toBe(`Probe ${probeId} is older than 10 minutes.`);
    await age(9);
    await setDefault(novaPro, probeId);
  });
});

const refusals: [string, (database: TestDatabase) => Promise<unknown>, string, string][] = [
  ["an unknown assistant", (db) => assign(db, "nobody", novaPro), "PT404", "assistant_not_found"],
  ["an unknown model", (db) => assign(db, "health", "no-such"), "PT404", "model_not_found"],
  ["a disabled model", (db) => assign(db, "health", opus3), "PT409", "model_not_available"],
  [
    "an unknown fallback",
    (db) => assign(db, "health", novaPro, { fallbacks: ["no-such"] }),
    "PT404",
    "model_not_found",
  ],
  [
    "a fallback outside",
    async (db) => {
      await db.sql`update public.bedrock_models set geographies = null where model_id = ${opus3}`;
      await assign(db, "health", novaPro, { fallbacks: [opus3] });
    },
    "PT409",
    "model_outside_geographies",
  ],
];

for (const [what, call, code, detail] of refusals) {
  Deno.test(`assign_model() refuses ${what}`, async () => {
    await withDatabase(async (database) => {
      const before = await assistant(database, "health");
      const error = await refused(call(database));
      expect([error.code, error.detail]).toEqual([code, detail]);
      expect(await assistant(database, "health")).toEqual(before);
    });
  });
}

/** Changes after the version on which a switch to Nova Lite was decided, and whether it goes on. */
const changes: [string, boolean][] = [
  [
    `update public.bedrock_models set input_cost_per_mtok = 9 where model_id = '${novaLite}'`,
    false,
  ],
  [`update public.bedrock_models set priority = 9 where model_id = '${novaLite}'`, false],
  [`update public.registry_settings set allowed_geographies = '{eu,uk}'`, false],
  [`update public.bedrock_models set priority = 9 where model_id = '${sonnet35}'`, true],
  [`update public.bedrock_models set is_default = true where model_id = '${sonnet35}'`, true],
  [`update public.bedrock_models set is_default = true where model_id = '${novaLite}'`, true],
  [`update public.ai_assistants set name = 'Other' where assistant_type = 'health'`, true],
];

Deno.test("set_default_model() is refused when its model or the settings changed, but for the flag", async () => {
  for (const [statement, goesOn] of changes) {
    await withDatabase(async ({ sql, as }) => {
      const decided = await version(sql);
      await sql.unsafe(statement);
      const call = as(serviceRole, (api) =>
        api`
        select public.set_default_model(${novaLite}, p_expected_version => ${decided})`);
      if (goesOn) return void await call;
      const error = await refused(call);
      expect([statement, error.code, error.detail]).toEqual([
        statement,
        "PT409",
        "registry_changed",
      ]);
      expect(error.message).toContain(`version ${decided}`);
      const [row] = await sql`select model_id from public.bedrock_models where is_default`;
      expect(row?.model_id).toBe(novaPro);
    });
  }
});

Deno.test("assign_model() is refused when its assistant or its model changed", async () => {
  for (
    const [statement, goesOn] of [
      [
        `update public.ai_assistants set model_version = null where assistant_type = 'health'`,
        false,
      ],
      [`update public.bedrock_models set priority = 9 where model_id = '${novaPro}'`, false],
      [`update public.ai_assistants set name = 'Other' where assistant_type = 'clinical'`, true],
    ] as const
  ) {
    await withDatabase(async (database) => {
      const decided = await version(database.sql);
      await database.sql.unsafe(statement);
      const call = assign(database, "health", novaPro, { expected: decided });
      if (goesOn) await call;
      else expect((await refused(call)).detail).toBe("registry_changed");
    });
  }
});
