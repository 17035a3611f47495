import { expect } from "@std/expect";
import { collectEvents, type ReceivedEvent, textOfEvents } from "../support/event_stream.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage, type Persona } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const sonnet = "eu.anthropic.claude-sonnet-5-5";
const novaPro = "eu.amazon.nova-pro-v1:0";

const tools = [{
  name: "get_weather",
  description: "The weather of a place.",
  input_schema: {
    type: "object",
    properties: { place: { type: "string" } },
    required: ["place"],
  },
}];
const call = {
  type: "tool_use",
  id: "call_1",
  name: "get_weather",
  input: { place: "Fulda" },
} as const;

async function stream(
  project: FreshProject,
  persona: Persona,
  body: object,
): Promise<ReceivedEvent[]> {
  const response = await fetch(`${project.apiUrl}/functions/v1/chat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await project.token(persona)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ...body, stream: true }),
  });
  return await collectEvents(response);
}

async function useModel({ sql }: FreshProject, modelId: string): Promise<void> {
  await sql`update ai_assistants set model_version = ${modelId} where assistant_type = 'health'`;
}

for (const modelId of [sonnet, novaPro]) {
  Deno.test(`chat lets ${modelId} call a tool, and brings its result in the next turn`, () =>
    withFreshProject(stack, async (project) => {
      const { ask, sql, bedrock } = project;
      await useModel(project, modelId);
      const script = { content: [{ type: "text", text: "Let me see." }, call] } as const;
      await bedrock.scriptAnswer({ content: [...script.content] });
      const first = await ask("patient", { message: "How is the weather in Fulda?", tools });
      expect([first.status, first.body.message.stop_reason]).toEqual([200, "tool_use"]);
      expect(first.body.message.content).toBe("Let me see.");
      const [text, use] = first.body.message.blocks;
      expect(text).toEqual({ type: "text", text: "Let me see." });
      expect(use).toMatchObject({
        type: "tool_use",
        name: "get_weather",
        input: { place: "Fulda" },
      });

      const conversation_id = first.body.conversation_id;
      const result = { type: "tool_result", tool_use_id: use.id, content: "21 °C, dry" };
      const second = await ask("patient", { content: [result], tools, conversation_id });
      expect(second.status).toBe(200);
      expect(second.body.message.content).toContain("“21 °C, dry”");
      expect(second.body.history.messages_sent).toBe(2);
      const rows = await sql`
        select shown_blocks, content from ai_messages
        where conversation_id = ${conversation_id} order by seq`;
      expect(rows.map(({ shown_blocks }) => shown_blocks)).toEqual([
        null,
        [text, use],
        [{ ...result, content: [{ type: "text", text: "21 °C, dry" }], is_error: false }],
        null,
      ]);
      expect(rows[2]?.content).toBe("");
    }));
}

Deno.test("chat streams a call of a tool whole, and again for a repeated request", () =>
  withFreshProject(stack, async (project) => {
    await useModel(project, sonnet);
    await project.bedrock.scriptAnswer({ content: [{ type: "text", text: "Let me see." }, call] });
    const request_id = crypto.randomUUID();
    const body = { message: "How is the weather?", tools, request_id };
    const events = await stream(project, "patient", body);
    const names = events.map(({ event }) => event);
    expect(names.filter((name, at) => name !== names[at - 1])).toEqual(
      ["turn-start", "text-delta", "tool-use", "usage", "done"],
    );
    expect(textOfEvents(events)).toBe("Let me see.");
    const told = events.find(({ event }) => event === "tool-use")?.data;
    expect(told).toEqual({
      id: expect.any(String),
      name: "get_weather",
      input: { place: "Fulda" },
    });
    const { message } = events.at(-1)!.data;
    expect(message.blocks.at(-1)).toEqual({ type: "tool_use", ...told });

    const again = await stream(project, "patient", body);
    expect(again.map(({ event }) => event)).toEqual([...new Set(names)]);
    expect(again.at(-1)?.data.message).toEqual(message);
    expect(await project.bedrock.requests()).toHaveLength(1);
  }));

Deno.test("chat keeps exactly the calls of tools that had come whole when a stream breaks", () =>
  withFreshProject(stack, async (project) => {
    await useModel(project, novaPro);
    const calls = [call, { ...call, id: "call_2" }];
    const kept = new Set<number>();
    for (let atFrame = 3; !kept.has(2) && atFrame < 40; atFrame++) {
      await project.bedrock.scriptAnswer({ content: calls });
      await project.bedrock.addFaultRule(
        { kind: "exception-frame", exception: "InternalServerException", atFrame },
        { times: 1 },
      );
      const events = await stream(project, "patient", { message: "How is it?", tools });
      const told = events.filter(({ event }) => event === "tool-use").map(({ data }) => data);
      const { code, stored } = events.at(-1)?.data ?? {};
      expect([code, stored.status])
        .toEqual(["bedrock_unavailable", told.length > 0 ? "partial" : "failed"]);
      if (told.length > 0) {
        const [row] = await project.sql`
          select shown_blocks from ai_messages where id = ${stored.message_id}`;
        expect(row?.shown_blocks).toEqual(told.map((data) => ({ type: "tool_use", ...data })));
      }
      kept.add(told.length);
    }
    expect([...kept]).toEqual([0, 1, 2]);
  }));

Deno.test("chat says that a model thinks before its turn starts, and shows its words only if asked", () =>
  withFreshProject(stack, async (project) => {
    await useModel(project, sonnet);
    const thought = "She may be dehydrated.";
    const content = [{ type: "thinking", text: thought }, {
      type: "text",
      text: "Drink.",
    }] as const;
    const script = () => project.bedrock.scriptAnswer({ content: [...content] });

    await script();
    const hidden = await stream(project, "patient", { message: "I am dizzy." });
    const thinking = hidden.filter(({ event }) => event === "thinking").map(({ data }) => data);
    expect(thinking).toEqual([{ model_id: sonnet }]);
    expect(hidden[0]?.event).toBe("thinking");
    expect(JSON.stringify(hidden)).not.toContain("dehydrated");

    await script();
    const body = { message: "I am dizzy.", thinking: true, request_id: crypto.randomUUID() };
    const shown = await stream(project, "patient", body);
    const words = shown.filter(({ event }) => event === "thinking")
      .map(({ data }) => data.text ?? "").join("");
    expect(words).toBe(thought);
    expect(shown.at(-1)?.data.message.blocks).toEqual([
      { type: "thinking", text: thought },
      { type: "text", text: "Drink." },
    ]);
    const again = await project.ask("patient", body);
    expect(again.body.message.blocks[0]).toEqual({ type: "thinking", text: thought });
    const without = await project.ask("patient", { ...body, thinking: false });
    expect(without.body.message.blocks).toBe(undefined);
    const rows = await project.sql`select shown_blocks from ai_messages where role = 'assistant'`;
    expect(JSON.stringify(rows)).not.toContain("dehydrated");
  }));

const schema = {
  type: "object",
  properties: { dose_mg: { type: "number" } },
  required: ["dose_mg"],
  additionalProperties: false,
};

Deno.test("chat gives JSON of the schema that a request names, repairs it once, and refuses any other", () =>
  withFreshProject(stack, async (project) => {
    const { ask, bedrock, sql } = project;
    await useModel(project, sonnet);
    const text = (text: string) => ({ content: [{ type: "text", text } as const] });
    const body = { message: "How much?", output_schema: schema };
    await bedrock.scriptAnswer(text('{"dose_mg": 400}'));
    const first = await ask("patient", body);
    expect([first.status, JSON.parse(first.body.message.content)]).toEqual([200, { dose_mg: 400 }]);

    await bedrock.scriptAnswer(text('{"dose": "much"}'));
    await bedrock.scriptAnswer(text('{"dose_mg": 200}'));
    const repaired = await ask("patient", body);
    expect(JSON.parse(repaired.body.message.content)).toEqual({ dose_mg: 200 });

    await bedrock.scriptAnswer(text("Much."), { times: 2 });
    const refused = await ask("patient", { ...body, fallback: false });
    expect([refused.status, refused.body.error.code]).toEqual([502, "malformed_output"]);
    const [{ spent }] = await sql`
      select sum(cost_usd) > 0 as spent from ai_usage where error_code = 'malformed_output'` as unknown as [
      { spent: boolean },
    ];
    expect(spent).toBe(true);

    await bedrock.scriptAnswer(text('{"dose_mg": 100}'));
    const events = await stream(project, "patient", body);
    expect(JSON.parse(textOfEvents(events))).toEqual({ dose_mg: 100 });
  }));

Deno.test("chat stores, prices and reports the intervention of the assistant's guardrail, and goes on after it", () =>
  withFreshProject(stack, async (project) => {
    const { ask, bedrock, sql } = project;
    for (const modelId of [novaPro, sonnet]) {
      await useModel(project, modelId);
      await bedrock.setGuardrail("gr1", {
        words: [{ word: "overdose", on: "input", action: "block" }],
        blockedInput: "I cannot talk about that.",
      });
      await sql`update ai_assistants set guardrail_id = 'gr1', guardrail_version = '1'
        where assistant_type = 'health'`;
      const first = await ask("patient", "What is an overdose?");
      expect([first.status, first.body.message]).toEqual([
        200,
        expect.objectContaining({
          content: "I cannot talk about that.",
          status: "complete",
          stop_reason: "guardrail_intervened",
        }),
      ]);
      const conversation_id = first.body.conversation_id;
      const next = await ask("patient", {
        message: "What helps against a headache?",
        conversation_id,
      });
      expect([next.status, next.body.message.stop_reason]).toEqual([200, "end_turn"]);
      const { id } = first.body.message;
      const [stored] = await sql`
        select m.stop_reason, m.cost_usd, u.status, u.error_code, u.input_tokens, u.output_tokens,
          u.cost_usd as spent_usd
        from ai_messages as m join ai_usage as u on u.message_id = m.id
        where m.id = ${id}`;
      const { cost_usd, input_tokens, output_tokens } = first.body.usage;
      expect(cost_usd).toBeGreaterThan(0);
      expect({
        ...stored,
        cost_usd: Number(stored?.cost_usd),
        spent_usd: Number(stored?.spent_usd),
      }).toEqual({
        stop_reason: "guardrail_intervened",
        status: "complete",
        error_code: null,
        input_tokens,
        output_tokens,
        cost_usd,
        spent_usd: cost_usd,
      });
      const { body: { explanation } } = await manage(project, {
        action: "explain",
        message_id: id,
      });
      expect([explanation.status, explanation.model_id]).toEqual(["complete", modelId]);
      expect(explanation.summary).toContain("answered, because");
      expect(explanation.summary).toMatch(/ Guardrail gr1, version 1, intervened\.$/);
    }
    await bedrock.clearGuardrails();
    const missing = await ask("patient", { message: "Hello" });
    expect([missing.status, missing.body.error.code]).toEqual([502, "bedrock_request_refused"]);
    const [failed] = await sql`
      select status, model_id, cost_usd from ai_usage where error_code is not null`;
    expect({ ...failed, cost_usd: Number(failed?.cost_usd) })
      .toEqual({ status: "failed", model_id: sonnet, cost_usd: 0 });
  }));

Deno.test("chat refuses tools and choices that do not belong together", () =>
  withFreshProject(stack, async ({ ask, bedrock }) => {
    const table: [object, string][] = [
      [{ tool_choice: { type: "any" } }, "tool_choice: needs tools"],
      [{ tools, tool_choice: { type: "tool", name: "other" } }, "tool_choice: needs tools"],
      [{ tools: [...tools, ...tools] }, "tools: must have different names"],
      [{ tools: [{ name: "a", input_schema: 1 }] }, "tools.0.input_schema"],
      [{ output_schema: [] }, "output_schema"],
      [{ effort: "utmost" }, "effort"],
    ];
    for (const [more, message] of table) {
      const { status, body } = await ask("patient", { message: "Hello", ...more });
      expect([status, body.error.code]).toEqual([400, "invalid_request"]);
      expect(body.error.message).toContain(message);
    }
    expect(await bedrock.requests()).toEqual([]);
  }));
