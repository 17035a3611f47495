/** What AWS says, written into the registry: ends, lists, destinations. */
import { expect } from "@std/expect";
import {
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { probeCheck, recordProbe } from "../../support/probes.ts";
import { novaLite, novaPro, sonnet35 } from "../../support/turns.ts";

function call({ as }: TestDatabase, statement: string, ...args: string[]) {
  return as(serviceRole, async (sql) => {
    const [row] = await sql.unsafe(`select ${statement} as result`, args);
    return row?.result;
  });
}

const row = async ({ sql }: TestDatabase, modelId: string) =>
  (await sql`select * from public.bedrock_models where model_id = ${modelId}`)[0];

const newModel = {
  model_id: "eu.new.model",
  model_name: "New",
  provider: "New",
  format: "converse",
  region: null,
  geographies: ["eu"],
  max_tokens: 4096,
  context_window: 32768,
  temperature: null,
  top_p: null,
  input_cost_per_mtok: null,
  output_cost_per_mtok: null,
  cache_read_cost_per_mtok: null,
  cache_write_cost_per_mtok: null,
  use_case: null,
  priority: 1000,
  is_available: true,
  is_default: true,
  serves_pinned: true,
  lifecycle: "active",
  legacy_on: null,
  extended_access_on: null,
  retires_on: null,
  successor_model_id: null,
  sampling: "none",
  system_prompt: "supported",
  source_url: null,
  checked_on: null,
  description: "found",
};

Deno.test("apply_catalog_changes() registers, never available, and sets ends and places", async () => {
  await withDatabase(async (database) => {
    const changes = [
      { kind: "register", model: newModel },
      {
        kind: "set-lifecycle",
        model_id: novaLite,
        lifecycle: "legacy",
        legacy_on: "2026-11-01",
        extended_access_on: "2027-02-01",
        retires_on: "2027-05-01",
      },
      { kind: "set-geographies", model_id: novaPro, geographies: ["eu", "uk"] },
    ];
    const apply = () =>
      call(
        database,
        `public.apply_catalog_changes($1, '${platformAdmin.userId}', 'cli')`,
        changes as unknown as string,
      );
    const result = await apply();
    expect(result.applied).toEqual([
      { kind: "register", model_id: "eu.new.model" },
      { kind: "set-lifecycle", model_id: novaLite },
      { kind: "set-geographies", model_id: novaPro },
    ]);
    expect(await row(database, "eu.new.model")).toMatchObject({
      ...newModel,
      is_available: false,
      is_default: false,
      created_at: expect.any(Date),
    });
    expect(await row(database, novaLite)).toMatchObject({
      lifecycle: "legacy",
      legacy_on: new Date("2026-11-01"),
      extended_access_on: new Date("2027-02-01"),
    });
    expect(await row(database, novaPro))
      .toMatchObject({ geographies: ["eu", "uk"], is_available: true });
    const entries = await database.sql`
      select source, actor_user_id from public.model_switches order by id desc limit 3`;
    for (const entry of entries) {
      expect(entry).toEqual({ source: "cli", actor_user_id: platformAdmin.userId });
    }

    const [before] = await database.sql`select version from public.registry_version`;
    expect((await apply()).applied.map((change: { kind: string }) => change.kind))
      .not.toContain("register");
    const [after] = await database.sql`select version from public.registry_version`;
    expect(after?.version).toBe(before?.version);
  });
});

Deno.test("apply_catalog_changes() leaves a retired model retired, and applies all or nothing", async () => {
  await withDatabase(async (database) => {
    await database.sql`select switchboard.end_model(${sonnet35})`;
    const apply = (changes: unknown) =>
      call(database, "public.apply_catalog_changes($1)", changes as string);
    const { applied } = await apply([
      { kind: "set-lifecycle", model_id: sonnet35, lifecycle: "active", retires_on: null },
    ]);
    expect(applied).toEqual([]);
    expect((await row(database, sonnet35))?.lifecycle).toBe("retired");

    expect(await refusal(apply([{ kind: "register", model: newModel }, { kind: "drop" }])))
      .toBe("22023");
    expect(await row(database, "eu.new.model")).toBeUndefined();
  });
});

Deno.test("set_registry_settings() sets what is named, and nothing when nothing is different", async () => {
  await withDatabase(async (database) => {
    const [before] = await database.sql`select version::int from public.registry_version`;
    const set = (settings: object) =>
      call(database, `public.set_registry_settings('${JSON.stringify(settings)}')`);
    const first = {
      allowed_geographies: ["eu"],
      function_geographies: null,
      require_mfa: false,
      require_person: false,
      allow_anonymous_users: false,
      allow_provider_retention: false,
      on_role_change: "refuse",
      backup_days: 30,
    };
    expect(await set({ allowed_geographies: ["eu"], require_mfa: false })).toEqual({
      former_settings: first,
      models_outside: [],
      former_version: before?.version,
      registry_version: before?.version,
    });
    expect(await set({ on_role_change: "move", require_mfa: true })).toMatchObject({
      former_settings: first,
      former_version: before?.version,
      registry_version: before?.version + 1,
    });
    expect(await set({ require_mfa: false })).toMatchObject({
      former_settings: { ...first, on_role_change: "move", require_mfa: true },
    });
    const refusal = await refused(set({ on_role_change: "ignore" }));
    expect(refusal.code).toBe("23514");
  });
});

Deno.test("the newest probe of each model is told to platform admins", async () => {
  await withDatabase(async (database) => {
    const { as } = database;
    await recordProbe(database, novaLite, { passed: false });
    await recordProbe(database, novaLite);
    await recordProbe(database, novaPro);
    const query = "select model_id, passed from public.latest_model_probes order by model_id";
    const latest = [{ model_id: novaLite, passed: true }, { model_id: novaPro, passed: true }];
    expect([...await as(platformAdmin, (sql) => sql.unsafe(query))]).toEqual(latest);
    expect([...await as(serviceRole, (sql) => sql.unsafe(query))]).toEqual(latest);
    expect([...await as(patient, (sql) => sql.unsafe(query))]).toEqual([]);
  });
});

Deno.test("record_model_probe() takes only what a probe can say, and sets the time itself", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    const record = (probe: Record<string, unknown>, modelId = novaLite) =>
      as(serviceRole, (api) =>
        api`
        select public.record_model_probe(${modelId}, ${
          api.json({ passed: true, checks: [probeCheck], ...probe } as never)
        })`);
    const without = (key: keyof typeof probeCheck) => ({ ...probeCheck, [key]: undefined });
    const wrong = [
      { checks: [] },
      { checks: {} },
      { checks: null },
      { checks: [{ name: "x" }] },
      { checks: ["invoke"] },
      { checks: [[probeCheck]] },
      { checks: Array(11).fill(probeCheck) },
      { checks: [{ ...probeCheck, message: "x".repeat(20_000) }] },
      { checks: [{ ...probeCheck, name: ["invoke"] }] },
      { checks: [{ ...probeCheck, name: "video" }] },
      { checks: [{ ...probeCheck, ok: "true" }] },
      { checks: [{ ...probeCheck, latency_ms: [1] }] },
      { checks: [{ ...probeCheck, latency_ms: -1 }] },
      { checks: [{ ...probeCheck, input_tokens: 2 ** 31 }] },
      ...Object.keys(probeCheck).map((key) => ({
        checks: [without(key as keyof typeof probeCheck)],
      })),
      { latency_ms: -1 },
      { input_tokens: -1 },
      { output_tokens: -1 },
      // What is said of the whole follows from the calls.
      { passed: false, error_code: "bedrock_throttled" },
      { passed: true, checks: [{ ...probeCheck, ok: false, error_code: "bedrock_throttled" }] },
      { passed: true, error_code: "bedrock_throttled" },
      { passed: null },
    ];
    for (const probe of wrong) {
      const code = await refusal(record(probe));
      expect([probe, ["23514", "23502"].includes(code)]).toEqual([probe, true]);
    }
    expect((await refused(record({}, "no-such"))).detail).toBe("model_not_found");
    expect([...await sql`select from public.model_probes`]).toEqual([]);

    await record({ created_at: "2099-01-01T00:00:00Z", id: 7700, model_id: novaPro });
    const [row] = await sql`
      select id = 7700 as id_taken, created_at <= now() as is_past, model_id
      from public.model_probes`;
    expect(row).toEqual({ id_taken: false, is_past: true, model_id: novaLite });

    const untried = ["tool", "schema", "image", "document", "caching"]
      .map((name) => ({ ...probeCheck, name, ok: null }));
    await record({ checks: [probeCheck, ...untried] });
  });
});
