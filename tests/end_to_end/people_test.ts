/** Exporting, erasing and keeping what people wrote, over HTTP, with Storage. */
import { expect } from "@std/expect";
import { createClient } from "@supabase/supabase-js";
import { exportOwn } from "../../examples/export.ts";
import { exportLineSchema } from "../../supabase/functions/_shared/contract/people.ts";
import { withFunctionProcess } from "../support/chat_process.ts";
import { expectShape } from "../support/contract.ts";
import { readEvents, textOfEvents } from "../support/event_stream.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { LocalServer } from "../support/local_server.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";
import { base64, png } from "../supabase/functions/_shared/media_files.ts";

const stack = testStack();
const patientId = "00000000-0000-4000-8000-000000000001";
const session = { auth: { persistSession: false, autoRefreshToken: false } };

/** A word that stands nowhere else. */
const marker = `marker${crypto.randomUUID().slice(0, 8)}`;

/** With the marker in its text, by which it is found in Storage. */
const imageData = base64(png(400).replace("x".repeat(marker.length), marker));
const image = {
  type: "image",
  source: { type: "base64", media_type: "image/png", data: imageData },
};

/** Between the functions and Postgres. */
interface Database {
  /** Whether a call of a function of Postgres gets no answer: made and lost, or not even made. */
  fault: "away" | "answers-lost" | null;
}

/**
 * Runs a test on a project whose functions are processes of its own, and expects that the marker is
 * in no line that they print.
 */
async function withReadLog(
  test: (project: FreshProject, database: Database) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  const run = async (urls: Readonly<Record<string, string>>) => {
    await using server = new LocalServer((request) => {
      const { pathname, search } = new URL(request.url);
      const [, name = "", rest = ""] = /^\/functions\/v1\/([^/]+)(.*)$/.exec(pathname) ?? [];
      const url = urls[name];
      return fetch(
        new Request(url ? `${url}${rest}${search}` : stack.apiUrl + pathname + search, request),
      );
    });
    await withFreshProject(
      { ...stack, apiUrl: server.url },
      (project) => test(project, database),
    );
  };
  const database: Database = { fault: null };
  await using api = new LocalServer(async (request) => {
    const { pathname, search } = new URL(request.url);
    const { fault } = pathname.startsWith("/rest/v1/rpc/") ? database : { fault: null };
    const pass = () => fetch(new Request(stack.apiUrl + pathname + search, request));
    if (fault === null) return await pass();
    if (fault === "answers-lost") await (await pass()).body?.cancel();
    return new Response("<html>", { status: 503 });
  });
  const settings = { SUPABASE_URL: api.url, ...env };
  await withFunctionProcess(
    stack,
    "chat",
    (chat) =>
      withFunctionProcess(
        stack,
        "manage-bedrock-models",
        (manage) => run({ chat, "manage-bedrock-models": manage }),
        settings,
        onLine,
      ),
    settings,
    onLine,
  );
  expect(lines.filter((line) => line.includes('"request_id"')).length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.includes(marker))).toEqual([]);
}

function storageOf({ apiUrl, keys }: FreshProject) {
  return createClient(apiUrl, keys.secret, session).storage.from("switchboard-content");
}

async function objectsOf(project: FreshProject, userId = patientId): Promise<string[]> {
  const { data } = await storageOf(project).list(`${userId}/`);
  return (data ?? []).map(({ name }) => name);
}

/** Objects of any bucket whose name or bytes hold the marker. */
async function objectsWithMarker({ apiUrl, keys, sql }: FreshProject): Promise<string[]> {
  const { storage } = createClient(apiUrl, keys.secret, session);
  const found: string[] = [];
  const objects = await sql<{ bucket: string; name: string }[]>`
    select bucket_id as bucket, name from storage.objects`;
  for (const { bucket, name } of objects) {
    const { data } = await storage.from(bucket).download(name);
    if (`${name} ${await data?.text()}`.includes(marker)) found.push(name);
  }
  return found;
}

/** No table and no object has the marker. Of the log, {@linkcode withReadLog} expects it. */
async function expectNoWord(project: FreshProject): Promise<void> {
  await project.sql`analyze`;
  expect(await tablesWithMarker(project)).toEqual([]);
  expect(await objectsWithMarker(project)).toEqual([]);
}

