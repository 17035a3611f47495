import { expect } from "@std/expect";
import { withChatProcess } from "../support/chat_process.ts";
import { collectEvents, readEvents, textOfEvents } from "../support/event_stream.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { chat, type Persona } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

/** A fault that is the request's own, so that nothing is tried again. */
const requestRefused = {
  kind: "error",
  exception: "ValidationException",
  message: "Malformed input request: #: extraneous key [x] is not permitted.",
} as const;

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const gptOss = "openai.gpt-oss-120b-1:0";

/** Who is answered in which format. */
const formats = [
  ["nova", "patient", novaLite],
  ["claude", "clinician", claude35],
  ["converse", "admin", gptOss],
] as const;

async function useConverse({ sql }: FreshProject): Promise<void> {
  await sql`
    insert into bedrock_models (model_id, model_name, provider, format, geographies, max_tokens,
      context_window, input_cost_per_mtok, output_cost_per_mtok, is_available, is_default)
    values (${gptOss}, 'gpt-oss 120b', 'OpenAI', 'converse', '{eu}', 4096, 131000, 0.2, 0.79, true,
      true)`;
}

/** Asks for a stream; through the gateway, unless another address is given. */
async function openStream(
  project: FreshProject,
  persona: Persona,
  body: Record<string, unknown>,
  url = `${project.apiUrl}/functions/v1/chat`,
  signal?: AbortSignal,
): Promise<Response> {
  return await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await project.token(persona)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ...body, stream: true }),
    ...(signal && { signal }),
  });
}

for (const [format, persona, modelId] of formats) {
  Deno.test(`chat streams the ${format} format: what is streamed is what is stored`, () =>
    withFreshProject(stack, async (project) => {
      if (format === "converse") await useConverse(project);
      const message = "Erzähl mir etwas über 世界 👋🏽 und Öl, bitte ausführlich.";
      const response = await openStream(project, persona, { message });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      const events = await collectEvents(response);
      expect(events.map(({ event }) => event).filter((event) => event !== "text-delta"))
        .toEqual(["turn-start", "usage", "done"]);
      expect(events.filter(({ event }) => event === "text-delta").length).toBeGreaterThan(1);

      const [start, done] = [events[0]!.data, events.at(-1)!.data];
      expect(start).toMatchObject({
        conversation_id: done.conversation_id,
        message_id: done.message.id,
        model: done.model,
        registry_version: done.registry_version,
        request_id: done.request_id,
      });
      expect(done.model.model_id).toBe(modelId);
      expect(events.at(-2)!.data).toEqual(done.usage);
      expect(done.usage.cost_usd).toBeGreaterThan(0);
      expect(textOfEvents(events)).toBe(done.message.content);
      const [stored] = await project.sql`
        select content, status, time_to_first_token_ms, response_time_ms, input_tokens
        from ai_messages where id = ${done.message.id}`;
      expect(stored).toMatchObject({
        content: done.message.content,
        status: "complete",
        input_tokens: done.usage.input_tokens,
        response_time_ms: done.response_time_ms,
      });
      expect(stored?.time_to_first_token_ms).toBeLessThanOrEqual(stored?.response_time_ms);
    }));

  Deno.test(`chat stores what came of a ${format} stream that breaks, and says how much`, () =>
    withFreshProject(stack, (project) =>
      withChatProcess(stack, async (url) => {
        if (format === "converse") await useConverse(project);
        await project.bedrock.addFaultRule({
          kind: "exception-frame",
          exception: "InternalServerException",
          atFrame: 6,
        });
        const message = "Tell me a long story, please.";
        const requestId = crypto.randomUUID();
        const body = { message, request_id: requestId };
        const events = await collectEvents(await openStream(project, persona, body, url));
        const error = events.at(-1)!;
        const text = textOfEvents(events);
        expect(text).not.toBe("");
        expect(error).toMatchObject({
          event: "error",
          data: {
            code: "bedrock_unavailable",
            retryable: false,
            request_id: requestId,
            stored: { status: "partial", characters: text.length },
          },
        });
        expect(events.some(({ event }) => event === "done")).toBe(false);
        const rows = await project.sql`
          select role, status, content, error_code from ai_messages order by seq`;
        expect(rows).toEqual([
          { role: "user", status: "complete", content: message, error_code: "bedrock_unavailable" },
          {
            role: "assistant",
            status: "partial",
            content: text,
            error_code: "bedrock_unavailable",
          },
        ]);
        expect((await project.bedrock.requests()).length).toBe(1);

        const again = await project.ask(persona, body);
        expect(again.body.message)
          .toMatchObject({ content: text, status: "partial", error_code: "bedrock_unavailable" });
        const streamedAgain = await collectEvents(await openStream(project, persona, body, url));
        expect(streamedAgain.map(({ event }) => event))
          .toEqual(["turn-start", "text-delta", "error"]);
        expect(textOfEvents(streamedAgain)).toBe(text);
        expect(streamedAgain.at(-1)!.data).toMatchObject({
          code: "bedrock_unavailable",
          retryable: false,
          stored: error.data.stored,
        });
        const { conversation_id } = again.body;
        const next = await project.ask(persona, { message: "Go on", conversation_id });
        expect(next.body.message.content).toContain("Messages seen: 3");
      })));
}

