import { expect } from "@std/expect";
import { withFreshProject } from "../support/fresh_project.ts";
import { manage, post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const opus5 = "eu.anthropic.claude-opus-5-5";
const claudeOpus48 = "eu.anthropic.claude-opus-4-8";
const opus3 = "anthropic.claude-3-opus-20240229-v1:0";

const everyAction = [
  { action: "list" },
  { action: "get-default" },
  { action: "set-default", model_id: novaLite },
  { action: "enable", model_id: opus3 },
  { action: "disable", model_id: opus3 },
  { action: "validate", model_id: novaLite },
  { action: "list-assistants" },
  { action: "set-assistant-model", assistant_type: "health", model_id: novaPro },
  { action: "set-assistant-model", assistant_type: "health", model_id: novaLite },
  { action: "history" },
  { action: "rollback" },
  { action: "verify-history" },
  { action: "sync" },
  { action: "usage" },
  { action: "costs" },
  { action: "performance" },
  { action: "switch-effect" },
  { action: "what-if", model_id: novaLite },
  { action: "get-settings" },
  { action: "update-settings", allowed_geographies: ["eu"] },
  { action: "list-roles" },
  { action: "set-role", email: "patient@example.com", assistant_type: "clinical" },
];

Deno.test("manage-bedrock-models lists every model in the order of priority", () =>
  withFreshProject(stack, async (project) => {
    const { status, body } = await manage(project, { action: "list" });
    expect([status, body.success, body.count]).toEqual([200, true, body.models.length]);
    const ids = body.models.map((model: { model_id: string }) => model.model_id);
    const rows = await project.sql`select model_id from bedrock_models order by priority, model_id`;
    expect(ids).toEqual(rows.map((row) => row.model_id));
    expect(body.models[0]).toMatchObject({
      model_id: novaPro,
      is_default: true,
      input_cost_per_mtok: 1.05,
      output_cost_per_mtok: 4.2,
    });
  }));

Deno.test("manage-bedrock-models tells the default and which assistants follow it", () =>
  withFreshProject(stack, async (project) => {
    const { body } = await manage(project, { action: "get-default" });
    expect(body.default_model.model_id).toBe(novaPro);
    const following = body.assistants
      .filter((assistant: { follows_default: boolean }) => assistant.follows_default)
      .map((assistant: { assistant_type: string }) => assistant.assistant_type);
    expect(following).toEqual(["platform"]);
    await project.sql`update bedrock_models set is_default = false`;
    expect((await manage(project, { action: "get-default" })).body.default_model).toBeNull();
  }));

Deno.test("manage-bedrock-models switches the default, warns of legacy, and may be repeated", () =>
  withFreshProject(stack, async (project) => {
    const before = (await manage(project, { action: "list" })).body.registry_version;
    const { status, body } = await manage(project, { action: "set-default", model_id: claude35 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      former_model_id: novaPro,
      model: { model_id: claude35, is_default: true },
      warnings: [
        expect.stringContaining("eu.anthropic.claude-sonnet-5-5"),
        expect.stringMatching(/^platform: .* takes less .*: no documents of the type doc, docx/),
        expect.stringMatching(/^platform: .* can do less .*: no caching\./),
      ],
    });
    expect(body.registry_version).toBeGreaterThan(before);
    const again = await manage(project, { action: "set-default", model_id: claude35 });
    expect(again.body).toMatchObject({
      former_model_id: claude35,
      registry_version: body.registry_version,
    });
    expect(await project.sql`select model_id from bedrock_models where is_default`)
      .toEqual([{ model_id: claude35 }]);
  }));

Deno.test("manage-bedrock-models enables and disables, and refuses what would break the registry", () =>
  withFreshProject(stack, async (project) => {
    const run = async (action: string, model_id: string, more = {}) =>
      (await manage(project, { action, model_id, ...more })).body;
    expect(await run("set-default", opus3)).toMatchObject({
      error: { code: "model_not_available" },
    });
    expect(await run("enable", opus3)).toMatchObject({ model: { is_available: true } });
    expect(await run("set-default", opus3)).toMatchObject({ model: { is_default: true } });
    expect(await run("disable", opus3)).toMatchObject({ error: { code: "model_is_default" } });
    expect(await run("disable", novaLite, { now: true })).toMatchObject({
      model: { is_available: false, serves_pinned: false },
      assistants: ["health"],
      warnings: [
        expect.stringMatching(/^health: its own model cannot answer\. .*as fallbacks\.$/),
        expect.stringMatching(/^health: .*claude-3-opus.* takes less than .*nova-lite.*: no doc/),
        expect.stringMatching(/^health: .*claude-3-opus.* can do less than .*nova-lite.*: no cach/),
        expect.stringMatching(/^Calls for these names are refused, .*: nova-lite\.$/),
      ],
    });
    for (const action of ["list-assistants", "get-default"]) {
      const { warnings } = (await manage(project, { action })).body;
      expect(warnings).toEqual([expect.stringMatching(/^health: .*nova-lite.* is not available/)]);
    }
    await project.sql`update ai_assistants set fallback_models = '{}'`;
    expect((await run("disable", novaLite)).warnings)
      .toEqual([expect.stringContaining("refused with model_not_available")]);
    expect(await run("disable", opus5)).toMatchObject({
      assistants: [],
      warnings: [expect.stringMatching(/^Calls for these names are refused, .*: claude-opus-/)],
    });
    expect(await run("enable", novaLite))
      .toMatchObject({ model: { is_available: true, serves_pinned: true } });
    expect(await run("enable", "no.such")).toMatchObject({ error: { code: "model_not_found" } });

    await project.sql`update bedrock_models set is_default = false`;
    await project.sql`update bedrock_models set is_available = model_id = ${novaLite}`;
    expect(await run("disable", novaLite)).toMatchObject({
      error: { code: "last_available_model" },
    });

    await project.sql`update bedrock_models set lifecycle = 'retired' where model_id = ${claude35}`;
    for (const action of ["enable", "set-default"]) {
      const refused = await run(action, claude35);
      expect(refused.error.code).toBe("model_retired");
      expect(refused.error.hint).toContain("eu.anthropic.claude-sonnet-5-5");
    }
  }));

Deno.test("manage-bedrock-models validates a model without changing anything", () =>
  withFreshProject(stack, async (project) => {
    const { body } = await manage(project, { action: "validate", model_id: novaLite });
    expect(body).toMatchObject({ success: true, valid: true, model: { model_id: novaLite } });
    expect(body.checks.every((check: { ok: boolean }) => check.ok)).toBe(true);
    const disabled = await manage(project, { action: "validate", model_id: opus3 });
    expect(disabled.body.valid).toBe(false);
    expect(disabled.body.registry_version).toBe(body.registry_version);
    const unknown = await manage(project, { action: "validate", model_id: "no.such" });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "model_not_found"]);
  }));

