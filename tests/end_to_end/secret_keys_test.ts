/** Secret keys by name: each is accepted in either header, and the audit log names it. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { startFunction } from "../../local/functions/start_function.ts";
import { actionNames, streamedActions } from "../../supabase/functions/_shared/contract/manage.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { claude35, sonnet } from "../support/played_turns.ts";
import { personas, post } from "../support/project_client.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const adminId = "00000000-0000-4000-8000-000000000004";
/** A key as hosted projects have them; the embedded API needs not know it. */
const ciKey = "sb_secret_ci0000000000000000000_aaaaaaaa";

/** Runs a test with a process of the operators' function whose project has two named keys. */
async function withTwoKeys(
  test: (url: string, printed: () => string) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  const process = await startFunction({
    name: "manage-bedrock-models",
    env: {
      ...stack.functionsEnv,
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.keys.secret, ci: ciKey }),
    },
    deno: stack.functionsDeno,
    onLine: (line) => lines.push(line),
  });
  try {
    await test(process.url, () => lines.join("\n"));
  } finally {
    await process.stop();
  }
}

Deno.test("manage-bedrock-models accepts every named key in either header, and logs its name", () =>
  withFreshProject(stack, ({ sql, keys }) =>
    withTwoKeys(async (url, printed) => {
      const ways: readonly [string, Record<string, string>][] = [
        ["default", { authorization: `Bearer ${keys.secret}` }],
        ["default", { apikey: keys.secret }],
        ["ci", { authorization: `Bearer ${ciKey}` }],
        ["ci", { apikey: ciKey }],
        // As clients send it that were made with a key, and as the gateway passes it on.
        ["ci", { apikey: ciKey, authorization: `Bearer ${ciKey}` }],
        ["ci", { apikey: keys.publishable, authorization: `Bearer ${ciKey}` }],
        ["service_role (legacy)", { apikey: keys.serviceRole }],
        ["service_role (legacy)", { authorization: `Bearer ${keys.serviceRole}` }],
      ];
      for (const [index, [name, headers]] of ways.entries()) {
        const model_id = index % 2 === 0 ? novaLite : novaPro;
        const switched = await post(
          url,
          { action: "set-default", model_id, probe: false },
          headers,
        );
        expect([headers, switched.status]).toEqual([headers, 200]);
        const { body } = await post(url, { action: "history", limit: 1 }, headers);
        expect(body.switches[0]).toMatchObject({
          action: "set-default",
          model_id,
          actor_key_name: name,
          actor_user_id: null,
          database_role: "service_role",
        });
      }
      // The name is in the hash, so a change of it is found.
      await sql.begin(async (transaction) => {
        await transaction`alter table model_switches disable trigger refuse_change`;
        await transaction`update model_switches set actor_key_name = 'default'
          where id = (select max(id) from model_switches where actor_key_name = 'ci')`;
        await transaction`alter table model_switches enable trigger refuse_change`;
      });
      const { body } = await post(url, { action: "verify-history" }, { apikey: ciKey });
      expect(body.verification.ok).toBe(false);
      expect(printed()).toContain('"actor_key_name":"ci"');
      expect(printed()).not.toContain(ciKey);
    })));

type Body = Record<string, unknown>;

/** A request that changes something; of what was made before, its answer by action. */
type Change = readonly [
  action: string,
  fields?: Body | ((made: ReadonlyMap<string, Body>) => Body),
];

const idIn = (made: ReadonlyMap<string, Body>, action: string, name: string) =>
  (made.get(action)?.[name] as { readonly id: unknown }).id;

const toPro = { action: "set-assistant-model", assistant_type: "health", model_id: novaPro };

