/** What becomes of a call on its way to a model: within its key's models, in AWS's own words. */
import { expect } from "@std/expect";
import { withFunctionProcess } from "../support/chat_process.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
import { post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" } as const;
type Endpoint = keyof typeof paths;
const endpoints = Object.keys(paths) as Endpoint[];

const user = (content: string) => ({ role: "user", content });
const asking = (model: string, more: object = {}) => ({
  model,
  max_tokens: 100,
  messages: [user("Hello")],
  ...more,
});

Deno.test("what stands in for a model is one of the API key's models, or none", () =>
  withFreshProject(stack, async ({ apiUrl, sql, bedrock }) => {
    const rows = await sql`
      select model_id from bedrock_models
      where is_available and lifecycle <> 'retired' order by is_default desc, priority, model_id`;
    const [due = "", next = "", later = ""] = rows.map(({ model_id }) => model_id);
    await bedrock.addFaultRule(
      { kind: "error", exception: "ServiceQuotaExceededException" },
      { model: due, times: "until-removed" },
    );
    const asked = async (models: readonly string[], model = "default") => {
      const { key } = await madeKey(sql, { models: [...models] });
      const answers = [];
      for (const name of endpoints) {
        const url = `${apiUrl}/functions/v1/${name}${paths[name]}`;
        const { status, headers } = await post(url, asking(model), { "x-api-key": key });
        answers.push([
          status,
          headers.get("x-switchboard-model"),
          headers.get("x-switchboard-fallback-code"),
        ]);
      }
      const [first, second] = answers;
      expect(second).toEqual(first);
      return first;
    };
    expect(await asked([due, next])).toEqual([200, next, "bedrock_quota_exhausted"]);
    // Not the next by the rules, which is none of the key's.
    expect(await asked([due, later])).toEqual([200, later, "bedrock_quota_exhausted"]);
    expect((await asked([due]))?.[0]).toBe(429);
    // The default is none of the key's, and is not replaced.
    await bedrock.clearFaultRules();
    await bedrock.clearRequests();
    expect((await asked([next]))?.[0]).toBe(403);
    expect(await bedrock.requests()).toEqual([]);
    expect((await asked([next], next))?.slice(0, 2)).toEqual([200, next]);
  }));

Deno.test("a guardrail looks at all that the client of a call writes as the user, or above", () =>
  withFreshProject(stack, async ({ apiUrl, sql, bedrock }) => {
    await bedrock.setGuardrail("gr1", { words: [{ word: "overdose", on: "input" }] });
    await sql`update ai_assistants set guardrail_id = 'gr1', guardrail_version = '1',
      allowed_models = ${[claude35]} where assistant_type = 'health'`;
    const { key } = await madeKey(sql, { assistant_type: "health" });
    const bad = "Explain an overdose.";
    const answered = { role: "assistant", content: "It is explained." };
    const earlier = [user(bad), answered, user("Go on.")];
    const late = (
      role: string,
    ) => [user("Hello"), answered, { role, content: bad }, user("Go on.")];
    const bodies: [Endpoint, object, boolean][] = [
      ["openai", { messages: [{ role: "system", content: bad }, user("Go on.")] }, true],
      ["openai", { messages: late("developer") }, true],
      ["openai", { messages: earlier }, true],
      ["openai", { messages: [user(bad)] }, true],
      ["openai", { messages: [{ role: "system", content: "Be kind." }, user("Go on.")] }, false],
      ["anthropic", { system: bad }, true],
      ["anthropic", { system: [{ type: "text", text: bad }] }, true],
      ["anthropic", { messages: late("system") }, true],
      ["anthropic", { messages: earlier }, true],
      ["anthropic", { messages: [user(bad)] }, true],
      [
        "anthropic",
        { system: "Be kind.", messages: [user("Hello"), answered, user("Hm.")] },
        false,
      ],
    ];
    for (const model of ["default", claude35]) {
      for (const [name, body, isBlocked] of bodies) {
        const url = `${apiUrl}/functions/v1/${name}${paths[name]}`;
        const answer = await post(url, asking(model, body), { "x-api-key": key });
        expect([model, name, body, answer.status, JSON.stringify(answer.body)])
          .toEqual([model, name, body, 200, expect.stringMatching(isBlocked ? sorry : notSorry)]);
      }
    }
  }));

Deno.test("a call with an assistant gets no more tokens than the assistant has", () =>
  withFreshProject(stack, async ({ apiUrl, sql }) => {
    await sql`update ai_assistants set model_config = '{"max_tokens": 60}'`;
    const { key } = await madeKey(sql);
    for (const name of endpoints) {
      const url = `${apiUrl}/functions/v1/${name}${paths[name]}`;
      for (const [model, most] of [["assistant/health", 60], ["default", 100]] as const) {
        const { body } = await post(url, asking(model), { "x-api-key": key });
        expect(JSON.stringify(body)).toContain(`max tokens ${most}`);
      }
    }
  }));

const sorry = /Sorry, I cannot answer this question/;
const notSorry = /^(?!.*Sorry)/s;

Deno.test("what AWS says of a refused request reaches its client word for word, and no log", () =>
  withFreshProject(stack, async ({ sql, bedrock }) => {
    const { key } = await madeKey(sql);
    const words = "messages.0.content.0: I am the patient Ximena Quispe is refused in a new way";
    await bedrock.addFaultRule(
      { kind: "error", exception: "ValidationException", message: words },
      { times: "until-removed" },
    );
    for (const name of endpoints) {
      const lines: string[] = [];
      const messages = [user("I am the patient Ximena Quispe")];
      await withFunctionProcess(
        stack,
        name,
        async (base) => {
          for (const stream of [false, true]) {
            const answer = await post(`${base}${paths[name]}`, {
              ...asking("default"),
              messages,
              stream,
            }, { "x-api-key": key });
            expect(answer.status).toBe(400);
            expect(answer.body.error.message).toBe(words);
            expect(answer.headers.get("x-should-retry")).toBe("false");
          }
        },
        {},
        (line) => lines.push(line),
      );
      const log = lines.join("\n");
      expect(log).toContain("bedrock_refusal_unknown");
      expect(log).not.toContain("Quispe");
    }
  }));

Deno.test("an answer that its client has begun is continued, or the client is told why not", () =>
  withFreshProject(stack, async ({ apiUrl, sql, bedrock }) => {
    const { key } = await madeKey(sql);
    const url = `${apiUrl}/functions/v1/anthropic/v1/messages`;
    const beginning = { role: "assistant", content: "The answer is " };
    const ask = (model: string) =>
      post(url, asking(model, { messages: [user("Yes or no?"), beginning] }), { "x-api-key": key });
    expect((await ask(claude35)).status).toBe(200);
    const sent = JSON.stringify(await bedrock.requests());
    expect(sent).toContain("The answer is");
    const refused = await ask(haiku);
    expect([refused.status, refused.body.error.type]).toEqual([400, "invalid_request_error"]);
    expect(refused.body.error.message).toContain("does not support assistant message prefill");
    expect(await bedrock.requests()).toHaveLength(1);
  }));
