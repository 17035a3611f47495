/** History, rollback, assistants, residency and discovery over the API. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

const rowOf = async ({ sql }: FreshProject, modelId: string) =>
  (await sql`select * from bedrock_models where model_id = ${modelId}`)[0];

Deno.test("history tells who switched what, how and after which probe, page by page", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    await manage(project, { action: "set-default", model_id: novaLite }, admin);
    await manage(project, { action: "disable", model_id: claude35 });
    await project.sql`update bedrock_models set priority = 3 where model_id = ${novaMicro}`;
    const { status, body } = await manage(project, { action: "history", limit: 2 });
    expect([status, body.count]).toEqual([200, 2]);
    expect(body.switches).toMatchObject([
      { source: "sql", action: "update", from: { priority: 30 }, to: { priority: 3 } },
      { source: "api", action: "disable", model_id: claude35, from: "available", to: "disabled" },
    ]);
    const older = await manage(project, {
      action: "history",
      limit: 1,
      before: body.switches[1].id,
    });
    expect(older.body.switches[0]).toMatchObject({
      action: "set-default",
      from: novaPro,
      to: novaLite,
      probe: "passed",
      actor_user_id: "00000000-0000-4000-8000-000000000004",
      database_role: "service_role",
    });
  }));

Deno.test("rollback takes back a switch by each way, is recorded, and may be taken back", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const ways: (() => Promise<unknown>)[] = [
      () => manage(project, { action: "set-default", model_id: claude35 }),
      () =>
        sql.begin(async (transaction) => {
          await transaction`
            update bedrock_models set is_available = false, is_default = false
            where model_id = ${novaPro}`;
          await transaction`update bedrock_models set is_default = true where model_id = ${claude35}`;
        }),
      () => sql`update bedrock_models set is_default = true where model_id = ${claude35}`,
    ];
    for (const way of ways) {
      await way();
      expect((await rowOf(project, claude35))?.is_default).toBe(true);
      const { status, body } = await manage(project, { action: "rollback" });
      expect([status, body.default_model.model_id]).toEqual([200, novaPro]);
      expect(body.message).toBe(`The registry is as it was before switch ${body.first_id}.`);
      expect(await rowOf(project, novaPro)).toMatchObject({ is_available: true });
      const [entry] = (await manage(project, { action: "history", limit: 1 })).body.switches;
      expect(entry).toMatchObject({ rollback_of: body.first_id, probe: "skipped", source: "api" });
    }
    // The next question follows it.
    expect((await project.ask("admin", "Who answers?")).body.model.model_id).toBe(novaPro);
    const again = await manage(project, { action: "rollback" });
    expect([again.status, again.body.error.code]).toEqual([404, "switch_not_found"]);
    const [{ id }] = (await manage(project, { action: "history", limit: 1 })).body.switches;
    const undone = await manage(project, { action: "rollback", to: id });
    expect(undone.body.default_model.model_id).toBe(claude35);
  }));

Deno.test("rollback again goes one step further back, and says which step comes next", () =>
  withFreshProject(stack, async (project) => {
    const reason = "Cheaper, and as good in the trial.";
    await manage(project, { action: "set-default", model_id: novaLite, reason });
    await manage(project, { action: "disable", model_id: claude35 });
    const { body: listed } = await manage(project, { action: "history", limit: 2 });
    expect(listed.next_rollback).toMatchObject({ action: "disable", model_id: claude35 });
    const first = await manage(project, { action: "rollback", reason: "Not yet." });
    expect(first.body.next).toMatchObject({
      id: listed.switches[1].id,
      action: "set-default",
      model_id: novaLite,
      reason,
    });
    const second = await manage(project, { action: "rollback" });
    expect(second.body.default_model.model_id).toBe(novaPro);
    expect(second.body.next).toBeNull();
    const { body } = await manage(project, { action: "history" });
    expect(body.next_rollback).toBeNull();
    expect(body.switches.map((entry: { reason: string | null }) => entry.reason).slice(0, 4))
      .toEqual([null, "Not yet.", null, reason]);
  }));

Deno.test("history lists also where the next rollback cannot be read, and asks for it once", () =>
  withFreshProject(stack, async (project) => {
    await manage(project, { action: "set-default", model_id: novaLite });
    const { body: first } = await manage(project, { action: "history", limit: 1 });
    expect(first.next_rollback.model_id).toBe(novaLite);
    const { body: second } = await manage(project, {
      action: "history",
      before: first.switches[0].id,
    });
    expect(second.next_rollback).toBeNull();
    await project.sql`revoke execute on function public.next_rollback() from service_role`;
    try {
      const { status, body } = await manage(project, { action: "history", limit: 1 });
      expect([status, body.next_rollback]).toEqual([200, null]);
      expect(body.switches).toEqual(first.switches);
    } finally {
      await project.sql`grant execute on function public.next_rollback() to service_role`;
    }
  }));

Deno.test("history keeps to its filters, and refuses what is no filter", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    const reason = "Spring cleaning";
    await manage(project, { action: "disable", model_id: claude35, reason }, admin);
    await manage(project, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaMicro,
    });
    const found = async (filter: object) => {
      const { status, body } = await manage(project, { action: "history", limit: 1, ...filter });
      return [status, body.switches?.[0]?.action ?? null];
    };
    expect(await found({ of_action: "disable" })).toEqual([200, "disable"]);
    expect(await found({ of_action: ["disable", "retire"] })).toEqual([200, "disable"]);
    expect(await found({ of_action: [] })).toEqual([400, null]);
    expect(await found({ model_id: claude35 })).toEqual([200, "disable"]);
    expect(await found({ search: "spring" })).toEqual([200, "disable"]);
    expect(await found({ actor: "00000000-0000-4000-8000-000000000004" }))
      .toEqual([200, "disable"]);
    expect(await found({ assistant_type: "health" })).toEqual([200, "assign"]);
    expect(await found({ to: "2020-01-01T00:00:00Z" })).toEqual([200, null]);
    expect(await found({ search: "" })).toEqual([400, null]);
    expect(await found({ from: "yesterday" })).toEqual([400, null]);
  }));

Deno.test("rollback to a named switch takes back everything since, or says why it cannot", () =>
  withFreshProject(stack, async (project) => {
    const newest = async () =>
      (await manage(project, { action: "history", limit: 1 })).body.switches[0].id;
    await manage(project, { action: "set-default", model_id: novaLite });
    const first = await newest();
    await manage(project, { action: "disable", model_id: claude35, now: true });
    await manage(project, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaMicro,
    });
    const { body } = await manage(project, { action: "rollback", to: first });
    expect(body.default_model.model_id).toBe(novaPro);
    expect(await rowOf(project, claude35)).toMatchObject({
      is_available: true,
      serves_pinned: true,
    });
    const [health] = await project.sql`
      select model_version from ai_assistants where assistant_type = 'health'`;
    expect(health?.model_version).toBe(novaLite);

    const unknown = await manage(project, { action: "rollback", to: 999_999_999 });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "switch_not_found"]);
    await manage(project, { action: "set-default", model_id: novaLite });
    const { registry_version: seen } = (await manage(project, { action: "list" })).body;
    await manage(project, { action: "enable", model_id: "anthropic.claude-3-opus-20240229-v1:0" });
    const late = await manage(project, { action: "rollback", expected_version: seen });
    expect([late.status, late.body.error.code]).toEqual([409, "registry_changed"]);
  }));

Deno.test("verify-history finds a log that its owner has changed", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await manage(project, { action: "set-default", model_id: novaLite });
    const verify = async (known_hash?: string) =>
      (await manage(project, {
        action: "verify-history",
        ...(known_hash && { known_hash }),
      })).body.verification;
    const whole = await verify();
    expect(whole).toMatchObject({ ok: true, broken_id: null });
    expect((await verify(whole.last_hash)).ok).toBe(true);

    const [entry] = await sql`
      select id, actor_user_id from model_switches where action = 'set-default' order by id desc limit 1`;
    const rewrite = (userId: string | null) =>
      sql.begin(async (transaction) => {
        await transaction`alter table model_switches disable trigger refuse_change`;
        await transaction`
          update model_switches set actor_user_id = ${userId} where id = ${entry?.id}`;
        await transaction`alter table model_switches enable trigger refuse_change`;
      });
    await rewrite(crypto.randomUUID());
    try {
      expect(await verify()).toMatchObject({ ok: false, broken_id: Number(entry?.id) });
    } finally {
      await rewrite(entry?.actor_user_id);
    }
    expect((await verify()).ok).toBe(true);
  }));

Deno.test("list-assistants shows prompts and models to operators", () =>
  withFreshProject(stack, async (project) => {
    const { body } = await manage(
      project,
      { action: "list-assistants" },
      await project.token("admin"),
    );
    expect(body).toMatchObject({ success: true, count: 4, default_model_id: novaPro });
    const health = body.assistants.find((each: { assistant_type: string }) =>
      each.assistant_type === "health"
    );
    expect(health).toMatchObject({ model_version: novaLite, follows_default: false });
    expect(health.system_prompt).toContain("health assistant");
  }));

Deno.test("set-assistant-model assigns, unassigns, sets who may stand in, and is followed at once", () =>
  withFreshProject(stack, async (project) => {
    const set = async (model_id: string | null, more = {}) =>
      (await manage(project, {
        action: "set-assistant-model",
        assistant_type: "health",
        model_id,
        ...more,
      })).body;
    const answers = async () => (await project.ask("patient", "Who answers?")).body.model.model_id;

    const assigned = await set(novaMicro, { fallback_models: [novaPro] });
    expect(assigned).toMatchObject({
      message: "Health assistant answers with Amazon Nova Micro.",
      assistant: { model_version: novaMicro, fallback_models: [novaPro], follows_default: false },
      former_model_id: novaLite,
    });
    expect(await answers()).toBe(novaMicro);
    expect(await set(null)).toMatchObject({
      message: "Health assistant follows the default.",
      assistant: { model_version: null, fallback_models: [novaPro] },
      former_model_id: novaMicro,
    });
    expect(await answers()).toBe(novaPro);
    expect(await set(null, { fallback_models: null }))
      .toMatchObject({ assistant: { fallback_models: null } });
    expect(await set(novaLite, { fallback_models: ["no.such"] }))
      .toMatchObject({ error: { code: "model_not_found" } });
    const nobody = await manage(project, {
      action: "set-assistant-model",
      assistant_type: "nobody",
      model_id: novaLite,
    });
    expect([nobody.status, nobody.body.error.code]).toEqual([404, "assistant_not_found"]);
    expect(nobody.body.error.hint).toContain("clinical, health");
  }));

Deno.test("a narrower geography takes models from use at once, whatever chose them, and is recorded", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const widened = await manage(project, {
      action: "update-settings",
      allowed_geographies: ["global"],
    });
    expect(widened.body).toMatchObject({ models_outside: [], warnings: [] });
    const anywhere = "global.amazon.nova-2-lite-v1:0";
    await sql`
      update bedrock_models set model_id = ${anywhere}, geographies = '{global}' where model_id = ${novaLite}`;
    const pinned = (await project.ask("patient", "Who answers?")).body;
    expect(pinned.model.model_id).toBe(anywhere);
    await manage(project, { action: "set-default", model_id: anywhere });

    const { body } = await manage(project, {
      action: "update-settings",
      allowed_geographies: ["eu"],
    });
    expect(body.models_outside).toEqual([anywhere]);
    expect(body.warnings[0]).toContain(anywhere);
    expect(body.warnings.slice(1)).toEqual([
      expect.stringMatching(/^health: its own model cannot answer\. Calls of global/),
      expect.stringMatching(/^platform: the default, which it follows, cannot answer\. /),
      expect.stringMatching(/^Calls for these names are refused, .*: nova-lite\.$/),
      expect.stringMatching(/^1 conversation \(1 used in the last 30 days\) loses its model; eu\./),
      expect.stringMatching(/^The tokens of the last 30 days cost .* % more\.$/),
    ]);
    await project.bedrock.clearRequests();
    for (
      const request of [
        { message: "The default?" },
        { message: "The pin?", conversation_id: pinned.conversation_id },
      ]
    ) {
      const answer = await project.ask("patient", request);
      expect([answer.status, answer.body.model?.model_id]).not.toEqual([200, anywhere]);
      expect(answer.status).toBe(200);
    }
    const asked = await project.ask("admin", { message: "By name?", model_id: anywhere });
    expect([asked.status, asked.body.error.code]).toEqual([409, "model_outside_geographies"]);
    const called = (await project.bedrock.requests()).map((call) => call.modelId);
    expect(called.length).toBeGreaterThan(0);
    expect(called).not.toContain(anywhere);

    const listed = (await manage(project, { action: "list" })).body;
    expect(listed.allowed_geographies).toEqual(["eu"]);
    expect(listed.models.find((model: { model_id: string }) => model.model_id === anywhere).outside)
      .toEqual(["global"]);
    const [entry] = (await manage(project, { action: "history", limit: 1 })).body.switches;
    expect(entry).toMatchObject({
      action: "update-settings",
      from: { allowed_geographies: ["global"] },
      to: { allowed_geographies: ["eu"] },
    });
    expect((await manage(project, { action: "get-settings" })).body.settings)
      .toMatchObject({ allowed_geographies: ["eu"] });
  }));

Deno.test("a profile that leaves the EU is refused by every way, and the error says why", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    for (const modelId of ["us.amazon.nova-pro-v1:0", "global.anthropic.claude-haiku-5-5"]) {
      if (modelId.startsWith("global.")) {
        const registered = await manage(project, { action: "register", model_id: modelId });
        expect(registered.status).toBe(200);
        expect(registered.body.warnings.join(" ")).toContain("allowed is eu only");
      } else {
        // AWS lists no American profile in Europe, but SQL takes any id, and any claim about it.
        await sql`
          insert into bedrock_models (
            model_id, model_name, provider, format, geographies, max_tokens, context_window)
          values (${modelId}, 'A model', 'Amazon', 'nova', '{eu}', 100, 1000)`;
      }
      const switched = await manage(project, { action: "set-default", model_id: modelId });
      expect([switched.status, switched.body.error.code]).toEqual([409, "model_not_available"]);
      expect(switched.body.error.hint).toBe("Enable it first.");
      const enabled = await manage(project, { action: "enable", model_id: modelId });
      expect([enabled.status, enabled.body.error.code]).toEqual([409, "model_outside_geographies"]);
      expect(enabled.body.error.message).toMatch(/allowed is eu only/);
      await expect(sql`update bedrock_models set is_available = true where model_id = ${modelId}`)
        .rejects.toThrow("allowed is eu only");
      // Even a row that got around the trigger is not used.
      await sql`alter table bedrock_models disable trigger keep_updated_in_geographies`;
      try {
        await sql`
          update bedrock_models set is_available = true, is_default = true, priority = 0
          where model_id = ${modelId}`;
      } finally {
        await sql`alter table bedrock_models enable trigger keep_updated_in_geographies`;
      }
      const { body } = await project.ask("admin", "Who answers?");
      expect(body.model.model_id).not.toBe(modelId);
      await sql`update bedrock_models set is_available = false, is_default = false where model_id = ${modelId}`;
    }
  }));

/** What AWS does not say of its models' ends. */
const noDates = { legacy_on: null, extended_access_on: null, retires_on: null };