/** Every action that changes something, in an order in which each can. */
const everyChange: readonly Change[] = [
  ["set-default", { model_id: novaLite, probe: false }],
  ["rollback"],
  ["disable", { model_id: novaLite, now: true }],
  ["enable", { model_id: novaLite }],
  ["register", { model_id: "openai.gpt-oss-120b-1:0" }],
  ["sync", { apply: true }],
  ["set-assistant-model", { ...toPro, probe: false }],
  ["start-rollout", { model_id: novaLite, assistant_type: "health", share: 10, probe: false }],
  ["set-rollout-share", (made) => ({ id: idIn(made, "start-rollout", "rollout"), share: 20 })],
  ["end-rollout", (made) => ({
    id: idIn(made, "start-rollout", "rollout"),
    outcome: "revert",
    reason: "Enough.",
  })],
  ["retire", { model_id: claude35 }],
  ["update-settings", { allowed_geographies: ["eu", "uk"] }],
  ["set-price", { model_id: novaLite, input_cost_per_mtok: 1 }],
  ["set-provider-retention", {
    model_id: novaLite,
    provider_retention: "flagged_30_days",
    source: "https://example.test/terms",
  }],
  ["set-aliases", { model_id: novaPro, aliases: ["gpt-x"] }],
  ["create-assistant", { assistant_type: "wellness", name: "Wellness" }],
  ["set-role", { email: personas.clinician, assistant_type: "platform" }],
  ["create-api-key", { name: "a client" }],
  ["rotate-api-key", (made) => ({ id: idIn(made, "create-api-key", "api_key") })],
  ["revoke-api-key", (made) => ({ id: idIn(made, "rotate-api-key", "api_key") })],
  ["set-limit", { scope: { kind: "project" }, unit: "turns", amount: 100, period: "day" }],
  ["remove-limit", (made) => ({ id: idIn(made, "set-limit", "limit") })],
  ["set-alert-rule", { kind: "price_unknown", is_active: false }],
  ["attach-evaluation", () => ({
    model_id: novaPro,
    assistant_type: "health",
    result: promptfooResult(novaPro, "health"),
  })],
  ["set-assistant", { assistant_type: "health", is_protected: true }],
  ["propose", { change: { ...toPro, model_id: sonnet }, reason: "Longer answers." }],
  ["reject", (made) => ({ id: idIn(made, "propose", "proposal"), reason: "No." })],
  ["set-legal-hold", { user_id: personas.patient, reason: "case 7" }],
  ["remove-legal-hold", { user_id: personas.patient }],
  ["erase-user", { user_id: personas.patient }],
  ["set-retention", { assistant_type: "health", keep_days: 30 }],
  ["acknowledge-alert", (made) => made.get("an alert")!],
  ["export-user", { user_id: personas.facility }],
  ["erase-conversation", (made) => made.get("a conversation")!],
];

/** Those that only a second person can do, who is one by a token: a key never is. */
const ofSecondPersons = ["approve", "sign"];

/** Those that change nothing of the registry and nothing of anybody's. */
const readings = [
  ...["list", "get-default", "validate", "list-assistants", "list-rollouts", "verify-verdict"],
  ...["list-lifecycle", "history", "verify-history", "get-settings", "usage", "costs"],
  ...["performance", "switch-effect", "what-if", "list-prices", "list-roles", "try"],
  ...["list-api-keys", "list-limits", "limit-status", "list-evaluations", "impact", "explain"],
  ...["evidence", "list-alerts", "list-alert-rules", "status", "list-proposals"],
  ...["list-legal-holds", "list-erasures"],
];

/** Who did what the audit log does not have, from the rows that have it. */
const inOwnRows: Readonly<Record<string, (sql: postgres.Sql) => Promise<readonly unknown[]>>> = {
  "attach-evaluation": (sql) =>
    sql`
    select actor_user_id as user_id, actor_key_name as key_name from ai_evaluations`,
  "propose": (sql) =>
    sql`
    select proposed_by as user_id, proposed_by_key as key_name from ai_change_proposals`,
  "reject": (sql) =>
    sql`
    select decided_by as user_id, decided_by_key as key_name from ai_change_proposals`,
  "acknowledge-alert": (sql) =>
    sql`
    select case when acknowledged_by ~ '-' then acknowledged_by end as user_id,
      case when acknowledged_by !~ '-' then acknowledged_by end as key_name
    from ai_alerts`,
};

