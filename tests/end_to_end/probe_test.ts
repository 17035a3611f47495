/** A switch calls the model first, and changes nothing where the call fails. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const opus = "eu.anthropic.claude-opus-5-5";
const opus3 = "anthropic.claude-3-opus-20240229-v1:0";

const setDefault = (project: FreshProject, model_id: string, more = {}) =>
  manage(project, { action: "set-default", model_id, ...more });

const state = async ({ sql }: FreshProject) => {
  const [row] = await sql`
    select
      (select model_id from bedrock_models where is_default) as standard,
      (select model_version from ai_assistants where assistant_type = 'health') as health,
      (select version from registry_version) as version,
      (select max(id) from model_switches) as last`;
  return { ...row };
};

const lastSwitch = async ({ sql }: FreshProject) =>
  (await sql`
    select action, model_id, probe from model_switches where action in ('set-default', 'assign')
    order by id desc limit 1`)[0];

Deno.test("set-default calls the model both ways, with what turns send, and records the probe", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    await sql`
      update bedrock_models set temperature = 0.3, top_p = 0.5, sampling = 'temperature_or_top_p'
      where model_id = ${claude35}`;
    const { status, body } = await setDefault(project, claude35);
    expect(status).toBe(200);
    expect(body.probe).toMatchObject({ passed: true, error_code: null });
    expect(body.probe.latency_ms).toBeGreaterThan(0);
    expect(body.probe.input_tokens).toBeGreaterThan(0);
    expect(body.probe.output_tokens).toBeLessThanOrEqual(2 * 16);
    const [invoked, streamed] = body.probe.checks;
    expect(invoked).toMatchObject({ name: "invoke", ok: true });
    expect(streamed).toMatchObject({ name: "stream", ok: true });
    expect(streamed.time_to_first_token_ms).toBeLessThanOrEqual(streamed.latency_ms);

    const calls = await bedrock.requests();
    expect(calls.map((call) => call.operation).sort())
      .toEqual(["InvokeModel", "InvokeModelWithResponseStream"]);
    for (const call of calls) {
      expect(call.body).toMatchObject({ max_tokens: 16, temperature: 0.3 });
      expect(call.body).not.toHaveProperty("top_p");
    }
    expect(await lastSwitch(project))
      .toEqual({ action: "set-default", model_id: claude35, probe: "passed" });
    const version = (await manage(project, { action: "list" })).body;
    const listed = version.models.find((model: { model_id: string }) =>
      model.model_id === claude35
    );
    expect(listed.last_probe).toMatchObject({ passed: true, checks: [{ ok: true }, { ok: true }] });
    expect(Date.now() - Date.parse(listed.last_probe.created_at)).toBeLessThan(60_000);
    const standard = (await manage(project, { action: "get-default" })).body.default_model;
    expect(standard.last_probe).toEqual(listed.last_probe);
  }));

Deno.test("a probe is no change of the registry", () =>
  withFreshProject(stack, async (project) => {
    const before = await state(project);
    const { body } = await manage(project, {
      action: "validate",
      model_id: novaLite,
      probe: true,
    });
    expect(body).toMatchObject({ valid: true, probe: { passed: true } });
    expect(await state(project)).toEqual(before);
    const [row] = await project.sql`select count(*)::int as n from model_probes`;
    expect(row?.n).toBe(1);
    const without = await manage(project, { action: "validate", model_id: novaLite });
    expect(without.body).not.toHaveProperty("probe");
  }));

/** What stands in the way, and what the refusal says. */
const failures: [
  string,
  (project: FreshProject) => Promise<unknown>,
  { code: string; message: string; hint: string },
][] = [
  [
    "one destination region is denied",
    ({ bedrock }) =>
      bedrock.setModel(opus, { deniedRegions: [{ region: "eu-north-1", when: "always" }] }),
    {
      code: "bedrock_access_denied",
      message: "in eu-north-1",
      hint: "in every region that the profile routes to",
    },
  ],
  [
    "access to the model was not granted",
    ({ bedrock }) => bedrock.setModel(opus, { access: "denied" }),
    { code: "bedrock_access_denied", message: "no access", hint: "bedrock:InvokeModel" },
  ],
  [
    "the model is throttled",
    ({ bedrock }) =>
      bedrock.addFaultRule({ kind: "error", exception: "ThrottlingException" }, { model: opus }),
    { code: "bedrock_throttled", message: "throttles", hint: "The probe may pass later." },
  ],
  [
    "AWS has ended the model",
    ({ bedrock }) => bedrock.setModel(opus, { lifecycle: "retired" }),
    { code: "bedrock_model_end_of_life", message: "has retired", hint: "another model" },
  ],
  [
    "only the stream breaks off",
    ({ bedrock }) =>
      bedrock.addFaultRule({ kind: "cut", afterFrames: 2 }, {
        model: opus,
        operations: ["InvokeModelWithResponseStream"],
      }),
    {
      code: "bedrock_stream_truncated",
      message: "with stream only",
      hint: "The probe may pass later.",
    },
  ],
  [
    "the row sends what the model does not accept",
    ({ sql }) =>
      sql`
        update bedrock_models set temperature = 0.5, sampling = 'temperature_and_top_p'
        where model_id = ${opus}`,
    { code: "bedrock_request_refused", message: "accepts no temperature", hint: "sampling" },
  ],
  [
    "the format is not the model's",
    ({ sql }) => sql`update bedrock_models set format = 'nova' where model_id = ${opus}`,
    { code: "bedrock_request_refused", message: "a body of this format", hint: "Check format" },
  ],
];

