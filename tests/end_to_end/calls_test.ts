/** The functions `openai` and `anthropic` over HTTP: who may call them, and what surrounds an answer. */
import { expect } from "@std/expect";
import { decodeJwt } from "jose";
import { withFunctionProcess } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
import { post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";
import { es256, publicJwk } from "../supabase/functions/_shared/http/project_tokens.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" } as const;
type Endpoint = keyof typeof paths;
const endpoints = Object.keys(paths) as Endpoint[];

/** What every function is asked here, in its own form. */
const bodies = {
  openai: question("default"),
  anthropic: question("default"),
  chat: { message: "Hello" },
  "manage-bedrock-models": { action: "get-default" },
};
type FunctionName = keyof typeof bodies;

function question(model: string, more: object = {}) {
  return { model, max_tokens: 100, messages: [{ role: "user", content: "Hello" }], ...more };
}

function urlOf({ apiUrl }: FreshProject, name: FunctionName): string {
  return `${apiUrl}/functions/v1/${name}${name in paths ? paths[name as Endpoint] : ""}`;
}

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

/** The status of an answer, and the code or type of its error. */
async function ask(url: string, name: FunctionName, headers: Record<string, string>) {
  const { status, body } = await post(url, bodies[name], headers);
  return status === 200 ? "200" : `${status} ${body.error.code ?? body.error.type}`;
}

Deno.test("every function knows its callers by the same headers, and refuses those it does not serve", () =>
  withFreshProject(stack, async (project) => {
    const { publishable, secret, serviceRole, anon } = project.keys;
    const { key } = await madeKey(project.sql);
    const token = await project.token("admin");
    const unknown = "401 invalid_api_key";
    const served = { openai: "200", anthropic: "200" };
    const forbidden = { chat: "403 forbidden", "manage-bedrock-models": "403 forbidden" };
    const users = { ...served, chat: "200", "manage-bedrock-models": "200" };
    const services = { ...users, chat: "403 forbidden" };
    const strangers = (code: string) => ({
      openai: unknown,
      anthropic: "401 authentication_error",
      chat: `401 ${code}`,
      "manage-bedrock-models": `401 ${code}`,
    });
    const callers: [string, Record<string, string>, Record<FunctionName, string>][] = [
      ["an API key as the bearer", bearer(key), { ...served, ...forbidden }],
      ["an API key as x-api-key", { "x-api-key": key }, { ...served, ...forbidden }],
      ["an API key as apikey", { apikey: key }, { ...served, ...forbidden }],
      ["an API key beside a publishable key", { ...bearer(key), apikey: publishable }, {
        ...served,
        ...forbidden,
      }],
      ["a user's token", bearer(token), users],
      ["a user's token as x-api-key", { "x-api-key": token }, users],
      ["a secret key as the bearer", bearer(secret), services],
      ["a secret key as x-api-key", { "x-api-key": secret }, services],
      ["the legacy service_role key", { apikey: serviceRole }, services],
      ["a token beside an API key", { ...bearer(token), "x-api-key": key }, users],
      ["nothing", {}, strangers("missing_credentials")],
      ["a publishable key", bearer(publishable), strangers("missing_credentials")],
      ["the legacy anon key", { "x-api-key": anon }, strangers("missing_credentials")],
      ["a key of OpenAI's", bearer("sk-proj-1"), strangers("invalid_credentials")],
      ["a key of Anthropic's beside an API key", {
        ...bearer("sk-ant-1"),
        "x-api-key": key,
      }, strangers("invalid_credentials")],
      ["half an API key", bearer(key.slice(0, 30)), strangers("invalid_credentials")],
    ];
    for (const [who, headers, expected] of callers) {
      for (const name of Object.keys(bodies) as FunctionName[]) {
        expect([who, name, await ask(urlOf(project, name), name, headers)])
          .toEqual([who, name, expected[name]]);
      }
    }
  }));