/** Tables of every schema in which a row holds the marker, as text of any column. */
async function tablesWithMarker({ sql }: FreshProject): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_|^information_schema$'
    -- The planner keeps samples of what was in a column when it was last analyzed.
    union all select 'pg_catalog.pg_stats'`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe(
      `select exists (select from ${name} as t where t::text like '%${marker}%') as is_there`,
    );
    if (row?.is_there) found.push(name);
  }
  return found;
}

/** What the ledger comes to. */
async function ledgerOf({ sql }: FreshProject) {
  const [sums] = await sql`
    select count(*)::int as rows, sum(cost_usd)::text as usd, sum(output_tokens)::int as tokens,
      md5(string_agg(u::text, '' order by u.id)) as hash
    from public.ai_usage as u`;
  return sums;
}

async function expectReceipt(project: FreshProject, id: number): Promise<void> {
  const receipts = await project.sql`
    select (row_after ->> 'id')::int as id from public.model_switches where action = 'erase'`;
  expect([...receipts]).toEqual([{ id }]);
  const { body } = await manage(project, { action: "verify-history" });
  expect(body.verification.ok).toBe(true);
}

/** No word is left, the ledger is as it was, and the receipt is in the chain. */
async function expectErased(
  project: FreshProject,
  ledger: Awaited<ReturnType<typeof ledgerOf>>,
  erasureId: number,
) {
  await expectNoWord(project);
  expect(await ledgerOf(project)).toEqual(ledger);
  await expectReceipt(project, erasureId);
}

/** A conversation of the patient's with words and an image, which lies in Storage. */
async function converse(project: FreshProject): Promise<string> {
  const text = { type: "text", text: `What is ${marker}?` };
  const { status, body } = await project.ask("patient", { content: [text, image] });
  expect(status).toBe(200);
  await until(async () => (await objectsOf(project)).length > 0, "the image in Storage");
  expect((await objectsWithMarker(project)).length).toBe(1);
  await project.sql`analyze`;
  return body.conversation_id;
}

async function erase(project: FreshProject, request: Record<string, unknown>) {
  const { status, body } = await manage(project, request);
  expect([status, body.error?.code]).toEqual([200, undefined]);
  return body;
}

async function tick({ apiUrl, keys }: FreshProject) {
  const response = await fetch(`${apiUrl}/functions/v1/manage-bedrock-models/tick`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.secret}` },
  });
  return await response.json();
}

/** Waits until the newest erasure is done, by the tick. */
async function untilErased(project: FreshProject): Promise<void> {
  await until(async () => {
    await tick(project);
    const { body } = await manage(project, { action: "list-erasures" });
    return body.erasures[0]?.status === "done";
  }, "the end of the erasure");
}

async function readLines(response: Response) {
  const text = await response.text();
  expect(text.endsWith("\n")).toBe(true);
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const line of lines) expectShape(exportLineSchema, line);
  return lines;
}

function ownExport({ apiUrl, keys }: FreshProject, token: string): Promise<Response> {
  return fetch(`${apiUrl}/functions/v1/chat/export`, {
    headers: { authorization: `Bearer ${token}`, apikey: keys.publishable },
  });
}

function operatorsExport(
  { apiUrl, keys }: FreshProject,
  user_id: string,
  credential = keys.secret,
): Promise<Response> {
  return fetch(`${apiUrl}/functions/v1/manage-bedrock-models`, {
    method: "POST",
    headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
    body: JSON.stringify({ action: "export-user", user_id, reason: "Request 7" }),
  });
}