for (const actor of ["a secret key", "a platform admin"] as const) {
  Deno.test(`every action that changes something names its actor: ${actor}`, () =>
    withFreshProject(stack, (project) =>
      withTwoKeys(async (url) => {
        const { sql } = project;
        expect([...new Set(everyChange.map(([action]) => action)), ...ofSecondPersons, ...readings]
          .sort()).toEqual([...actionNames, ...Object.keys(streamedActions)].sort());
        const headers: Record<string, string> = actor === "a secret key"
          ? { apikey: ciKey }
          : { authorization: `Bearer ${await project.token("admin")}` };
        const named = actor === "a secret key"
          ? { user_id: null, key_name: "ci" }
          : { user_id: adminId, key_name: null };
        const { body: { conversation_id } } = await project.ask("facility", "Who cleans?");
        const [alert] = await sql`
          insert into ai_alerts (kind, summary) values ('chain_broken', 'Look.') returning id`;
        const made = new Map<string, Body>([
          ["a conversation", { conversation_id }],
          ["an alert", { id: alert!.id, reason: "Seen." }],
        ]);
        for (const [action, fields = {}] of everyChange) {
          const [{ last }] = await sql`select max(id) as last from model_switches` as [
            { last: string },
          ];
          const request = { action, ...typeof fields === "function" ? fields(made) : fields };
          const response = await fetch(url, {
            method: "POST",
            headers: { ...headers, "content-type": "application/json" },
            body: JSON.stringify(request),
          });
          // An export has many.
          const [line = ""] = (await response.text()).split("\n");
          const body = JSON.parse(line);
          expect({ request, status: response.status, error: body.error })
            .toEqual({ request, status: 200, error: undefined });
          made.set(action, body);
          const actors = await (inOwnRows[action]?.(sql) ?? sql`
            select distinct actor_user_id as user_id, actor_key_name as key_name
            from model_switches where id > ${last}`);
          expect({ action, actors: [...actors] }).toEqual({ action, actors: [named] });
        }
      })));
}

