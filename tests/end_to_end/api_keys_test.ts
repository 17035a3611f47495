/** API keys as operators make, replace and end them, and what a client can do with each. */
import { expect } from "@std/expect";
import { nameApiKey } from "../../supabase/functions/_shared/runtime/api_key.ts";
import { withFunctionProcess } from "../support/chat_process.ts";
import { connect } from "../support/connect.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { postgresLogOf } from "../support/postgres_log.ts";
import { manage, type Project } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const adminId = "00000000-0000-4000-8000-000000000004";
const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";

/** A key that was made, and its row. */
interface Made {
  readonly key: string;
  // deno-lint-ignore no-explicit-any -- the tests assert on its shape
  readonly api_key: any;
  readonly warnings: readonly string[];
}

async function create(project: Project, fields: object = {}, credential?: string): Promise<Made> {
  const request = { action: "create-api-key", name: "app", ...fields };
  const { status, body } = await manage(project, request, credential);
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
}

const openaiUrl = ({ apiUrl }: Project) => `${apiUrl}/functions/v1/openai`;

/** Asks `openai` with a key; returns the status and the code of an error. */
async function call(url: string, key: string, model = "default"): Promise<[number, string?]> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "What is a cold?" }] }),
  });
  const body = await response.json();
  return response.ok ? [response.status] : [response.status, body.error.code];
}

/** `invalid_credentials` and `key_scope`, in OpenAI's words. */
const refused: [number, string] = [401, "invalid_api_key"];
const outOfScope: [number, string] = [403, "insufficient_permissions"];

Deno.test("create-api-key makes a key that opens the endpoints at once, within its scope", () =>
  withFreshProject(stack, async (project) => {
    const url = openaiUrl(project);
    const free = await create(project);
    expect(free.key).toMatch(/^bsk_[A-Za-z0-9_-]{43}$/);
    expect(free).toMatchObject({
      message: "The key app is made.",
      api_key: {
        name: "app",
        prefix: free.key.slice(0, 10),
        assistant_type: null,
        models: null,
        dialects: null,
        expires_at: null,
        owner_id: null,
        last_used_on: null,
        state: "active",
      },
      warnings: [],
    });
    expect(await call(url, free.key)).toEqual([200]);
    expect(await call(url, free.key, novaLite)).toEqual([200]);

    const scope = { assistant_type: "clinical", models: [novaPro, novaPro], dialects: ["openai"] };
    const expires_at = "2999-01-01T00:00:00Z";
    const bound = await create(
      project,
      { name: "ward", ...scope, expires_at },
      await project.token("admin"),
    );
    expect(bound.api_key).toMatchObject({
      ...scope,
      models: [novaPro],
      expires_at: "2999-01-01T00:00:00+00:00",
      owner_id: adminId,
      created_by: adminId,
    });
    expect(await call(url, bound.key, novaLite)).toEqual(outOfScope);
    const elsewhere = await create(project, { dialects: ["anthropic"] });
    expect(await call(url, elsewhere.key)).toEqual(outOfScope);

    const { body } = await manage(project, { action: "list-api-keys" });
    expect(body.count).toBe(3);
    const today = new Date().toISOString().slice(0, 10);
    const used = Object.fromEntries(
      body.api_keys.map((key: Record<string, unknown>) => [key.id, key.last_used_on]),
    );
    expect(used[free.api_key.id]).toBe(today);
    expect(JSON.stringify(body)).not.toContain(free.key);
  }));

Deno.test("create-api-key refuses a scope that means nothing, and warns of one that allows nothing", () =>
  withFreshProject(stack, async (project) => {
    const refusals: [object, number, string][] = [
      [{ assistant_type: "nowhere" }, 404, "assistant_not_found"],
      [{ models: ["no.such-model"] }, 404, "model_not_found"],
      [{ expires_at: "2020-01-01T00:00:00Z" }, 400, "invalid_request"],
      [{ dialects: [] }, 400, "invalid_request"],
      [{ dialects: ["chat"] }, 400, "invalid_request"],
      [{ name: " " }, 400, "invalid_request"],
      [{ key: "bsk_chosen" }, 400, "invalid_request"],
    ];
    for (const [fields, status, code] of refusals) {
      const request = { action: "create-api-key", name: "app", ...fields };
      const answer = await manage(project, request);
      expect([fields, answer.status, answer.body.error?.code]).toEqual([fields, status, code]);
    }
    expect((await manage(project, { action: "list-api-keys" })).body.count).toBe(0);

    const narrow = await create(project, { models: ["eu.amazon.nova-micro-v1:0"] });
    expect(narrow.warnings).toEqual([expect.stringContaining("answers calls for default")]);
    expect(await call(openaiUrl(project), narrow.key)).toEqual(outOfScope);
    await project.sql`update ai_assistants set is_active = false where assistant_type = 'clinical'`;
    const idle = await create(project, { assistant_type: "clinical" });
    expect(idle.warnings).toEqual([expect.stringContaining("clinical is not active")]);
    expect((await call(openaiUrl(project), idle.key))[0]).toBeGreaterThanOrEqual(400);
  }));