Deno.test("chat streams nothing for a refused request: it gets a status and the envelope", () =>
  withFreshProject(stack, async (project) => {
    const table: [Record<string, unknown>, number][] = [
      [{ message: "" }, 400],
      [{ message: "Hi", model_id: "no.such" }, 404],
      [{ message: "Hi", conversation_id: crypto.randomUUID() }, 404],
    ];
    for (const [body, status] of table) {
      const response = await openStream(project, "admin", body);
      expect([response.status, (await response.json()).success]).toEqual([status, false]);
    }
  }));

Deno.test("chat tells a stream that fails before its first word as one error, stored as failed", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      await project.bedrock.addFaultRule(requestRefused);
      const events = await collectEvents(
        await openStream(project, "patient", { message: "Hi" }, url),
      );
      expect(events).toMatchObject([{
        event: "error",
        data: {
          code: "bedrock_request_refused",
          retryable: false,
          stored: { status: "failed", characters: 0 },
        },
      }]);
      expect(await project.sql`select status from ai_messages`)
        .toEqual([{ status: "failed" }, { status: "failed" }]);
    })));

Deno.test("chat tries again and falls back before the first word, never after it", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const { bedrock } = project;
      await bedrock.addFaultRule({ kind: "error", exception: "ThrottlingException" });
      const retried = await collectEvents(
        await openStream(project, "patient", { message: "Hi" }, url),
      );
      expect(retried.at(-1)!.data.model).toMatchObject({ model_id: novaLite, reason: "assistant" });
      expect((await bedrock.requests()).length).toBe(2);

      await bedrock.addFaultRule(
        { kind: "error", exception: "AccessDeniedException" },
        { model: novaLite },
      );
      const events = await collectEvents(
        await openStream(project, "patient", { message: "Hi" }, url),
      );
      const model = {
        model_id: novaPro,
        model_name: "Amazon Nova Pro",
        reason: "fallback",
        requested_model: novaLite,
        fallback_code: "bedrock_access_denied",
      };
      expect(events[0]).toMatchObject({ event: "turn-start", data: { model } });
      expect(events.at(-1)).toMatchObject({ event: "done", data: { model } });
    })));

Deno.test("chat leaves out a model whose streams keep breaking off", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const { bedrock } = project;
      const ask = async (persona: Persona) => {
        const body = { message: "Hi", model_id: novaLite };
        return await collectEvents(await openStream(project, persona, body, url));
      };
      await bedrock.addFaultRule({ kind: "cut", afterFrames: 6 }, { model: novaLite, times: 5 });
      // One user's trouble is no reason to take the model from others.
      for (const persona of ["patient", "patient", "patient", "clinician", "admin"] as const) {
        expect((await ask(persona)).at(-1)?.data.code).toBe("bedrock_stream_truncated");
      }
      expect((await ask("facility")).at(-1)?.data.model).toMatchObject({
        reason: "fallback",
        requested_model: novaLite,
        fallback_code: "model_suspended",
      });
    })));

