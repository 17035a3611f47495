/** Functions outside of the geographies that they are allowed to run in read nothing of a patient's. */
import { expect } from "@std/expect";
import { withFunctionProcess } from "../support/chat_process.ts";
import { connect } from "../support/connect.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { postgresLogOf } from "../support/postgres_log.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const marker = "Blauregenfalter";

interface Asked {
  readonly path: string;
  readonly body: object;
  /** The error of a refusal. */
  readonly refusal: object;
}

const words = `My knee hurts since Monday, ${marker}`;
const messages = [{ role: "user", content: words }];
const message = "The function runs in us-east-1; allowed is eu only.";
const hint = "Send the header x-region: eu-central-1";

const chatted: Asked = {
  path: "",
  body: { message: words },
  refusal: { success: false, error: { code: "function_outside_geographies", message, hint } },
};

/** How a patient asks each function, and how it refuses. */
const surfaces: Record<string, Asked> = {
  chat: chatted,
  openai: {
    path: "/v1/chat/completions",
    body: { model: "default", messages },
    refusal: {
      error: {
        type: "invalid_request_error",
        code: "insufficient_permissions",
        message: `${message} ${hint}`,
      },
    },
  },
  anthropic: {
    path: "/v1/messages",
    body: { model: "default", max_tokens: 100, messages },
    refusal: {
      type: "error",
      error: { type: "permission_error", message: `${message} ${hint}` },
    },
  },
};

/** Rows of all tables that have the marker, whether or not users may read them. */
async function markedRows(): Promise<string[]> {
  const sql = connect({ port: Number(new URL(stack.dbUrl).port), user: "supabase_admin" });
  try {
    const tables = await sql`
      select format('%I.%I', n.nspname, c.relname) as name
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('public', 'switchboard')`;
    const marked: string[] = [];
    for (const { name } of tables) {
      const rows = await sql.unsafe(
        `select 1 from ${name} as t where t::text like '%${marker}%'`,
      );
      marked.push(...rows.map(() => String(name)));
    }
    return marked;
  } finally {
    await sql.end();
  }
}

/** Asks one process, started as in a region; `null`: the body begins and never ends. */
function ask(url: string, { path }: Asked, token: string, body: object | null): Promise<Response> {
  const begun = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
  });
  return fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === null ? begun : JSON.stringify(body),
  });
}

for (const [name, asked] of Object.entries(surfaces)) {
  Deno.test(`${name} in us-east-1 refuses a patient's words before they are read, stored or logged`, () =>
    withFreshProject(stack, async (project) => {
      const lines: string[] = [];
      const token = await project.token("patient");
      await keepFunctionsIn(project, ["eu"]);
      await withFunctionProcess(
        stack,
        name,
        async (url) => {
          const logged = await postgresLogOf(stack, async () => {
            const refused = await ask(url, asked, token, asked.body);
            expect(await refused.json()).toMatchObject(asked.refusal);
            expect(refused.status).toBe(403);
            const unread = await ask(url, asked, token, null);
            expect([unread.status, await unread.json()])
              .toEqual([403, expect.objectContaining({ error: expect.anything() })]);
          });
          expect(logged).not.toContain(marker);
          expect(await markedRows()).toEqual([]);
          expect(await project.sql`select from ai_usage`).toHaveLength(0);

          // An instance that refuses follows a change of the setting all the same.
          await keepFunctionsIn(project, null);
          expect(await statusOf(ask(url, asked, token, asked.body))).toBe(200);
          expect(await rowsOf(project)).toEqual([
            {
              function_region: "us-east-1",
              model_region: "eu-central-1",
              model_geographies: ["eu"],
            },
          ]);
          // And what it has cached lets nothing pass that the database refuses.
          await keepFunctionsIn(project, ["eu"]);
          const late = await ask(url, asked, token, asked.body);
          expect([late.status, await late.json()])
            .toEqual([403, expect.objectContaining({ error: expect.anything() })]);
          expect(await rowsOf(project)).toHaveLength(1);
        },
        { SB_REGION: "us-east-1" },
        (line) => lines.push(line),
      );
      expect(lines.join("\n")).toContain("function_outside_geographies");
      expect(lines.join("\n")).not.toContain(marker);
    }));

  Deno.test(`${name} answers in eu-central-1, and not where SB_REGION is not set`, () =>
    withFreshProject(stack, async (project) => {
      const token = await project.token("patient");
      await keepFunctionsIn(project, ["eu"]);
      await withFunctionProcess(stack, name, async (url) => {
        expect(await statusOf(ask(url, asked, token, asked.body))).toBe(200);
      }, { SB_REGION: "eu-central-1" });
      await withFunctionProcess(stack, name, async (url) => {
        const response = await ask(url, asked, token, asked.body);
        expect([response.status, await response.text()])
          .toEqual([403, expect.stringContaining("Set SB_REGION")]);
      }, { SB_REGION: "" });
    }));
}

