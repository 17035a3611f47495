/** Evaluations over HTTP: attached, listed, required, and the calls that they are made of. */
import { expect } from "@std/expect";
import { createHash } from "node:crypto";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage, post } from "../support/project_client.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

const attach = (
  project: FreshProject,
  result: unknown,
  { model_id = novaMicro, assistant_type = "health", ...more }: Record<string, unknown> = {},
) => manage(project, { action: "attach-evaluation", model_id, assistant_type, result, ...more });

const requireOf = (project: FreshProject, assistant_type: string, more = {}) =>
  manage(project, { action: "set-assistant", assistant_type, requires_evaluation: true, ...more });

const assign = (project: FreshProject, model_id: string | null, more = {}) =>
  manage(project, {
    action: "set-assistant-model",
    assistant_type: "health",
    model_id,
    probe: false,
    ...more,
  });

Deno.test("attach-evaluation stores figures and no words, and the same file once", () =>
  withFreshProject(stack, async (project) => {
    const result = promptfooResult(novaMicro, "health", ["passed", "failed", "error", "passed"]);
    const before = (await manage(project, { action: "list-assistants" })).body.registry_version;
    const { status, body } = await attach(project, result, { reason: "before the switch" });
    expect([status, body.message]).toEqual([
      200,
      "Amazon Nova Micro passed 2 of 4 cases of Health assistant.",
    ]);
    expect(body.evaluation).toMatchObject({
      model_id: novaMicro,
      assistant_type: "health",
      passed: 2,
      failed: 1,
      errors: 1,
      score: 0.5,
      promptfoo_version: "0.123.1",
      // As of the file that promptfoo writes.
      result_hash: createHash("sha256").update(JSON.stringify(result, null, 2)).digest("hex"),
      is_passing: false,
      is_of_present_prompt: true,
      actor_key_name: "default",
      actor_proven: false,
      source: "api",
      reason: "before the switch",
    });
    expect(body.registry_version).toBe(before);

    const again = await attach(project, result);
    expect(again.body.evaluation).toEqual(body.evaluation);
    expect(again.body.message).toContain("the file was attached before");
    const admin = await manage(
      project,
      { action: "list-evaluations", assistant_type: "health" },
      await project.token("admin"),
    );
    expect(admin.body).toMatchObject({ count: 1, evaluations: [body.evaluation] });

    const rows = JSON.stringify(await project.sql`select * from ai_evaluations`);
    expect(rows).not.toContain("secret");
    const patient = await manage(
      project,
      { action: "list-evaluations" },
      await project.token("patient"),
    );
    expect(patient.status).toBe(403);
  }));

Deno.test("attach-evaluation refuses another file, another model, a fallback's answer and no cases", () =>
  withFreshProject(stack, async (project) => {
    const refusal = async (result: unknown, more = {}) => {
      const { status, body } = await attach(project, result, more);
      expect({ status, body }).toMatchObject({ body: { success: false } });
      return `${status} ${body.error.code}: ${body.error.message} ${body.error.hint ?? ""}`.trim();
    };
    const good = promptfooResult(novaMicro, "health");
    const cached = structuredClone(good);
    cached.results.results[0]!.response.cached = true;
    const provider = `openai:chat:assistant/health/${novaMicro}`;
    expect([
      await refusal({ anything: 1 }),
      await refusal({ ...good, results: { ...good.results, results: [] } }),
      await refusal(promptfooResult(novaLite, "health")),
      await refusal(promptfooResult(novaMicro, "clinical")),
      await refusal(promptfooResult(novaMicro, "health", ["passed"], novaLite)),
      await refusal(cached),
      await refusal(good, { model_id: "no.such" }),
      await refusal(good, { assistant_type: "nobody" }),
    ]).toEqual([
      "400 invalid_request: result is not a result file of promptfoo. Send what " +
      "`promptfoo eval -o result.json` wrote.",
      "400 invalid_request: result has no cases. Run a set that has tests.",
      `400 invalid_request: result is of "openai:chat:assistant/health/${novaLite}", not of ` +
      `${novaMicro} with the assistant health. Its provider must be ${provider}.`,
      `400 invalid_request: result is of "openai:chat:assistant/clinical/${novaMicro}", not of ` +
      `${novaMicro} with the assistant health. Its provider must be ${provider}.`,
      `400 invalid_request: A case of result was answered by "${novaLite}", not by ${novaMicro}. ` +
      "Run it with an API key that is limited to the model, so that no other stands in.",
      "400 invalid_request: A case of result was answered from promptfoo's cache, not by the " +
      "model. Run it with --no-cache.",
      expect.stringMatching(/^404 model_not_found/),
      expect.stringMatching(/^404 assistant_not_found/),
    ]);
    expect(await project.sql`select from ai_evaluations`).toHaveLength(0);
  }));