Deno.test("manage-bedrock-models takes a secret key in every form, and a platform admin", () =>
  withFreshProject(stack, async (project) => {
    const { apiUrl, keys, token } = project;
    const url = `${apiUrl}/functions/v1/manage-bedrock-models`;
    const admin = await token("admin");
    const headers: Record<string, string>[] = [
      { authorization: `Bearer ${keys.secret}` },
      { authorization: `Bearer ${keys.serviceRole}` },
      { apikey: keys.secret },
      { apikey: keys.serviceRole },
      { apikey: keys.publishable, authorization: `Bearer ${keys.secret}` },
      { apikey: keys.publishable, authorization: `Bearer ${admin}` },
      { authorization: `bearer ${admin}` },
    ];
    for (const header of headers) {
      for (const body of everyAction) {
        expect((await post(url, body, header)).status).toBe(200);
      }
    }
  }));

Deno.test("manage-bedrock-models refuses everyone else, for every action", () =>
  withFreshProject(stack, async (project) => {
    const { keys, token } = project;
    const refused: [string, number][] = [
      [keys.publishable, 401],
      [keys.anon, 401],
      [`${keys.secret}x`, 401],
      [await token("patient"), 403],
      [await token("clinician"), 403],
      [await token("facility"), 403],
    ];
    const before = (await manage(project, { action: "list" })).body;
    for (const [credential, status] of refused) {
      // Registering succeeds only once.
      for (const body of [...everyAction, { action: "register", model_id: claudeOpus48 }]) {
        const answer = await manage(project, body, credential);
        expect([answer.status, answer.body.success]).toEqual([status, false]);
      }
    }
    expect((await manage(project, { action: "list" })).body).toEqual(before);
  }));

Deno.test("manage-bedrock-models looks up the role at each request", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    expect((await manage(project, { action: "list" }, admin)).status).toBe(200);
    await project.sql`delete from ai_user_roles where assistant_type = 'platform'`;
    expect((await manage(project, { action: "list" }, admin)).status).toBe(403);
  }));