Deno.test("an export has what is stored of a user and of no other, with the bytes of files", () =>
  withFreshProject(stack, async (project) => {
    const id = await converse(project);
    await project.ask("clinician", "Another user's words.");

    const own = await ownExport(project, await project.token("patient"));
    expect([own.status, own.headers.get("content-type")]).toEqual([200, "application/jsonl"]);
    const lines = await readLines(own);
    expect(lines.map(({ type }) => type)).toEqual([
      ...["user", "conversation", "message", "attachment", "message", "end"],
    ]);
    const [user, conversation, question, file, , end] = lines;
    expect([user.id, conversation.id, end.lines]).toEqual([patientId, id, 5]);
    expect(question.content).toBe(`What is ${marker}?`);
    expect(file).toMatchObject({ kind: "image", missing: false, data: imageData });
    expect(JSON.stringify(lines)).not.toContain("Another user");

    const operators = await readLines(await operatorsExport(project, "Patient@example.com"));
    const withoutTime = (
      [first, ...others]: typeof lines,
    ) => [{ ...first, exported_at: "" }, others];
    expect(withoutTime(operators)).toEqual(withoutTime(lines));
    const log = await project.sql`
      select reason, row_after from public.model_switches where action = 'export-user'`;
    expect([...log]).toMatchObject([{
      reason: "Request 7",
      row_after: { conversations: 1, messages: 2 },
    }]);
    expect(JSON.stringify(log)).not.toContain(patientId);

    const { apiUrl: url, keys } = project;
    const accessToken = await project.token("patient");
    const read = await Array.fromAsync(
      exportOwn({ url, publishableKey: keys.publishable, accessToken }),
      (line) => JSON.parse(line),
    );
    expect(withoutTime(read)).toEqual(withoutTime(lines));

    // What is missing is told, and the rest is there.
    const names = await objectsOf(project);
    await storageOf(project).remove(names.map((name) => `${patientId}/${name}`));
    const without = await readLines(await ownExport(project, await project.token("patient")));
    expect(without[3]).toMatchObject({ type: "attachment", missing: true, data: null });
    expect(without.at(-1)).toEqual({ type: "end", lines: 5 });
  }));

Deno.test("an export is for its user, secret keys and platform admins", () =>
  withFreshProject(stack, async (project) => {
    const refusals: [Promise<Response>, number, string][] = [
      [ownExport(project, project.keys.secret), 403, "forbidden"],
      [operatorsExport(project, patientId, await project.token("patient")), 403, "forbidden"],
      [operatorsExport(project, crypto.randomUUID()), 404, "user_not_found"],
      [operatorsExport(project, "nobody@example.com"), 404, "user_not_found"],
      [operatorsExport(project, "no id"), 400, "invalid_request"],
    ];
    for (const [answer, status, code] of refusals) {
      const response = await answer;
      const { error } = await response.json();
      expect([response.status, error.code]).toEqual([status, code]);
    }
    const admins = await operatorsExport(project, patientId, await project.token("admin"));
    expect((await readLines(admins)).map(({ type }) => type)).toEqual(["user", "end"]);
  }));

Deno.test("erase-user, twice at once, leaves no word anywhere, the ledger as it was, and one receipt", () =>
  withReadLog(async (project) => {
    await converse(project);
    await project.ask("clinician", "Words that stay.");
    const marked = await tablesWithMarker(project);
    expect(marked).toEqual(
      expect.arrayContaining(["public.ai_conversations", "public.ai_messages"]),
    );
    const before = await ledgerOf(project);
    const request = { action: "erase-user", user_id: patientId, reason: "Request 8" };
    const both = await Promise.all([erase(project, request), erase(project, request)]);
    const done = both.some(({ status }) => status === "done") ? both[0] : both[1];
    expect(both[0].erasure_id).toBe(both[1].erasure_id);
    const again = await erase(project, request);
    expect(again).toMatchObject({
      erasure_id: done.erasure_id,
      status: "done",
      receipt: { kind: "user", conversations: 1, messages: 2, objects: 1 },
    });
    await expectErased(project, before, done.erasure_id);
    expect(await objectsOf(project)).toEqual([]);
    const { body } = await manage(project, { action: "list-erasures" });
    expect(body.count).toBe(1);
    expect(JSON.stringify(body)).not.toContain(patientId);
    const [left] = await project.sql`select count(*)::int as n from ai_conversations`;
    expect(left?.n).toBe(1);
  }));