Deno.test("rotate-api-key takes both keys within the time of grace, and one of them without it", () =>
  withFreshProject(stack, async (project) => {
    const url = openaiUrl(project);
    const rotate = (id: string, fields: object = {}) =>
      manage(project, { action: "rotate-api-key", id, ...fields });
    const former = await create(project, { dialects: ["openai"] });
    const { status, body: next } = await rotate(former.api_key.id, { grace_hours: 0.5 });
    expect(status).toBe(200);
    expect(next.api_key).toMatchObject({
      name: "app",
      dialects: ["openai"],
      replaces: former.api_key.id,
      expires_at: null,
      state: "active",
    });
    expect(next.former_api_key).toMatchObject({ id: former.api_key.id, state: "active" });
    const inMinutes = (Date.parse(next.former_api_key.ends_at) - Date.now()) / 60_000;
    expect(inMinutes).toBeGreaterThan(25);
    expect(inMinutes).toBeLessThan(31);
    expect([await call(url, former.key), await call(url, next.key)]).toEqual([[200], [200]]);

    const last = (await rotate(next.api_key.id)).body;
    expect(last.former_api_key).toMatchObject({ id: next.api_key.id, state: "expired" });
    expect([await call(url, next.key), await call(url, last.key)]).toEqual([refused, [200]]);

    const again = await rotate(next.api_key.id);
    expect([again.status, again.body.error.code]).toEqual([409, "key_not_active"]);
    const unknown = await rotate(crypto.randomUUID());
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "key_not_found"]);
  }));

Deno.test("revoke-api-key ends a key with the next request in every process, and so does SQL", () =>
  withFreshProject(stack, async (project) => {
    const processes = (run: (urls: readonly string[]) => Promise<void>) =>
      withFunctionProcess(
        stack,
        "openai",
        (one) =>
          withFunctionProcess(stack, "openai", (other) => run([openaiUrl(project), one, other])),
      );
    const endings: ((key: Made) => Promise<unknown>)[] = [
      async ({ api_key }) => {
        const revoke = { action: "revoke-api-key", id: api_key.id };
        const { body } = await manage(project, revoke);
        expect(body.api_key).toMatchObject({ id: api_key.id, state: "revoked" });
        // The first moment stays.
        expect((await manage(project, revoke)).body.api_key).toEqual(body.api_key);
      },
      ({ api_key }) =>
        project.sql`update ai_api_keys set revoked_at = now() where id = ${api_key.id}`,
      ({ api_key }) => project.sql`delete from ai_api_keys where id = ${api_key.id}`,
    ];
    await processes(async (urls) => {
      for (const end of endings) {
        const made = await create(project);
        const all = () => Promise.all(urls.map((url) => call(url, made.key)));
        expect(await all()).toEqual([[200], [200], [200]]);
        await end(made);
        expect(await all()).toEqual([refused, refused, refused]);
      }
    });
    const unknown = await manage(project, { action: "revoke-api-key", id: crypto.randomUUID() });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "key_not_found"]);
  }));

Deno.test("the audit log names who made, replaced and ended a key, and holds no key", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    const made = await create(project, { reason: "A pilot" }, admin);
    const { id } = made.api_key;
    const rotate = { action: "rotate-api-key", id, grace_hours: 1 };
    const next = (await manage(project, rotate)).body;
    await manage(project, { action: "revoke-api-key", id, reason: "It was lost" }, admin);
    await project.sql`update ai_api_keys set revoked_at = now() where id = ${next.api_key.id}`;

    const { body } = await manage(project, { action: "history", limit: 5 });
    const told = body.switches.map((entry: Record<string, unknown>) => [
      entry.action,
      entry.actor_email ?? entry.actor_key_name ?? entry.database_role,
      entry.source,
      entry.reason,
      (entry.to as Record<string, unknown>).id,
    ]);
    expect(told).toEqual([
      ["revoke-api-key", "postgres", "sql", null, next.api_key.id],
      ["revoke-api-key", "admin@example.com", "api", "It was lost", id],
      ["update", expect.any(String), "api", null, id],
      ["rotate-api-key", expect.any(String), "api", null, next.api_key.id],
      ["create-api-key", "admin@example.com", "api", "A pilot", id],
    ]);
    expect(body.switches[3].actor_key_name).not.toBeNull();
    for (const key of [made.key, next.key]) {
      expect(JSON.stringify(body)).not.toContain(key);
      expect(JSON.stringify(body)).not.toContain(nameApiKey(key)?.digest);
    }
    const { verification } = (await manage(project, { action: "verify-history" })).body;
    expect(verification.ok).toBe(true);
    // No rollback makes a key valid again.
    await manage(project, { action: "rollback" });
    expect(await call(openaiUrl(project), made.key)).toEqual(refused);
  }));

