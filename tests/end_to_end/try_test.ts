/** Trials: what users would be answered by another model, before a switch. */
import { expect } from "@std/expect";
import { base64, png } from "../supabase/functions/_shared/media_files.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

const question = "What does a patient with a rash since Monday have to know?";

function tryOn(project: FreshProject, model_ids: readonly string[], more = {}) {
  return manage(project, {
    action: "try",
    assistant_type: "health",
    model_ids,
    content: question,
    ...more,
  });
}

const ledgerOf = ({ sql }: FreshProject) =>
  sql`
    select model_id, assistant_type, purpose, status, conversation_id, error_code,
      cost_usd::float8 as cost, input_tokens, output_tokens
    from ai_usage order by id`;

Deno.test("try asks several models at once, available or not, and stores figures, not words", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await sql`
      update ai_assistants set system_prompt = ${"You speak to patients. ".repeat(1000)},
        model_config = '{"max_tokens": 50}' where assistant_type = 'health'`;
    await manage(project, { action: "disable", model_id: novaMicro, now: true });
    await bedrock.clearRequests();
    const { status, body } = await tryOn(project, [novaMicro, novaPro, novaMicro]);
    expect([status, body.warnings, body.assistant.assistant_type]).toEqual([200, [], "health"]);
    expect(body.trials.map(({ model_id }: { model_id: string }) => model_id))
      .toEqual([novaMicro, novaPro]);
    for (const trial of body.trials) {
      expect(trial).toMatchObject({
        error: null,
        text: expect.any(String),
        cost_usd: expect.any(Number),
        time_to_first_token_ms: expect.any(Number),
      });
      expect(trial.text).not.toBe("");
      expect(trial.input_tokens).toBeGreaterThan(3000);
      expect(trial.output_tokens).toBeLessThanOrEqual(50);
    }

    const rows = await ledgerOf(project);
    expect(rows.map(({ model_id }) => model_id).sort()).toEqual([novaMicro, novaPro]);
    for (const row of rows) {
      const trial = body.trials.find((each: { model_id: string }) =>
        each.model_id === row.model_id
      );
      expect(row).toEqual({
        model_id: trial.model_id,
        assistant_type: "health",
        purpose: "trial",
        status: "complete",
        conversation_id: null,
        error_code: null,
        cost: trial.cost_usd,
        input_tokens: trial.input_tokens,
        output_tokens: trial.output_tokens,
      });
    }
    const [stored] = await sql`
      select (select count(*)::int from ai_conversations) as conversations,
        (select count(*)::int from ai_messages) as messages`;
    expect(stored).toEqual({ conversations: 0, messages: 0 });
    // Nothing was switched on for it.
    const [micro] =
      await sql`select is_available from bedrock_models where model_id = ${novaMicro}`;
    expect(micro!.is_available).toBe(false);
    const usage = (await manage(project, { action: "usage", days: 1 })).body;
    expect(usage.totals).toMatchObject({ turns: 0, trials: 2 });
    expect(usage.totals.trial_usd).toBe(usage.totals.cost_usd);
  }));

Deno.test("try says of each model why it cannot answer, and lets no other answer in its place", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    const [outside] = await sql`
      insert into bedrock_models (model_id, model_name, provider, format, max_tokens,
        context_window, geographies)
      values ('us.amazon.nova-pro-v1:0', 'Nova Pro (US)', 'Amazon', 'nova', 1000, 10000, '{us}')
      returning model_id`;
    await sql`update bedrock_models set lifecycle = 'retired' where model_id = ${novaMicro}`;
    await bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { model: novaLite },
    );
    await bedrock.clearRequests();
    const { status, body } = await tryOn(project, [
      novaMicro,
      outside!.model_id,
      novaLite,
      novaPro,
    ]);
    expect(status).toBe(200);
    expect(body.trials.map((trial: Record<string, never>) => [trial.status, trial.error?.["code"]]))
      .toEqual([
        ["failed", "model_retired"],
        ["failed", "model_outside_geographies"],
        ["failed", "bedrock_access_denied"],
        ["complete", undefined],
      ]);
    expect(body.warnings).toEqual([
      expect.stringContaining("us.amazon.nova-pro-v1:0 is not known"),
    ]);
    const called = new Set((await bedrock.requests()).map(({ modelId }) => modelId));
    expect([...called].sort()).toEqual([novaLite, novaPro]);
    // What was refused here used nothing; what AWS refused is on record, as any failure.
    expect((await ledgerOf(project)).map(({ model_id }) => model_id).sort())
      .toEqual([novaLite, novaPro]);
    // The breaker of the turns knows nothing of it.
    await bedrock.clearFaultRules();
    expect((await project.ask("patient", "Hi")).status).toBe(200);
  }));