for (const [what, prepare, { code, message, hint }] of failures) {
  Deno.test(`a switch is refused and changes nothing when ${what}`, () =>
    withFreshProject(stack, async (project) => {
      await prepare(project);
      const before = await state(project);
      const { status, body } = await setDefault(project, opus);
      expect([status, body.success, body.error.code]).toEqual([502, false, "probe_failed"]);
      expect(body.error.message).toContain(`(${code})`);
      expect(body.error.message).toContain("nothing was changed");
      expect(body.error.message).toContain(message);
      expect(body.error.hint).toContain(hint);
      expect(await state(project)).toEqual(before);
      const [probe] = await project.sql`select * from model_probes where model_id = ${opus}`;
      expect(probe).toMatchObject({ passed: false, error_code: code });
    }));
}

Deno.test("an assistant's model is probed with the assistant's settings, or assigned without", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    const assign = (model_id: string | null, more = {}) =>
      manage(project, {
        action: "set-assistant-model",
        assistant_type: "health",
        model_id,
        ...more,
      });
    await sql`
      update ai_assistants set model_config = '{"temperature": 0.9}'
      where assistant_type = 'health'`;
    expect((await assign(claude35)).body).toMatchObject({
      success: true,
      former_model_id: novaLite,
      probe: { passed: true },
    });
    for (const call of await bedrock.requests()) {
      expect(call.body).toMatchObject({ temperature: 0.9 });
    }
    expect(await lastSwitch(project))
      .toEqual({ action: "assign", model_id: claude35, probe: "passed" });

    await bedrock.setModel(novaPro, { access: "denied" });
    const before = await state(project);
    const refused = await assign(novaPro);
    expect([refused.status, refused.body.error.code]).toEqual([502, "probe_failed"]);
    expect(await state(project)).toEqual(before);

    await bedrock.clearRequests();
    expect((await assign(novaPro, { probe: false })).body.probe).toBeNull();
    expect(await lastSwitch(project))
      .toEqual({ action: "assign", model_id: novaPro, probe: "skipped" });
    expect((await assign(null)).body.probe).toBeNull();
    expect(await bedrock.requests()).toEqual([]);
  }));

Deno.test("an assistant's model is probed with its guardrail, and not assigned where AWS cannot apply it", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    await sql`
      update ai_assistants set guardrail_id = 'abc1', guardrail_version = '2'
      where assistant_type = 'health'`;
    const assign = () =>
      manage(project, {
        action: "set-assistant-model",
        assistant_type: "health",
        model_id: claude35,
      });
    const before = await state(project);
    const unknown = await assign();
    expect([unknown.status, unknown.body.error.code]).toEqual([502, "probe_failed"]);
    await bedrock.setGuardrail("abc1", { versions: ["2"], access: "denied" });
    const denied = await assign();
    expect([denied.status, denied.body.error.code]).toEqual([502, "probe_failed"]);
    expect(denied.body.error.message).toContain("guardrail");
    expect(await state(project)).toEqual(before);
    await bedrock.setGuardrail("abc1", { versions: ["2"] });
    expect((await assign()).body).toMatchObject({ success: true, probe: { passed: true } });
  }));