Deno.test("a key is in no log, error or statement, and its digest in its own row only", () =>
  withFreshProject(stack, async (project) => {
    const lines: string[] = [];
    const answers: string[] = [];
    let key = "";
    const noted = (line: string) => lines.push(line);
    const logged = await withProcesses(
      noted,
      (manageUrl, openai) =>
        postgresLogOf(stack, async () => {
          const operate = async (request: object) => {
            const response = await fetch(manageUrl, {
              method: "POST",
              headers: { apikey: project.keys.secret, "content-type": "application/json" },
              body: JSON.stringify(request),
            });
            return await response.json();
          };
          const made = await operate({ action: "create-api-key", name: "app" });
          key = made.key;
          answers.push(JSON.stringify(await operate({ action: "list-api-keys" })));
          for (const sent of [key, `${key}a`, `${key.slice(0, -1)}-`]) {
            for (const header of ["authorization", "x-api-key", "apikey"]) {
              const value = header === "authorization" ? `Bearer ${sent}` : sent;
              const headers = { [header]: value };
              const answer = await fetch(`${openai}/v1/models`, { headers });
              answers.push(`${await answer.text()} ${JSON.stringify([...answer.headers])}`);
            }
            answers.push(JSON.stringify(await call(openai, sent, "no-such-model")));
          }
          const next = await operate({ action: "rotate-api-key", id: made.api_key.id });
          answers.push(JSON.stringify({ ...next, key: "" }));
          const ended = { action: "revoke-api-key", id: made.api_key.id };
          answers.push(JSON.stringify(await operate(ended)));
          answers.push(JSON.stringify(await operate({ action: "history" })));
        }),
    );
    const name = nameApiKey(key);
    expect(name).not.toBeNull();
    const { digest, prefix } = name!;
    // What is searched has what it should have.
    expect(lines.length).toBeGreaterThan(5);
    expect(answers.join("")).toContain(prefix);
    expect(logged).toContain(digest);
    const secret = key.slice(prefix.length);
    for (const text of [lines.join("\n"), answers.join("\n"), logged]) {
      expect(text.includes(secret)).toBe(false);
    }
    for (const text of [lines.join("\n"), answers.join("\n")]) {
      expect(text.includes(digest)).toBe(false);
    }
    expect(await tablesWith(secret)).toEqual([]);
    expect(await tablesWith(digest)).toEqual(["public.ai_api_keys"]);
  }));

/** Runs with processes of both functions, whose lines are noted. */
async function withProcesses<T>(
  noted: (line: string) => void,
  run: (manageUrl: string, openaiUrl: string) => Promise<T>,
): Promise<T> {
  let result: T | undefined;
  await withFunctionProcess(
    stack,
    "manage-bedrock-models",
    (manageUrl) =>
      withFunctionProcess(
        stack,
        "openai",
        async (openai) => {
          result = await run(manageUrl, openai);
        },
        {},
        noted,
      ),
    {},
    noted,
  );
  return result as T;
}

/** The tables, those of the Auth server and of Storage too, that have a text in any row. */
async function tablesWith(text: string): Promise<string[]> {
  const sql = connect({ port: Number(new URL(stack.dbUrl).port), user: "supabase_admin" });
  try {
    const tables = await sql`
      select format('%I.%I', n.nspname, c.relname) as name
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')`;
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await sql.unsafe(
        `select from ${name} as t where strpos(t::text, $1) > 0 limit 1`,
        [text],
      );
      if (rows.length > 0) found.push(name);
    }
    return found;
  } finally {
    await sql.end();
  }
}

Deno.test("keys are for operators: users and API keys neither make nor list them", () =>
  withFreshProject(stack, async (project: FreshProject) => {
    const { key } = await create(project);
    const requests = [
      { action: "list-api-keys" },
      { action: "create-api-key", name: "mine" },
      { action: "revoke-api-key", id: crypto.randomUUID() },
    ];
    for (const request of requests) {
      for (const credential of [await project.token("patient"), key]) {
        const { status, body } = await manage(project, request, credential);
        expect([request.action, status, body.error.code])
          .toEqual([request.action, 403, "forbidden"]);
      }
    }
  }));