Deno.test("erasing in the middle of a stream: the client gets its end, the ledger its row, and no word stays", () =>
  withReadLog(async (project) => {
    await project.bedrock.addFaultRule({ kind: "frame-latency", ms: 300 });
    const response = await fetch(`${project.apiUrl}/functions/v1/chat`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await project.token("patient")}`,
        apikey: project.keys.publishable,
        "content-type": "application/json",
      },
      body: JSON.stringify({ message: `Tell me of ${marker}.`, stream: true }),
    });
    const events = [];
    let running;
    for await (const event of readEvents(response)) {
      if (event.event === "") continue;
      events.push(event);
      if (event.event === "text-delta" && running === undefined) {
        running = await erase(project, { action: "erase-user", user_id: patientId });
        // Its end is still to come.
        expect(running).toMatchObject({
          status: "running",
          left: { messages: 0, running_turns: 1 },
        });
      }
    }
    expect(events.filter(({ event }) => ["done", "error"].includes(event)).length).toBe(1);
    expect(events.at(-1)?.event).toBe("done");
    expect(textOfEvents(events).length).toBeGreaterThan(0);
    const [entry] = await project.sql`select status, cost_usd > 0 as costs from public.ai_usage`;
    expect(entry).toMatchObject({ status: "complete", costs: true });
    const before = await ledgerOf(project);
    const done = await erase(project, { action: "erase-user", user_id: patientId });
    expect(done).toMatchObject({ erasure_id: running?.erasure_id, status: "done" });
    await expectErased(project, before, done.erasure_id);
  }));

for (
  const [what, fault, times, code] of [
    ["hangs", { kind: "hang" }, "until-removed", "bedrock_timeout"],
    ["fails", { kind: "latency", ms: 1500 }, 1, "bedrock_unavailable"],
  ] as const
) {
  Deno.test(`erasing while Bedrock ${what}: the turn fails in the ledger, and no word stays`, () =>
    withReadLog(async (project) => {
      const { bedrock, sql } = project;
      await bedrock.addFaultRule(fault, { times });
      if (what === "fails") {
        const exception = "ServiceUnavailableException";
        await bedrock.addFaultRule({ kind: "error", exception }, { times: "until-removed" });
      }
      const asked = project.ask("patient", { content: [{ type: "text", text: marker }, image] });
      const isPending = async () =>
        (await sql`select from ai_messages where status = 'pending'`).length === 1;
      await until(isPending, "the turn");
      const running = await erase(project, { action: "erase-user", user_id: patientId });
      expect(running).toMatchObject({ status: "running", left: { messages: 0, running_turns: 1 } });
      const { status, body } = await asked;
      expect([status >= 500, body.error.code]).toEqual([true, code]);
      const ledger = await sql`
        select status, error_code from public.ai_usage where unanswered_call is null`;
      expect([...ledger]).toEqual([{ status: "failed", error_code: code }]);
      const before = await ledgerOf(project);
      await untilErased(project);
      await expectErased(project, before, running.erasure_id);
      expect(await objectsOf(project)).toEqual([]);
    }, { CHAT_TIMEOUT_MS: "8000", BEDROCK_RETRY_BASE_MS: "1" }));
}

Deno.test("a user who deletes the conversation while its answer streams gets the answer to its end, and a receipt", () =>
  withReadLog(async (project) => {
    await project.bedrock.addFaultRule({ kind: "frame-latency", ms: 300 });
    const token = await project.token("patient");
    const app = createClient(project.apiUrl, project.keys.publishable, {
      ...session,
      global: { headers: { authorization: `Bearer ${token}` } },
    });
    const response = await fetch(`${project.apiUrl}/functions/v1/chat`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        apikey: project.keys.publishable,
        "content-type": "application/json",
      },
      body: JSON.stringify({ message: `Tell me of ${marker}.`, stream: true }),
    });
    const events = [];
    for await (const event of readEvents(response)) {
      if (event.event === "") continue;
      events.push(event);
      if (event.event !== "turn-start") continue;
      const { data, error } = await app.from("ai_conversations").delete()
        .eq("id", event.data.conversation_id).select("id");
      expect([error, data?.length]).toEqual([null, 1]);
    }
    expect(events.at(-1)?.event).toBe("done");
    const ledger = await project.sql`select status from public.ai_usage`;
    expect([...ledger]).toEqual([{ status: "complete" }]);
    await expectNoWord(project);
    const before = await ledgerOf(project);
    await untilErased(project);
    const { body } = await manage(project, { action: "list-erasures" });
    expect(body.erasures).toMatchObject([{
      receipt: { kind: "own", conversations: 1, messages: 1, asked_by_user_id: null },
    }]);
    expect(JSON.stringify(body)).not.toContain(patientId);
    expect(await ledgerOf(project)).toEqual(before);
    await expectReceipt(project, body.erasures[0].erasure_id);
  }));

Deno.test("an erasure waits for Storage, is resumed by the tick, and ends with its receipt", () =>
  withReadLog(async (project) => {
    await converse(project);
    await project.sql`alter table storage.objects rename to objects_away`;
    let waiting;
    try {
      waiting = await erase(project, { action: "erase-user", user_id: patientId });
      expect(waiting).toMatchObject({ status: "running", left: { messages: 0, objects: 1 } });
      const { steps } = await tick(project);
      const step = steps.find(({ step }: { step: string }) => step === "erase-objects");
      expect(step?.error).toContain("could not be removed");
    } finally {
      await project.sql`alter table storage.objects_away rename to objects`;
    }
    expect((await objectsOf(project)).length).toBe(1);
    await untilErased(project);
    expect(await objectsOf(project)).toEqual([]);
    await expectNoWord(project);
    await expectReceipt(project, waiting.erasure_id);
  }));

for (const fault of ["away", "answers-lost"] as const) {
  Deno.test(`an erasure while the database is ${fault} goes on when it is back`, () =>
    withReadLog(async (project, database) => {
      await converse(project);
      const request = { action: "erase-user", user_id: patientId };
      const before = await ledgerOf(project);
      database.fault = fault;
      for (let n = 0; n < 2; n++) {
        const { status, body } = await manage(project, request);
        expect([status, body.error.code]).toEqual([503, "database_unavailable"]);
      }
      const [begun] = await project.sql`select count(*)::int as erasures from ai_erasures`;
      expect(begun).toEqual({ erasures: fault === "away" ? 0 : 1 });
      database.fault = null;
      const done = await erase(project, request);
      expect(done).toMatchObject({
        status: "done",
        receipt: { conversations: 1, messages: 2, objects: 1 },
      });
      await expectErased(project, before, done.erasure_id);
    }));
}

Deno.test("a turn that is erased and ends while the database is away is in the ledger, and leaves no word", () =>
  withReadLog(async (project, database) => {
    const { bedrock, sql } = project;
    await bedrock.addFaultRule({ kind: "latency", ms: 1500 });
    const asked = project.ask("patient", { content: [{ type: "text", text: marker }, image] });
    const isPending = async () =>
      (await sql`select from ai_messages where status = 'pending'`).length === 1;
    await until(isPending, "the turn");
    const running = await erase(project, { action: "erase-user", user_id: patientId });
    expect(running).toMatchObject({ status: "running", left: { messages: 0, running_turns: 1 } });
    database.fault = "away";
    const { status, body } = await asked;
    expect([status, body.persisted]).toEqual([200, false]);
    database.fault = null;
    const isEntered = async () => (await sql`select from public.ai_usage`).length === 1;
    await until(isEntered, "the entry in the ledger");
    const before = await ledgerOf(project);
    await untilErased(project);
    await expectErased(project, before, running.erasure_id);
  }));

Deno.test("nothing is erased under a legal hold, by any way, until it is removed", () =>
  withReadLog(async (project) => {
    const conversation_id = await converse(project);
    const before = await ledgerOf(project);
    const held = await manage(project, {
      action: "set-legal-hold",
      user_id: "patient@example.com",
      reason: "Case 12",
    });
    expect(held.body).toMatchObject({
      message: "The user's data is kept until the hold is removed.",
      hold: { user_id: patientId, reason: "Case 12", until: null, in_force: true },
    });
    for (
      const request of [
        { action: "erase-user", user_id: patientId },
        { action: "erase-conversation", conversation_id },
      ]
    ) {
      const { status, body } = await manage(project, request);
      expect([status, body.error.code]).toEqual([409, "legal_hold"]);
    }
    await expect(project.sql`delete from auth.users where id = ${patientId}`).rejects.toThrow();
    expect((await objectsOf(project)).length).toBe(1);
    expect(await tablesWithMarker(project)).toContain("public.ai_messages");
    const { body: holds } = await manage(project, { action: "list-legal-holds" });
    expect(holds).toMatchObject({ count: 1, holds: [{ email: "patient@example.com" }] });

    await manage(project, { action: "remove-legal-hold", user_id: patientId });
    const done = await erase(project, { action: "erase-conversation", conversation_id });
    expect(done).toMatchObject({
      message: "The conversation is erased.",
      status: "done",
      receipt: { kind: "conversation", conversation_id, messages: 2, objects: 1 },
    });
    await expectErased(project, before, done.erasure_id);
  }));

Deno.test("a user who is deleted in Auth leaves no word, and a receipt", () =>
  withReadLog(async (project) => {
    const { apiUrl, keys, sql } = project;
    const email = `${crypto.randomUUID()}@example.com`;
    const client = createClient(apiUrl, keys.publishable, session);
    const { data } = await client.auth.signUp({ email, password: "password-of-a-test" });
    const userId = data.user?.id ?? "";
    const response = await fetch(`${apiUrl}/functions/v1/chat`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${data.session?.access_token}`,
        apikey: keys.publishable,
        "content-type": "application/json",
      },
      body: JSON.stringify({ content: [{ type: "text", text: marker }, image] }),
    });
    expect(response.status).toBe(200);
    await response.body?.cancel();
    await until(async () => (await objectsOf(project, userId)).length > 0, "the image in Storage");
    const before = await ledgerOf(project);
    await sql`delete from auth.users where id = ${userId}`;
    await untilErased(project);
    const { body } = await manage(project, { action: "list-erasures" });
    expect(body.erasures[0].receipt).toMatchObject({ kind: "account", messages: 2, objects: 1 });
    expect(await objectsOf(project, userId)).toEqual([]);
    await expectErased(project, before, body.erasures[0].erasure_id);
  }));