Deno.test("an assistant that requires it takes a model over HTTP only after its evaluation", () =>
  withFreshProject(stack, async (project) => {
    const set = await requireOf(project, "health", { evaluation_max_age_days: 30 });
    expect(set.body.assistant).toMatchObject({
      requires_evaluation: true,
      evaluation_max_age_days: 30,
    });
    const refused = await assign(project, novaMicro);
    expect([refused.status, refused.body.error]).toMatchObject([409, {
      code: "evaluation_required",
      message: `health changes its model only with a passing evaluation, and ${novaMicro} ` +
        "has no evaluation with its present prompt and settings.",
      hint: `Run: deno task evals ${novaMicro} --assistant health`,
    }]);
    const impact = () =>
      manage(project, {
        action: "impact",
        change: { action: "set-assistant-model", assistant_type: "health", model_id: novaMicro },
      });
    expect((await impact()).body.warnings).toContain(
      `health: the switch is refused, as ${novaMicro} has no evaluation with its present prompt ` +
        `and settings. Run: deno task evals ${novaMicro} --assistant health`,
    );

    await attach(project, promptfooResult(novaMicro, "health", ["passed", "failed"]));
    expect((await assign(project, novaMicro)).body.error.code).toBe("evaluation_required");
    await attach(project, promptfooResult(novaMicro, "health"));
    expect((await impact()).body.warnings.join()).not.toContain("the switch is refused");
    expect((await assign(project, novaMicro)).status).toBe(200);
    // The way back needs nothing.
    expect((await manage(project, { action: "rollback" })).status).toBe(200);
    const [row] = await project.sql`
      select model_version from ai_assistants where assistant_type = 'health'`;
    expect(row?.model_version).toBe(novaLite);
  }));

Deno.test("set-default is refused for a follower that requires an evaluation, on REST too", () =>
  withFreshProject(stack, async (project) => {
    await requireOf(project, "platform");
    const switchTo = (model_id: string) =>
      manage(project, { action: "set-default", model_id, probe: false });
    expect((await switchTo(novaLite)).body.error).toMatchObject({
      code: "evaluation_required",
      hint: `Run: deno task evals ${novaLite} --assistant platform`,
    });
    const { apiUrl, keys } = project;
    const patch = await fetch(`${apiUrl}/rest/v1/bedrock_models?model_id=eq.${novaLite}`, {
      method: "PATCH",
      headers: {
        "apikey": keys.secret,
        "authorization": `Bearer ${keys.serviceRole}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ is_default: true }),
    });
    expect([patch.status, (await patch.json()).details]).toEqual([409, "evaluation_required"]);
    const impact = await manage(project, {
      action: "impact",
      change: { action: "set-default", model_id: novaLite },
    });
    expect(impact.body.warnings.join()).toContain("platform: the switch is refused");

    const result = promptfooResult(novaLite, "platform");
    await attach(project, result, { model_id: novaLite, assistant_type: "platform" });
    expect((await switchTo(novaLite)).status).toBe(200);
    expect((await switchTo(novaPro)).status).toBe(200);
  }));

Deno.test("a call for assistant/<type>/<model> has the assistant's prompt and is answered by the model", () =>
  withFreshProject(stack, async (project) => {
    const { apiUrl, keys } = project;
    const [health] = await project.sql`
      select system_prompt from ai_assistants where assistant_type = 'health'`;
    for (
      const [path, headers] of [
        ["openai/v1/chat/completions", {}],
        ["anthropic/v1/messages", { "anthropic-version": "2023-06-01" }],
      ] as const
    ) {
      await project.bedrock.clearRequests();
      const answer = await post(`${apiUrl}/functions/v1/${path}`, {
        model: `assistant/health/${novaMicro}`,
        max_tokens: 500,
        messages: [{ role: "user", content: "What is a cold?" }],
      }, { authorization: `Bearer ${keys.secret}`, ...headers });
      expect([
        answer.status,
        answer.headers.get("x-switchboard-model"),
        answer.headers.get("x-switchboard-reason"),
      ]).toEqual([200, novaMicro, "requested"]);
      expect(JSON.stringify(answer.body)).toContain(health!.system_prompt.slice(0, 30));
    }
    const [call] = await project.sql`
      select assistant_type, model_id from ai_usage order by id desc limit 1`;
    expect(call).toEqual({ assistant_type: "health", model_id: novaMicro });
  }));