Deno.test("an API key that is unknown, revoked or expired is the same 401, with the next request", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const unknown = `bsk_${"0".repeat(43)}`;
    for (const name of endpoints) {
      const [active, revoked, expired] = await Promise.all(
        Array.from({ length: 3 }, () => madeKey(sql)),
      );
      const lines: string[] = [];
      const url = (base: string) => `${base}${paths[name]}`;
      await withFunctionProcess(
        stack,
        name,
        async (base) => {
          for (const { key } of [active!, revoked!, expired!]) {
            expect((await post(url(base), bodies[name], bearer(key))).status).toBe(200);
          }
          await sql`update ai_api_keys set revoked_at = now() where id = ${revoked!.id}`;
          await sql`
          update ai_api_keys set expires_at = now() - interval '1 second' where id = ${
            expired!.id
          }`;
          const answers = await Promise.all(
            [unknown, revoked!.key, expired!.key].map((key) =>
              post(url(base), bodies[name], bearer(key))
            ),
          );
          const told = answers.map(({ status, body, headers }) => {
            const id = headers.get("request-id") ?? "";
            const retry = headers.get("x-should-retry");
            return JSON.stringify([status, retry, body]).replaceAll(id, "");
          });
          expect(new Set(told).size).toBe(1);
          expect(told[0]).toMatch(/^\[401,"false",/);
          expect((await post(url(base), bodies[name], bearer(active!.key))).status).toBe(200);
        },
        {},
        (line) => lines.push(line),
      );
      const log = lines.join("\n");
      for (const why of ["unknown", "revoked", "expired"]) expect(log).toContain(`is ${why}.`);
      for (const { key } of [active!, revoked!, expired!]) expect(log).not.toContain(key);
    }
  }));

Deno.test("an API key opens the endpoints of its dialects only, and the models of its scope", () =>
  withFreshProject(stack, async (project) => {
    const { key } = await madeKey(project.sql, { dialects: ["anthropic"], models: ["nova-lite"] });
    expect(await ask(urlOf(project, "openai"), "openai", bearer(key))).toMatch(/^403 /);
    const url = urlOf(project, "anthropic");
    const named = async (model: string) =>
      (await post(url, question(model), { "x-api-key": key })).status;
    expect([await named("nova-lite"), await named(novaLite), await named("nova-pro")])
      .toEqual([200, 200, 403]);
  }));

Deno.test("an anonymous user calls no model where they may not chat", () =>
  withFreshProject(stack, async (project) => {
    const sub = String(decodeJwt(await project.token("patient")).sub);
    const token = await es256({ sub, is_anonymous: true });
    for (const name of endpoints) {
      await withFunctionProcess(stack, name, async (base) => {
        const { status } = await post(`${base}${paths[name]}`, bodies[name], bearer(token));
        expect([name, status]).toEqual([name, 403]);
      }, { SUPABASE_JWKS: JSON.stringify({ keys: [publicJwk] }) });
    }
  }));

Deno.test("a user's call is with the assistant of the user's role, a secret key's with none", () =>
  withFreshProject(stack, async (project) => {
    const url = urlOf(project, "openai");
    const token = await project.token("clinician");
    const { body, headers } = await post(url, question("default"), bearer(token));
    expect([body.model, headers.get("x-switchboard-model"), headers.get("x-switchboard-reason")])
      .toEqual([claude35, claude35, "assistant"]);
    expect(headers.get("x-switchboard-requested-model")).toBe("default");
    const [ours] = await project.bedrock.requests();
    expect(JSON.stringify(ours)).toContain("You are a clinical assistant");
    const patient = bearer(await project.token("patient"));
    const other = await post(url, question("nova-pro"), patient);
    expect([other.status, other.headers.get("x-should-retry")]).toEqual([403, "false"]);

    await project.bedrock.clearRequests();
    const free = await post(url, question("claude-3-5-sonnet-20241022"), {
      apikey: project.keys.secret,
    });
    expect([free.status, free.body.model]).toEqual([200, claude35]);
    expect(JSON.stringify(await project.bedrock.requests())).not.toContain("You are a");
  }));