Deno.test("chat outside gives users no words of theirs, whatever the instance has cached", () =>
  withFreshProject(stack, async (project) => {
    await project.ask("patient", words);
    const headers = { authorization: `Bearer ${await project.token("patient")}` };
    await withFunctionProcess(stack, "chat", async (url) => {
      const exported = async () => {
        const response = await fetch(`${url}/export`, { headers });
        return [response.status, await response.text()];
      };
      expect(await exported()).toEqual([200, expect.stringContaining(marker)]);
      await keepFunctionsIn(project, ["eu"]);
      const [status, text] = await exported();
      expect([status, JSON.parse(String(text)).error.code])
        .toEqual([403, "function_outside_geographies"]);
      expect(text).not.toContain(marker);
    }, { SB_REGION: "us-east-1" });
  }));

Deno.test("manage-bedrock-models outside refuses trials, and sets the setting back", () =>
  withFreshProject(stack, async (project) => {
    await keepFunctionsIn(project, ["us"]);
    const model = "eu.amazon.nova-lite-v1:0";
    const trial = { action: "try", assistant_type: "health", model_ids: [model], content: words };
    const refused = await manage(project, trial);
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({
      code: "function_outside_geographies",
      message: "The function runs in eu-central-1; allowed is us only.",
      hint: "Send the header x-region: us-east-1",
    });
    expect(await markedRows()).toEqual([]);
    const { body } = await manage(project, { action: "get-settings" });
    expect(body.settings).toMatchObject({ function_geographies: ["us"] });
    await keepFunctionsIn(project, null);
    expect((await manage(project, trial)).status).toBe(200);
  }));

Deno.test("manage-bedrock-models outside tells no words, neither in an export nor as evidence", () =>
  withFreshProject(stack, async (project) => {
    const { body: { message: answer } } = await project.ask("patient", words);
    await keepFunctionsIn(project, ["us"]);
    const told = { action: "evidence", message_id: answer.id, include_words: true };
    const exported = { action: "export-user", user_id: "patient@example.com" };
    for (const request of [told, exported]) {
      const response = await fetch(`${project.apiUrl}/functions/v1/manage-bedrock-models`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${project.keys.secret}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(request),
      });
      const text = await response.text();
      expect([response.status, JSON.parse(text).error.code])
        .toEqual([403, "function_outside_geographies"]);
      expect(text).not.toContain(marker);
    }
    // What did not leave is not recorded as if it had.
    expect(await project.sql`select from model_switches where action = 'export-user'`)
      .toHaveLength(0);
    expect((await manage(project, { ...told, include_words: false })).status).toBe(200);
    await keepFunctionsIn(project, ["eu"]);
    const { body } = await manage(project, told);
    expect(body.evidence.words.question.content).toContain(marker);
  }));

Deno.test("status warns of functions that ran outside while no setting keeps them in", () =>
  withFreshProject(stack, async (project) => {
    const warnings = async () => (await manage(project, { action: "status" })).body.warnings;
    const token = await project.token("patient");
    expect(await warnings()).toEqual([]);
    await withFunctionProcess(stack, "chat", async (url) => {
      for (let n = 0; n < 2; n++) await (await ask(url, chatted, token, chatted.body)).text();
    }, { SB_REGION: "us-east-1" });
    expect(await warnings()).toEqual([
      "In the last 7 days 2 turns and calls were processed by functions outside " +
      "allowed_geographies: us-east-1 (2). Have the clients send x-region, then set " +
      "function_geographies.",
    ]);
    await keepFunctionsIn(project, ["eu"]);
    expect(await warnings()).toEqual([]);
  }));

async function statusOf(asking: Promise<Response>): Promise<number> {
  const response = await asking;
  await response.text();
  return response.status;
}

async function keepFunctionsIn(project: FreshProject, places: readonly string[] | null) {
  const request = { action: "update-settings", function_geographies: places };
  const { status, body } = await manage(project, request);
  expect([status, body.settings?.function_geographies]).toEqual([200, places]);
}

/** Where each entry of the ledger says that it ran. */
async function rowsOf({ sql }: FreshProject) {
  const rows = await sql`
    select function_region, model_region, model_geographies from ai_usage order by id`;
  return rows.map((row) => ({ ...row }));
}