Deno.test("sync shows the difference, and applies it only when told to", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    await bedrock.setModel("amazon.nova-next-v1:0", {
      like: "amazon.nova-lite-v1:0",
      name: "Nova Next",
      profiles: ["eu"],
      onDemand: false,
    });
    await bedrock.setModel("amazon.nova-pro-v1:0", { lifecycle: "legacy", endsOn: "2027-06-30" });
    await bedrock.setModel(novaMicro, { destinationRegions: ["eu-central-1", "eu-west-2"] });
    const capabilities = (await rowOf(project, novaPro))?.capabilities;
    await sql`
      update bedrock_models set capabilities = capabilities - 'images' where model_id = ${novaPro}`;
    const before = (await manage(project, { action: "list" })).body;

    const dry = (await manage(project, { action: "sync" })).body;
    expect(dry).toMatchObject({ success: true, region: "eu-central-1", applied: null });
    expect(dry.registry_version).toBe(before.registry_version);
    expect(dry.report.new).toContainEqual(expect.objectContaining({
      model_id: "eu.amazon.nova-next-v1:0",
      foundation_model_id: "amazon.nova-next-v1:0",
    }));
    expect(dry.report.lifecycle).toContainEqual({
      model_id: novaPro,
      from: { ...noDates, lifecycle: "active" },
      to: { ...noDates, lifecycle: "legacy", retires_on: "2027-06-30" },
      applies: true,
    });
    expect(dry.report.leaves_geography).toContainEqual(expect.objectContaining({
      model_id: novaMicro,
      outside: ["uk"],
      is_registered: true,
    }));
    expect(dry.changes).toContainEqual({
      kind: "set-geographies",
      model_id: novaMicro,
      from: ["eu"],
      geographies: ["eu", "uk"],
    });
    expect(dry.changes).toContainEqual({
      kind: "set-capabilities",
      model_id: novaPro,
      capabilities: ["images"],
    });

    const { body } = await manage(project, { action: "sync", apply: true });
    expect(body.applied.length).toBe(dry.changes.length);
    expect(await rowOf(project, "eu.amazon.nova-next-v1:0")).toMatchObject({
      is_available: false,
      input_cost_per_mtok: null,
      geographies: ["eu"],
      format: "nova",
      capabilities: {
        images: { max_count: 20, in_tool_results: false },
        output_schema: false,
        betas: [],
        prefill: false,
        stop_sequences: true,
        count_tokens: false,
      },
    });
    expect(await rowOf(project, novaPro))
      .toMatchObject({ lifecycle: "legacy", is_default: true, capabilities });
    const warned = await manage(project, { action: "set-default", model_id: novaPro });
    expect(warned.body.warnings).toEqual([expect.stringContaining("2027-06-30")]);
    // Nova Micro may leave the EU now, so the assistant that has it answers with another model.
    const { body: answer } = await project.ask("facility", "Who answers?");
    expect(answer.model.model_id).not.toBe(novaMicro);

    const again = (await manage(project, { action: "sync" })).body;
    expect(again.changes).toEqual([]);
    const [seen] = await sql`
      select count(*)::int as n from bedrock_models where is_available and source_url is null`;
    expect(seen?.n).toBe(0);
  }));