Deno.test("a switch without a probe calls nothing, and the audit log says so", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock } = project;
    await bedrock.setModel(opus, { access: "denied" });
    const { status, body } = await setDefault(project, opus, { probe: false });
    expect([status, body.probe]).toEqual([200, null]);
    expect(await bedrock.requests()).toEqual([]);
    expect(await lastSwitch(project))
      .toEqual({ action: "set-default", model_id: opus, probe: "skipped" });
  }));

Deno.test("a model that cannot be switched to is not called", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    await sql`update bedrock_models set lifecycle = 'retired' where model_id = ${claude35}`;
    await sql`update bedrock_models set output_cost_per_mtok = null where model_id = ${novaLite}`;
    await sql`update bedrock_models set geographies = '{us}' where model_id = ${opus}`;
    const cases = [
      [claude35, "model_retired"],
      [novaLite, "price_unknown"],
      [opus, "model_outside_geographies"],
      [opus3, "model_not_available"],
      ["no.such", "model_not_found"],
    ];
    for (const [model_id = "", code] of cases) {
      for (
        const request of [
          { action: "set-default", model_id },
          { action: "set-assistant-model", assistant_type: "health", model_id },
        ]
      ) {
        expect((await manage(project, request)).body.error.code).toBe(code);
      }
    }
    const validated = await manage(project, { action: "validate", model_id: opus, probe: true });
    expect(validated.body).toMatchObject({ valid: false, probe: null });
    expect(await bedrock.requests()).toEqual([]);
  }));

Deno.test("a model without a known price is switched to by force only", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null where model_id = ${novaLite}`;
    const refused = await setDefault(project, novaLite);
    expect([refused.status, refused.body.error.code]).toEqual([409, "price_unknown"]);
    expect(refused.body.error.hint).toContain("--force");
    const forced = await setDefault(project, novaLite, { force: true });
    expect(forced.body).toMatchObject({ model: { is_default: true } });
    expect(forced.body.warnings).toEqual([expect.stringContaining("price")]);
  }));

Deno.test("of two operators at once, the one whose model the other changed is refused", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    await bedrock.addFaultRule({ kind: "latency", ms: 1500 }, { model: novaLite, times: 2 });
    const before = await state(project);
    const slow = setDefault(project, novaLite);
    // Its probe has begun, so what is changed from now on is not what it was decided on.
    while ((await bedrock.requests()).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await sql`update bedrock_models set max_tokens = 9 where model_id = ${novaLite}`;
    const { status, body } = await slow;
    expect([status, body.error.code]).toEqual([409, "registry_changed"]);
    expect(body.error.message).toContain(novaLite);
    expect((await state(project)).standard).toBe(before.standard);
    // The next try is decided on what is there now.
    expect((await setDefault(project, novaLite)).status).toBe(200);
  }));

Deno.test("a switch that names an older version than its model's last change is refused", () =>
  withFreshProject(stack, async (project) => {
    const { registry_version: seen } = (await manage(project, { action: "list" })).body;
    await manage(project, { action: "disable", model_id: novaLite });
    await manage(project, { action: "enable", model_id: novaLite });
    const late = await setDefault(project, novaLite, { expected_version: seen });
    expect([late.status, late.body.error.code]).toEqual([409, "registry_changed"]);
    expect((await setDefault(project, claude35, { expected_version: seen })).status).toBe(200);
  }));

Deno.test("a probe of a model that never answers ends in time", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule({ kind: "hang" }, { model: novaLite, times: 2 });
    const startedAt = Date.now();
    const { body } = await setDefault(project, novaLite);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    expect(body.error.code).toBe("probe_failed");
    expect(body.error.message).toContain("(bedrock_timeout)");
  }));