Deno.test("a call is in the ledger with its surface, its key and a hash of its client, and no words", () =>
  withFreshProject(stack, async ({ sql, ...project }) => {
    const { id, key } = await madeKey(sql, { assistant_type: "health" });
    const labels = {
      openai: { user: "client-1" },
      anthropic: { metadata: { user_id: "client-1" } },
    };
    for (const name of endpoints) {
      const { status, headers } = await post(
        urlOf({ sql, ...project }, name),
        question("default", labels[name]),
        { ...bearer(key), "x-stainless-retry-count": "1" },
      );
      expect(status).toBe(200);
      const rows = await sql`
        select * from ai_usage where question_id = ${headers.get("x-request-id")}`;
      expect(rows).toMatchObject([{
        purpose: "call",
        surface: name,
        status: "complete",
        api_key_id: id,
        assistant_type: "health",
        conversation_id: null,
        client_hash: expect.stringMatching(/^[0-9a-f]+$/),
        user_hash: null,
        client_retries: 1,
        model_id: novaLite,
      }]);
      expect(JSON.stringify(rows)).not.toMatch(/client-1|Hello/);
    }
    const [{ hashes } = {}] = await sql`
      select count(distinct client_hash)::integer as hashes from ai_usage where purpose = 'call'`;
    expect(hashes).toBe(1);
  }));

Deno.test("a client who leaves a stream stops its model, and what has come is in the ledger as partial", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    const { key } = await madeKey(sql);
    for (const name of endpoints) {
      await bedrock.clearRequests();
      await bedrock.addFaultRule({ kind: "frame-latency", ms: 400 });
      const leaving = new AbortController();
      const response = await fetch(urlOf(project, name), {
        method: "POST",
        headers: { ...bearer(key), "content-type": "application/json" },
        body: JSON.stringify(question(claude35, { stream: true })),
        signal: leaving.signal,
      });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      let text = "";
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (/"(content|text)":"[^"]+"/.test(text)) break;
      }
      leaving.abort();
      await until(
        async () => (await bedrock.requests())[0]?.clientDisconnected ?? false,
        "the call to end",
      );
      const find = () =>
        sql`select * from ai_usage where question_id = ${response.headers.get("x-request-id")}`;
      await until(async () => (await find()).length === 1, "the entry in the ledger");
      expect((await find())[0]).toMatchObject({
        surface: name,
        status: "partial",
        error_code: "client_disconnected",
        usage_estimated: true,
      });
    }
  }));

Deno.test("a call whose client leaves before a word is billed: stopped, or run to its end without a stream", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    const { key } = await madeKey(sql);
    await bedrock.addFaultRule({ kind: "latency", ms: 5_000 }, { times: "until-removed" });
    const entries = () => sql`select * from ai_usage where purpose = 'call' order by id`;
    let calls = 0;
    for (const name of endpoints) {
      for (const stream of [false, true]) {
        await bedrock.clearRequests();
        const leaving = new AbortController();
        const asked = fetch(urlOf(project, name), {
          method: "POST",
          headers: { ...bearer(key), "content-type": "application/json" },
          body: JSON.stringify(question("nova-lite", { stream })),
          signal: leaving.signal,
        }).then((response) => response.text()).catch(() => {});
        await until(async () => (await bedrock.requests()).length === 1, "the call");
        leaving.abort();
        await asked;
        calls++;
        await until(async () => (await entries()).length === calls, "the entry in the ledger");
        const entry = (await entries()).at(-1)!;
        expect(entry).toMatchObject({
          surface: name,
          status: stream ? "failed" : "complete",
          error_code: stream ? "client_disconnected" : null,
          usage_estimated: stream,
        });
        expect(entry.output_tokens > 0).toBe(!stream);
        expect(Number(entry.cost_usd)).toBeGreaterThan(0);
      }
    }
  }));