Deno.test("sync says what IAM does not allow, and changes nothing", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { operations: ["ListInferenceProfiles"], times: 2 },
    );
    const { status, body } = await manage(project, { action: "sync", apply: true });
    expect([status, body.error.code]).toEqual([502, "bedrock_access_denied"]);
    expect(body.error.message).toContain("bedrock:ListInferenceProfiles");
  }));

Deno.test("register adds one model with what is known, which is switched to by force only", () =>
  withFreshProject(stack, async (project) => {
    const register = (model_id: string) => manage(project, { action: "register", model_id });
    const id = "eu.anthropic.claude-opus-4-8";
    const { status, body } = await register(id);
    expect(status).toBe(200);
    expect(body.model).toMatchObject({
      model_id: id,
      is_available: false,
      input_cost_per_mtok: null,
      geographies: ["eu"],
      format: "claude",
    });
    expect(body.warnings.join(" ")).toContain("price");
    await manage(project, { action: "enable", model_id: id });
    const switched = (more = {}) =>
      manage(project, { action: "set-default", model_id: id, ...more });
    expect((await switched()).body.error.code).toBe("price_unknown");
    expect((await switched({ force: true })).body).toMatchObject({ probe: { passed: true } });

    // What AWS's lists do not tell can be said at once.
    expect(body.model.capabilities).toMatchObject({ images: { max_count: 20 } });
    const capabilities = {
      tools: { choices: ["any"], single: false, names: "hyphen", ids: "any", strict: false },
      output_schema: true,
      betas: [],
      prefill: false,
      stop_sequences: false,
      count_tokens: false,
    };
    const model_id = "openai.gpt-oss-120b-1:0";
    const told = await manage(project, { action: "register", model_id, capabilities });
    expect(told.body.model).toMatchObject({ model_id, capabilities });
    const wrong = { ...capabilities, tools: { choices: ["all"] } };
    const refused = await manage(project, { action: "register", model_id, capabilities: wrong });
    expect([refused.status, refused.body.error.code]).toEqual([400, "invalid_request"]);

    const again = await register(id);
    expect([again.status, again.body.error.code]).toEqual([409, "model_exists"]);
    const unknown = await register("eu.no.such");
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "model_not_listed"]);
    const bare = await register("anthropic.claude-opus-4-8");
    expect([bare.status, bare.body.error.code]).toEqual([404, "model_not_listed"]);
    expect(bare.body.error.hint).toContain(id);
  }));