Deno.test("a secret key writes no books over the Data API, and no row that a report cannot carry", () =>
  withFreshProject(stack, async (project) => {
    const { apiUrl, keys, sql } = project;
    const asked = await project.ask("patient", "A question");
    expect(asked.status).toBe(200);
    const send = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${apiUrl}/rest/v1/${path}`, {
        method,
        headers: { apikey: keys.secret, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return [response.status, text === "" ? null : JSON.parse(text).code];
    };
    const entry = {
      question_id: crypto.randomUUID(),
      attempt: 1,
      conversation_id: crypto.randomUUID(),
      assistant_type: "health",
      status: "complete",
      begun_at: new Date(),
      ended_at: new Date(),
      begins_conversation: false,
      cost_usd: "NaN",
    };
    const writes: [string, string, object?][] = [
      ["POST", "ai_usage", entry],
      ["POST", "model_probes", { model_id: novaPro, passed: true, checks: [{ name: "x" }] }],
      ["POST", "ai_conversations", { title: "Made up" }],
      ["POST", "ai_messages", { content: "Made up" }],
      ["POST", "ai_usage_days", { turns: 1 }],
      ["PATCH", `ai_messages?id=eq.${asked.body.message.id}`, { content: "Not said." }],
      ["PATCH", `ai_messages?id=eq.${asked.body.message.id}`, { cost_usd: "NaN" }],
      ["PATCH", `ai_conversations?id=eq.${asked.body.conversation_id}`, {
        user_id: "00000000-0000-4000-8000-000000000002",
      }],
      ["DELETE", "ai_usage_days?day=gt.2000-01-01"],
      ["DELETE", "ai_latency_days?day=gt.2000-01-01"],
      ["DELETE", "ai_latency_buckets?day=gt.2000-01-01"],
      ["DELETE", "model_probes?id=gt.0"],
    ];
    const before = await sql`select content, cost_usd from ai_messages order by seq`;
    for (const [method, path, body] of writes) {
      expect([method, path, ...await send(method, path, body)])
        .toEqual([method, path, 403, "42501"]);
    }
    expect(await sql`select content, cost_usd from ai_messages order by seq`).toEqual(before);
    // The registry stays open to the first users' commands, for values that can be read.
    const model = `bedrock_models?model_id=eq.${novaLite}`;
    expect(await send("PATCH", model, { priority: 21 })).toEqual([204, null]);
    for (
      const wrong of [{ input_cost_per_mtok: "NaN" }, { geographies: ["EU"] }, {
        retires_on: "infinity",
      }]
    ) {
      expect([wrong, ...await send("PATCH", model, wrong)]).toEqual([wrong, 400, "23514"]);
    }
    const url = `${apiUrl}/functions/v1/manage-bedrock-models`;
    for (const action of ["list", "get-default", "usage", "costs", "history"]) {
      const { status } = await post(url, { action }, { apikey: keys.secret });
      expect([action, status]).toEqual([action, 200]);
    }
  }));

Deno.test("a secret key cannot have the log say of a probe what the probe's row does not", () =>
  withFreshProject(stack, async ({ apiUrl, keys, sql }) => {
    const call = (name: string, args: object) =>
      post(`${apiUrl}/rest/v1/rpc/${name}`, args, { apikey: keys.secret });
    const adminId = "00000000-0000-4000-8000-000000000004";
    const forged = await call("set_default_model", {
      p_model_id: novaLite,
      p_actor_user_id: adminId,
      p_probe_id: 77,
    });
    expect([forged.status, forged.body.details]).toEqual([409, "probe_not_valid"]);
    const switched = await call("set_default_model", {
      p_model_id: novaLite,
      p_actor_user_id: adminId,
    });
    expect(switched.status).toBe(200);
    const url = `${apiUrl}/functions/v1/manage-bedrock-models`;
    const { body } = await post(url, { action: "history", limit: 1 }, { apikey: keys.secret });
    expect(body.switches[0]).toMatchObject({
      actor_user_id: adminId,
      actor_proven: false,
      database_role: "service_role",
      probe: "skipped",
    });
    await sql`update bedrock_models set priority = 22 where model_id = ${novaLite}`;
    const later = await post(url, { action: "history", limit: 1 }, { apikey: keys.secret });
    expect(later.body.switches[0]).toMatchObject({ actor_proven: true, database_role: "postgres" });
  }));

Deno.test("a row that cannot be read takes down neither lists nor reports, and the log names it", () =>
  withFreshProject(stack, async (project) => {
    const { keys, sql } = project;
    expect((await project.ask("patient", "A question")).status).toBe(200);
    // As an owner can who takes the rules away, or a newer version of the migrations.
    await sql.unsafe(`
      alter table bedrock_models drop constraint bedrock_models_format_known;
      update bedrock_models set format = 'new' where model_id = '${novaPro}';
      alter table model_probes drop constraint model_probes_checks_shape;
      insert into model_probes (model_id, passed, checks)
        values ('${novaLite}', true, '[{"name": "x"}]');
      alter table ai_usage drop constraint ai_usage_cost_usd_range;
      insert into ai_usage (question_id, attempt, conversation_id, assistant_type, model_id, status,
        begun_at, ended_at, begins_conversation, input_tokens, output_tokens, cost_usd)
      values (gen_random_uuid(), 1, gen_random_uuid(), 'health', '${novaLite}', 'complete', now(),
        now(), false, 1, 1, 'NaN')`);
    await withTwoKeys(async (url, printed) => {
      const act = async (action: object) => {
        const { status, body } = await post(url, action, { apikey: keys.secret });
        expect({ action, status, error: body.error }).toEqual({
          action,
          status: 200,
          error: undefined,
        });
        return body;
      };
      const { models } = await act({ action: "list" });
      const ids = models.map((model: { model_id: string }) => model.model_id);
      expect([ids.includes(novaPro), ids.includes(novaLite)]).toEqual([false, true]);
      expect(models.find((model: { model_id: string }) => model.model_id === novaLite).last_probe)
        .toBeNull();
      expect((await act({ action: "get-default" })).default_model).toBeNull();
      expect((await act({ action: "usage" })).totals.cost_usd).toBeNull();
      expect((await act({ action: "costs" })).total_usd).toBeNull();
      expect((await act({ action: "what-if", model_id: novaLite })).actual_usd).toBeNull();
      await act({ action: "performance" });
      await act({ action: "history" });
      const metrics = await fetch(`${url}/metrics`, { headers: { apikey: keys.secret } });
      const text = await metrics.text();
      expect(metrics.status).toBe(200);
      expect(text).not.toContain("NaN");
      expect(text).toContain("switchboard_turns_total");

      const refused = await post(url, { action: "validate", model_id: novaPro }, {
        apikey: keys.secret,
      });
      expect([refused.status, refused.body.error.code]).toEqual([500, "registry_invalid"]);
      expect(refused.body.error.hint).toContain(`Correct the row of ${novaPro}: format`);
      expect(printed()).toContain('"event":"rows-unreadable"');
      expect(printed()).toContain(`${novaPro}: format`);
      expect((await project.ask("patient", "Another question")).status).toBe(200);
      // Whose assistant follows the default: no other model answers in its place.
      const unanswered = await project.ask("admin", "A question");
      expect([unanswered.status, unanswered.body.error.code]).toEqual([500, "registry_invalid"]);
    });
  }));

Deno.test("manage-bedrock-models refuses a key that the project no longer has", () =>
  withFreshProject(stack, async ({ apiUrl }) => {
    const url = `${apiUrl}/functions/v1/manage-bedrock-models`;
    for (const headers of [{ authorization: `Bearer ${ciKey}` }, { apikey: ciKey }]) {
      const { status, body } = await post(url, { action: "list" }, headers);
      expect([status, body.error.code]).toEqual([401, "invalid_credentials"]);
    }
  }));