Deno.test("a stream that breaks off before its first word is in the ledger with what it used", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    // Claude tells the input tokens with the first event, before any text.
    await bedrock.addFaultRule({ kind: "cut", afterFrames: 2 }, { model: claude35, times: 10 });
    const body = { message: "Hi", fallback: false, request_id: crypto.randomUUID() };
    const events = await collectEvents(await openStream(project, "clinician", body));
    expect(events.at(-1)).toMatchObject({
      event: "error",
      data: { code: "bedrock_stream_truncated" },
    });

    const [failed] = await sql`
      select u.attempt, u.status, u.error_code, u.model_id, u.input_tokens, u.cost_usd
      from ai_usage as u
      join ai_messages as q on q.id = u.question_id
      where q.request_id = ${body.request_id}`;
    expect(failed).toMatchObject({
      attempt: 1,
      status: "failed",
      error_code: "bedrock_stream_truncated",
      model_id: claude35,
    });
    expect(failed?.input_tokens).toBeGreaterThan(0);

    await bedrock.clearFaultRules();
    const again = await collectEvents(await openStream(project, "clinician", body));
    expect(again.at(-1)?.event).toBe("done");
    const attempts = await sql`
      select u.attempt, u.status from ai_usage as u
      join ai_messages as q on q.id = u.question_id
      where q.request_id = ${body.request_id} order by u.attempt`;
    expect([...attempts]).toEqual([
      { attempt: 1, status: "failed" },
      { attempt: 1, status: "unanswered" },
      { attempt: 2, status: "complete" },
    ]);
  }));

/** Reads a stream up to its first text, and leaves; returns that text. */
async function leaveAfterFirstText(
  project: FreshProject,
  persona: Persona,
  body: Record<string, unknown>,
  url?: string,
): Promise<string> {
  const leaving = new AbortController();
  const response = await openStream(project, persona, body, url, leaving.signal);
  try {
    for await (const { event, data } of readEvents(response)) {
      if (event === "text-delta") return data.text;
    }
  } finally {
    leaving.abort();
  }
  throw new Error("the stream had no text");
}

/** The ledger's entry of a request, once it is there. */
async function entryOf({ sql }: FreshProject, requestId: string) {
  const find = () =>
    sql`
      select u.*, u.cost_usd::float8 as cost, a.content
      from ai_usage as u
      join ai_messages as a on a.id = u.message_id
      where a.request_id = ${requestId}`;
  await until(async () => (await find()).length === 1, "the entry in the ledger");
  return (await find())[0]!;
}

const story = () => ({ message: "Tell me a long story.", request_id: crypto.randomUUID() });

Deno.test("chat finishes the answer of a client who leaves, and gives it to the next request", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock } = project;
    await withChatProcess(stack, async (own) => {
      for (const url of [own, `${project.apiUrl}/functions/v1/chat`]) {
        await bedrock.clearRequests();
        await bedrock.addFaultRule({ kind: "frame-latency", ms: 200 });
        const body = story();
        const read = await leaveAfterFirstText(project, "clinician", body, url);
        const meanwhile = await project.ask("clinician", body);
        expect([meanwhile.status, meanwhile.body.error.code]).toEqual([409, "turn_in_progress"]);

        const entry = await entryOf(project, body.request_id);
        expect(entry).toMatchObject({ status: "complete", usage_estimated: false });
        expect(entry.cost).toBeGreaterThan(0);
        const again = await project.ask("clinician", body);
        expect(again.body.message).toMatchObject({ status: "complete", content: entry.content });
        expect(entry.content.startsWith(read)).toBe(true);
        expect(entry.content.length).toBeGreaterThan(read.length);
        const [call, ...others] = await bedrock.requests();
        expect([call?.finished, others]).toEqual([true, []]);
      }
    });
  }));

Deno.test("chat stops the call of a client who leaves where that is asked for, and estimates what it used", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    const stops = async (body: Record<string, unknown> & { request_id: string }, url?: string) => {
      await bedrock.clearRequests();
      await bedrock.addFaultRule({ kind: "frame-latency", ms: 400 });
      const read = await leaveAfterFirstText(project, "clinician", body, url);
      await until(
        async () => (await bedrock.requests())[0]?.clientDisconnected ?? false,
        "the call to end",
      );
      const entry = await entryOf(project, body.request_id);
      expect(entry).toMatchObject({
        status: "partial",
        error_code: "client_disconnected",
        usage_estimated: true,
      });
      expect(entry.content.startsWith(read)).toBe(true);
      expect(Math.min(entry.input_tokens, entry.output_tokens, entry.cost)).toBeGreaterThan(0);
    };
    await withChatProcess(stack, async (own) => {
      await stops({ ...story(), on_disconnect: "stop" }, own);
    });
    await sql`update ai_assistants set on_disconnect = 'stop' where assistant_type = 'clinical'`;
    await stops(story());
  }));