Deno.test("a user with 100,000 messages is erased batch by batch", () =>
  withReadLog(async (project) => {
    const { sql } = project;
    await converse(project);
    const before = await ledgerOf(project);
    await sql`
      with added as (
        insert into public.ai_conversations (user_id, assistant_id, title)
        select ${patientId}, a.id, ${marker}
        from public.ai_assistants as a, generate_series(1, 100)
        where a.assistant_type = 'health'
        returning id)
      insert into public.ai_messages (
        conversation_id, seq, role, content, status, begun_at, attempt)
      select added.id, n, case n % 2 when 1 then 'user' else 'assistant' end, ${marker}, 'complete',
        case n % 2 when 1 then now() - interval '1 day' end, case n % 2 when 1 then 1 end
      from added, generate_series(1, 1000) as n`;
    const request = { action: "erase-user", user_id: patientId };
    let job = await erase(project, request);
    for (let n = 0; n < 20 && job.status !== "done"; n++) job = await erase(project, request);
    expect(job).toMatchObject({
      status: "done",
      receipt: { conversations: 101, messages: 100_002, objects: 1 },
    });
    await expectErased(project, before, job.erasure_id);
  }));

Deno.test("set-retention has the tick erase what is older, and says what it was", () =>
  withReadLog(async (project) => {
    const { sql } = project;
    const conversation_id = await converse(project);
    await sql`alter table ai_conversations disable trigger touch_updated_at`;
    await sql`
      update public.ai_messages
        set created_at = created_at - interval '10 days', begun_at = begun_at - interval '10 days'
      where conversation_id = ${conversation_id}`;
    await sql`
      update public.ai_conversations
        set created_at = created_at - interval '10 days', updated_at = updated_at - interval '10 days'
      where id = ${conversation_id}`;
    await sql`alter table ai_conversations enable trigger touch_updated_at`;
    const set = { action: "set-retention", assistant_type: "health", keep_days: 7 };
    const { body } = await manage(project, set);
    expect(body).toMatchObject({
      message: "Conversations of health are erased 7 days after their last turn.",
      former_keep_days: { health: null },
    });
    const { body: listed } = await manage(project, { action: "list-assistants" });
    expect(listed.assistants.find((a: { assistant_type: string }) => a.assistant_type === "health"))
      .toMatchObject({ keep_days: 7 });
    await untilErased(project);
    await expectNoWord(project);
    expect(await objectsOf(project)).toEqual([]);
  }));