Deno.test("manage-bedrock-models writes down who switched, and how", () =>
  withFreshProject(stack, async (project) => {
    const { apiUrl, keys, sql, token } = project;
    const [{ last }] = await sql`select max(id) as last from model_switches` as [{ last: string }];
    await manage(project, { action: "set-default", model_id: claude35 }, await token("admin"));
    await post(
      `${apiUrl}/functions/v1/manage-bedrock-models`,
      { action: "set-default", model_id: novaLite },
      { authorization: `Bearer ${keys.secret}`, "x-switchboard-source": "cli" },
    );
    await sql`update bedrock_models set is_default = true where model_id = ${novaPro}`;
    const patched = await fetch(`${apiUrl}/rest/v1/bedrock_models?model_id=eq.${claude35}`, {
      method: "PATCH",
      headers: { apikey: keys.secret, "content-type": "application/json" },
      body: JSON.stringify({ is_default: true }),
    });
    expect(patched.status).toBe(204);
    const rows = await sql`
      select action, model_id, actor_user_id, actor_key_name, source, database_role from model_switches
      where id > ${last} and action = 'set-default' order by id`;
    const adminId = "00000000-0000-4000-8000-000000000004";
    const row = (model_id: string, source: string, database_role: string) => ({
      action: "set-default",
      model_id,
      source,
      database_role,
      actor_user_id: source === "api" ? adminId : null,
      actor_key_name: source === "cli" ? "default" : null,
    });
    expect(rows).toEqual([
      row(claude35, "api", "service_role"),
      row(novaLite, "cli", "service_role"),
      row(novaPro, "sql", "postgres"),
      { ...row(claude35, "api", "service_role"), actor_user_id: null },
    ]);
  }));

Deno.test("manage-bedrock-models refuses malformed requests in the envelope", () =>
  withFreshProject(stack, async (project) => {
    const bodies: (string | object)[] = [
      "",
      "{",
      "[]",
      "null",
      {},
      { action: 1 },
      { action: "drop" },
      { action: "set-default" },
      { action: "set-default", model_id: 7 },
      { action: "set-default", model_id: "" },
      { action: "set-default", model_id: "a\0b" },
      { action: "set-default", model_id: novaLite, now: true },
      { action: "disable", model_id: novaLite, now: "yes" },
      { action: "list", model_id: novaLite },
      { action: "set-default", model_id: novaLite, probe: "no" },
      { action: "set-default", model_id: novaLite, expected_version: -1 },
      { action: "enable", model_id: novaLite, probe: false },
      { action: "set-assistant-model", assistant_type: "health" },
      { action: "set-assistant-model", assistant_type: "Health!", model_id: null },
      {
        action: "set-assistant-model",
        assistant_type: "health",
        model_id: null,
        fallback_models: "x",
      },
      { action: "history", limit: 201 },
      { action: "history", before: 0 },
      { action: "rollback", to: "7" },
      { action: "verify-history", known_hash: "abc" },
      { action: "sync", apply: 1 },
      { action: "register" },
      { action: "update-settings" },
      { action: "update-settings", allowed_geographies: [] },
      { action: "update-settings", on_role_change: "ignore" },
      { action: "update-settings", allowed_geographies: ["Europe"] },
    ];
    for (const body of bodies) {
      const { status, body: answer } = await manage(project, body);
      expect([body, status, answer.success]).toEqual([body, 400, false]);
    }
  }));

Deno.test("manage-bedrock-models leaves one default after fifty switches at once", () =>
  withFreshProject(stack, async (project) => {
    const ids = [novaPro, novaLite, claude35, "no.such"];
    // On a busy machine some wait for the others longer than a switch may, and are asked for again.
    const switchTo = async (model_id: string): Promise<Awaited<ReturnType<typeof manage>>> => {
      const answer = await manage(project, { action: "set-default", model_id });
      return answer.body.error?.code === "registry_locked" ? await switchTo(model_id) : answer;
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => switchTo(ids[n % ids.length] ?? "")),
    );
    expect(answers.map(({ status }) => status))
      .toEqual(Array.from({ length: 50 }, (_, n) => n % 4 === 3 ? 404 : 200));
    expect(await project.sql`select from bedrock_models where is_default`).toHaveLength(1);
  }));