Deno.test("the models that a caller may name are listed for the clients of both makers", () =>
  withFreshProject(stack, async (project) => {
    const { key } = await madeKey(project.sql);
    for (const name of endpoints) {
      const base = `${project.apiUrl}/functions/v1/${name}/v1/models`;
      const get = async (path: string) => {
        const response = await fetch(`${base}${path}`, { headers: { "x-api-key": key } });
        return { status: response.status, body: await response.json() };
      };
      const { body } = await get("?limit=1000");
      const ids = body.data.map(({ id }: { id: string }) => id);
      for (const id of [novaLite, "nova-lite", "default", "assistant/health"]) {
        expect(ids).toContain(id);
        expect(await get(`/${encodeURIComponent(id)}`)).toMatchObject({
          status: 200,
          body: { id },
        });
      }
      expect(ids.some((id: string) => id.startsWith("claude"))).toBe(true);
      expect([body.object, body.has_more, body.first_id]).toEqual(["list", false, ids[0]]);
      expect(body.data[0]).toMatchObject({ object: "model", type: "model" });
      expect(JSON.stringify(body)).not.toContain("You are a");
      expect((await get("/claude-none")).status).toBe(404);
      const stranger = await fetch(base);
      await stranger.body?.cancel();
      expect(stranger.status).toBe(401);
    }
  }));

Deno.test("a page may call the endpoints with every header of its client, and read an error's", () =>
  withFreshProject(stack, async (project) => {
    const wanted =
      "authorization,content-type,x-stainless-lang,x-stainless-retry-count,openai-beta";
    for (const name of endpoints) {
      const preflight = await fetch(urlOf(project, name), {
        method: "OPTIONS",
        headers: {
          origin: "http://localhost:3000",
          "access-control-request-method": "POST",
          "access-control-request-headers": wanted,
        },
      });
      await preflight.body?.cancel();
      expect([preflight.status, preflight.headers.get("access-control-allow-headers")])
        .toEqual([204, wanted]);
      const refused = await post(urlOf(project, name), bodies[name]);
      expect(refused.headers.get("access-control-allow-origin")).toBe("*");
      expect(refused.headers.get("access-control-expose-headers")).toContain("request-id");
    }
  }));

Deno.test("a client without a key that is known is told of API keys, and of no secret key", () =>
  withFreshProject(stack, async (project) => {
    for (const name of endpoints) {
      for (const headers of [{}, bearer("sk-proj-abc"), { "x-api-key": "sk-ant-abc" }]) {
        const { status, body } = await post(urlOf(project, name), question("default"), headers);
        expect(status).toBe(401);
        expect(body.error.message).toContain("bsk_");
        expect(body.error.message).not.toContain("secret key");
      }
    }
  }));

Deno.test("what clients ask for by default and is not there, they are told in their envelope", () =>
  withFreshProject(stack, async (project) => {
    const openai = `${project.apiUrl}/functions/v1/openai`;
    for (
      const [path, words] of [
        ["/v1/responses", ".chat("],
        ["/v1/embeddings", "mbedding"],
        ["/v1/nothing", "/v1/chat/completions"],
      ] as const
    ) {
      const { status, body, headers } = await post(`${openai}${path}`, { model: "default" });
      expect([path, status, headers.get("x-should-retry")]).toEqual([path, 404, "false"]);
      expect(body.error.type).toBe("invalid_request_error");
      expect(body.error.message).toContain(words);
      expect(body.error.message).not.toContain("/v1/responses");
    }
    const wrong = await fetch(`${openai}/v1/chat/completions`);
    expect([wrong.status, (await wrong.json()).error.type]).toEqual([405, "invalid_request_error"]);

    const anthropic = `${project.apiUrl}/functions/v1/anthropic`;
    for (const method of ["HEAD", "GET"]) {
      for (const path of ["", "/"]) {
        const probe = await fetch(`${anthropic}${path}`, { method });
        await probe.body?.cancel();
        expect([method, path, probe.ok]).toEqual([method, path, true]);
      }
    }
    const { status, body } = await post(`${anthropic}/v1/complete`, {});
    expect([status, body.type, body.error.type]).toEqual([404, "error", "not_found_error"]);
  }));