Deno.test("chat counts no call as free whose client left before a word", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const { bedrock } = project;
      await bedrock.addFaultRule({ kind: "latency", ms: 20_000 }, { times: "until-removed" });
      for (const stream of [false, true]) {
        await bedrock.clearRequests();
        const leaving = new AbortController();
        const body = { ...story(), on_disconnect: "stop", stream };
        const asked = fetch(url, {
          method: "POST",
          headers: { authorization: `Bearer ${await project.token("patient")}` },
          body: JSON.stringify(body),
          signal: leaving.signal,
        }).then((response) => response.text()).catch(() => {});
        await until(async () => (await bedrock.requests()).length === 1, "the call");
        leaving.abort();
        await asked;
        const entry = await entryOf(project, body.request_id);
        expect(entry).toMatchObject({
          status: "failed",
          error_code: "client_disconnected",
          usage_estimated: true,
          output_tokens: 0,
        });
        expect(entry.cost).toBeGreaterThan(0);
      }
    })));

Deno.test("chat enters a call that came to nothing beside the one that answered", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock, sql } = project;
    await bedrock.addFaultRule({ kind: "cut", afterFrames: 1 }, { model: novaLite, times: 2 });
    const events = await collectEvents(await openStream(project, "patient", story()));
    expect(events.at(-1)?.data.model.requested_model).toBe(novaLite);
    const rows = await sql`
      select status, unanswered_call, model_id, error_code, usage_estimated, cost_usd > 0 as costs
      from ai_usage order by unanswered_call nulls first`;
    const lost = {
      status: "unanswered",
      model_id: novaLite,
      error_code: "bedrock_stream_truncated",
      usage_estimated: true,
      costs: true,
    };
    expect([...rows]).toEqual([
      {
        status: "complete",
        unanswered_call: null,
        model_id: events.at(-1)?.data.model.model_id,
        error_code: null,
        usage_estimated: false,
        costs: true,
      },
      { ...lost, unanswered_call: 1 },
      { ...lost, unanswered_call: 2 },
    ]);
  }));

Deno.test("chat sends the head and a comment of a stream while the model is still silent", () =>
  withFreshProject(stack, async (project) => {
    await project.token("patient");
    await project.bedrock.addFaultRule({ kind: "latency", ms: 3000 });
    const response = await openStream(project, "patient", { message: "Hi" });
    const events = readEvents(response);
    expect(await events.next()).toEqual({ done: false, value: { event: "", data: "connected" } });
    const answered = (await project.bedrock.requests()).filter(({ finished }) => finished);
    expect(answered).toEqual([]);
    const rest = await Array.fromAsync(events);
    expect(rest.at(-1)?.event).toBe("done");
  }));

Deno.test("chat streams the answer of a repeated request without asking a model", () =>
  withFreshProject(stack, async (project) => {
    const body = { message: "Only once", request_id: crypto.randomUUID() };
    const first = await collectEvents(await openStream(project, "patient", body));
    const again = await collectEvents(await openStream(project, "patient", body));
    expect(textOfEvents(again)).toBe(textOfEvents(first));
    const { history: _, ...answer } = first.at(-1)!.data;
    expect(again.at(-1)).toEqual({ event: "done", data: answer });
    expect((await project.bedrock.requests()).length).toBe(1);
  }));

Deno.test("chat refuses a second stream of a turn that still runs, and says when to ask again", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.addFaultRule({ kind: "latency", ms: 500 });
    const body = { message: "Slowly", request_id: crypto.randomUUID() };
    const first = openStream(project, "patient", body);
    await until(async () => (await project.bedrock.requests()).length === 1, "the call");
    const second = await openStream(project, "patient", body);
    expect(second.status).toBe(409);
    expect(second.headers.get("retry-after")).toBe("2");
    expect((await second.json()).error.code).toBe("turn_in_progress");
    expect((await collectEvents(await first)).at(-1)?.event).toBe("done");
  }));

Deno.test("chat bounds the history it sends, and says how much it left out", () =>
  withFreshProject(stack, (project) =>
    withChatProcess(stack, async (url) => {
      const token = await project.token("patient");
      let conversation_id: string | undefined;
      const histories = [];
      for (let n = 0; n < 6; n++) {
        const { body } = await chat(project, token, {
          message: `Question ${n}: ${"x".repeat(600)}`,
          conversation_id,
        }, url);
        conversation_id = body.conversation_id;
        histories.push(body.history);
      }
      expect(histories.slice(0, 2)).toEqual([
        { messages_sent: 0, messages_left_out: 0 },
        { messages_sent: 2, messages_left_out: 0 },
      ]);
      expect(histories.at(-1)).toEqual({ messages_sent: 2, messages_left_out: 8 });
      const sent = (await project.bedrock.requests()).at(-1)!.body as { messages: unknown[] };
      expect(sent.messages.length).toBe(3);
    }, { CHAT_HISTORY_TOKENS: "500" })));