Deno.test("try sends images and documents to the models that take them, and stores none", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await bedrock.clearRequests();
    const stored = async () =>
      await sql`select name from storage.objects union all select content from ai_messages`;
    const before = await stored();
    // Larger than what is read of a caller who is not verified.
    const data = base64(png(700_000));
    const csv = btoa("dose,mg\n1,100\n");
    const { status, body } = await tryOn(project, [novaPro, novaMicro], {
      content: [
        { type: "text", text: question },
        { type: "image", source: { type: "base64", media_type: "image/png", data } },
        {
          type: "document",
          name: "Doses.csv",
          source: { type: "base64", media_type: "text/csv", data: csv },
        },
      ],
    });
    expect(status).toBe(200);
    const [seeing, blind] = body.trials;
    expect([seeing.status, seeing.text]).toEqual([
      "complete",
      expect.stringMatching(/document: Doses\.csv.*Images: 1 /s),
    ]);
    expect(blind).toMatchObject({
      status: "failed",
      error: { code: "modality_not_supported", message: `${novaMicro} takes no images.` },
    });
    expect(new Set((await bedrock.requests()).map(({ modelId }) => modelId)))
      .toEqual(new Set([novaPro]));
    expect((await ledgerOf(project)).map(({ model_id }) => model_id)).toEqual([novaPro]);
    expect(await stored()).toEqual(before);
  }));

Deno.test("try refuses media that are not in the request, or not what they are said to be", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.clearRequests();
    const source = { type: "base64", media_type: "image/jpeg", data: base64(png()) };
    const table: [unknown, number, RegExp][] = [
      [[{ type: "image", source }], 400, /content\.0: declared as image\/jpeg/],
      [
        [{ type: "image", source: { type: "storage", bucket: "scans", path: "a.png" } }],
        400,
        /content\.0: a trial takes text, images and documents in the request itself/,
      ],
      [[{ type: "tool_result", tool_use_id: "a", content: "b" }], 400, /content\.0: a trial takes/],
      [[], 400, /content/],
      [[{ type: "text", text: "x".repeat(8_000_000) }], 413, /8000000 bytes/],
    ];
    for (const [content, expected, message] of table) {
      const { status, body } = await tryOn(project, [novaPro], { content });
      expect([status, body.error.message])
        .toEqual([expected, expect.stringMatching(message)]);
    }
    expect(await project.bedrock.requests()).toEqual([]);
  }));

Deno.test("try keeps what has come of an answer that breaks", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule({ kind: "cut", afterFrames: 6 }, { model: novaPro });
    const [trial] = (await tryOn(project, [novaPro])).body.trials;
    expect(trial).toMatchObject({
      status: "partial",
      error: { code: "bedrock_stream_truncated" },
      usage_estimated: true,
    });
    expect(trial.text.length).toBeGreaterThan(0);
    expect(await ledgerOf(project)).toMatchObject([{ status: "partial", purpose: "trial" }]);
  }));

Deno.test("try stops the models of a caller who leaves, and records what they used", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock } = project;
    await bedrock.addFaultRule({ kind: "latency", ms: 20_000 }, { times: "until-removed" });
    await bedrock.clearRequests();
    const leaving = new AbortController();
    const asked = fetch(`${project.apiUrl}/functions/v1/manage-bedrock-models`, {
      method: "POST",
      headers: { apikey: project.keys.secret },
      body: JSON.stringify({
        action: "try",
        assistant_type: "health",
        model_ids: [novaPro, novaLite],
        content: question,
      }),
      signal: leaving.signal,
    }).then((response) => response.text()).catch(() => {});
    await until(async () => (await bedrock.requests()).length === 2, "the calls");
    leaving.abort();
    await asked;
    await until(async () => (await ledgerOf(project)).length === 2, "the trials in the ledger");
    for (const row of await ledgerOf(project)) {
      expect(row).toMatchObject({ status: "failed", error_code: "client_disconnected" });
      expect(row.cost).toBeGreaterThan(0);
    }
  }));

Deno.test("try refuses models and assistants that are not registered, and whoever is no operator", () =>
  withFreshProject(stack, async (project) => {
    const refused = async (answer: ReturnType<typeof manage>) => {
      const { status, body } = await answer;
      return [status, body.error.code];
    };
    expect(await refused(tryOn(project, ["no.model"]))).toEqual([404, "model_not_found"]);
    expect(await refused(tryOn(project, [novaPro], { assistant_type: "nobody" })))
      .toEqual([404, "assistant_not_found"]);
    expect(await refused(tryOn(project, []))).toEqual([400, "invalid_request"]);
    expect(await refused(tryOn(project, [novaPro], { content: "  " })))
      .toEqual([400, "invalid_request"]);
    const request = {
      action: "try",
      assistant_type: "health",
      model_ids: [novaPro],
      content: "Hi",
    };
    expect(await refused(manage(project, request, await project.token("patient"))))
      .toEqual([403, "forbidden"]);
    expect(await ledgerOf(project)).toEqual([]);
  }));
