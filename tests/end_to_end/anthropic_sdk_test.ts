/** What apps do with `@anthropic-ai/sdk`, on the running stack. */
import { expect } from "@std/expect";
import {
  asking,
  type Exchange,
  testEachOn,
  textOf,
  tools,
  user,
} from "../support/anthropic_clients.ts";
import { base64, pdf } from "../support/media.ts";
import { tinyPng } from "../support/tiny_png.ts";
import { until } from "../support/until.ts";
import { testStack } from "../support/test_stack.ts";

const testEach = testEachOn(testStack());
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";
const sonnet = "eu.anthropic.claude-sonnet-5-5";
const sonnet35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

testEach(
  "an answer has its text, the model that wrote it, its tokens and its request's id",
  async ({ anthropic, exchanges }, { sql }, version) => {
    const message = await anthropic.messages.create({
      ...asking(),
      system: [{ type: "text", text: "Be brief." }],
      metadata: { user_id: "somebody" },
      service_tier: "auto",
    });
    expect(message).toMatchObject({ type: "message", role: "assistant", model: novaPro });
    expect(textOf(message)).toContain("“Hello”");
    expect(textOf(message)).not.toContain("System prompt: none");
    expect(message.stop_reason).toBe("end_turn");
    const [{ sent, response }] = exchanges as [Exchange];
    expect(message._request_id).toBe(response.headers.get("request-id"));
    expect([sent.get("x-api-key") === null, sent.get("authorization") === null])
      .toEqual(version === "0.122" ? [false, true] : [true, false]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-switchboard-model": novaPro,
      "x-switchboard-requested-model": "default",
      "x-switchboard-ignored": "service_tier",
    });
    const rows = await sql`
      select surface, purpose, status, model_id, input_tokens, output_tokens, client_retries,
        api_key_id is not null as by_key, client_hash is not null as labelled
      from ai_usage`;
    expect(rows).toEqual([{
      surface: "anthropic",
      purpose: "call",
      status: "complete",
      model_id: novaPro,
      input_tokens: message.usage.input_tokens,
      output_tokens: message.usage.output_tokens,
      client_retries: 0,
      by_key: true,
      labelled: true,
    }]);
  },
);

testEach(
  ".stream() puts together what an answer at once has",
  async ({ anthropic }) => {
    for (const model of [novaPro, haiku]) {
      const asked = { ...asking(), model };
      const whole = await anthropic.messages.create(asked);
      const stream = anthropic.messages.stream(asked);
      const deltas: string[] = [];
      stream.on("text", (delta) => deltas.push(delta));
      const streamed = await stream.finalMessage();
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.join("")).toBe(textOf(whole));
      expect(textOf(streamed)).toBe(textOf(whole));
      expect(streamed).toMatchObject({
        model,
        stop_reason: whole.stop_reason,
        usage: {
          input_tokens: whole.usage.input_tokens,
          output_tokens: whole.usage.output_tokens,
        },
      });
    }
  },
);

testEach(
  "tools are called side by side, one without arguments, and their results are read",
  async ({ anthropic }, { bedrock }) => {
    const content = [
      { type: "text" as const, text: "Let me see." },
      { type: "tool_use" as const, id: "call_1", name: "get_weather", input: { place: "Fulda" } },
      { type: "tool_use" as const, id: "call_2", name: "list_places", input: {} },
    ];
    for (const model of [novaPro, haiku]) {
      for (const streamed of [false, true]) {
        await bedrock.scriptAnswer({ content });
        const asked = { ...asking("The weather?"), model, tools };
        const first = streamed
          ? await anthropic.messages.stream(asked).finalMessage()
          : await anthropic.messages.create(asked);
        expect(first.stop_reason).toBe("tool_use");
        const calls = first.content.filter((block) => block.type === "tool_use");
        expect(calls.map(({ name, input }) => [name, input])).toEqual([
          ["get_weather", { place: "Fulda" }],
          ["list_places", {}],
        ]);
        const second = await anthropic.messages.create({
          ...asked,
          messages: [
            ...asked.messages,
            { role: "assistant", content: first.content },
            user(calls.map(({ id }, nth) => ({
              type: "tool_result" as const,
              tool_use_id: id,
              content: nth === 0 ? [{ type: "text" as const, text: "21 °C" }] : [],
            }))),
          ],
        });
        expect(textOf(second)).toContain("“21 °C”");
        expect(second.stop_reason).toBe("end_turn");
      }
    }
  },
);

testEach(
  "a tool that has to be called is, and alone",
  async ({ anthropic }, { bedrock }) => {
    await anthropic.messages.create({
      ...asking(),
      model: sonnet35,
      tools,
      tool_choice: { type: "tool", name: "get_weather", disable_parallel_tool_use: true },
    });
    const [request] = await bedrock.requests();
    expect(request).toMatchObject({
      body: {
        tool_choice: { type: "tool", name: "get_weather", disable_parallel_tool_use: true },
      },
    });
  },
);

testEach("images and documents reach the model", async ({ anthropic }) => {
  const message = await anthropic.messages.create({
    ...asking([
      { type: "text", text: "What is this?" },
      { type: "image", source: { type: "base64", media_type: "image/png", data: tinyPng } },
      {
        type: "document",
        title: "it's a report.v2.pdf",
        source: { type: "base64", media_type: "application/pdf", data: base64(pdf()) },
      },
    ]),
    model: haiku,
  });
  expect(textOf(message)).toMatch(/Images: 1 \(png/);
  expect(textOf(message)).toMatch(/Documents: 1 \(.*pdf/);
});

testEach("an answer fits its schema, at once and streamed", async ({ anthropic }) => {
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, when: { type: "string", enum: ["today"] } },
    required: ["name", "when"],
    additionalProperties: false,
  };
  for (const model of [novaPro, haiku]) {
    const asked = {
      ...asking(),
      model,
      output_config: { format: { type: "json_schema" as const, schema } },
    };
    const whole = await anthropic.messages.parse(asked);
    const streamed = await anthropic.messages.stream(asked).finalMessage();
    for (const message of [whole, streamed]) {
      expect(Object.keys(JSON.parse(textOf(message)))).toEqual(["name", "when"]);
    }
  }
});

testEach(
  "what a prompt writes to the cache and reads from it is counted apart",
  async ({ anthropic }, { bedrock, sql }) => {
    await bedrock.clearCache();
    const asked = {
      ...asking(),
      model: sonnet,
      system: [{
        type: "text" as const,
        text: "Be brief. ".repeat(2_000),
        cache_control: { type: "ephemeral" as const, ttl: "1h" as const },
      }],
    };
    const first = await anthropic.messages.create(asked);
    expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(1_000);
    expect(first.usage.cache_creation?.ephemeral_1h_input_tokens)
      .toBe(first.usage.cache_creation_input_tokens);
    const second = await anthropic.messages.stream(asked).finalMessage();
    expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
    expect(second.usage.input_tokens).toBeLessThan(1_000);
    const rows = await sql`select cache_read_tokens::int as read from ai_usage order by id desc`;
    expect(rows.map(({ read }) => read)).toContain(second.usage.cache_read_input_tokens);
  },
);

testEach(
  "a stream that its client leaves is stopped, and what it took is in the ledger",
  async ({ anthropic }, { bedrock, sql }) => {
    await bedrock.addFaultRule({ kind: "pause", inside: "text", ms: 60_000 });
    const stream = await anthropic.messages.create({ ...asking(), stream: true });
    for await (const event of stream) if (event.type === "content_block_delta") break;
    const entries = () => sql`select status, error_code, purpose from ai_usage`;
    await until(async () => (await entries()).length > 0, "the call's entry in the ledger");
    expect(await entries()).toEqual([
      { status: "partial", error_code: "client_disconnected", purpose: "call" },
    ]);
  },
);

testEach(
  "the stop sequence that a model meets is named, and a beginning of the answer is gone on with",
  async ({ anthropic }, { bedrock }) => {
    for (const streamed of [false, true]) {
      await bedrock.scriptAnswer({
        content: [{ type: "text", text: "two, three" }],
        stopReason: "stop_sequence",
        stopSequence: "STOP",
      });
      const asked = {
        ...asking(),
        model: sonnet35,
        stop_sequences: ["END", "STOP"],
        messages: [user("Count"), { role: "assistant" as const, content: "One," }],
      };
      const message = streamed
        ? await anthropic.messages.stream(asked).finalMessage()
        : await anthropic.messages.create(asked);
      expect([message.stop_reason, message.stop_sequence]).toEqual(["stop_sequence", "STOP"]);
      const { body } = (await bedrock.requests()).at(-1) as { body: { messages: object[] } };
      expect(body.messages.at(-1)).toMatchObject({ role: "assistant" });
    }
  },
);

testEach("the models are listed, and described by name", async ({ anthropic }) => {
  const names: string[] = [];
  for await (const model of anthropic.models.list({ limit: 1_000 })) names.push(model.id);
  expect(names).toEqual(expect.arrayContaining([novaPro, "claude-sonnet-5-5", "default"]));
  expect(await anthropic.models.retrieve("claude-sonnet-5-5")).toMatchObject({
    type: "model",
    id: "claude-sonnet-5-5",
    display_name: "Claude Sonnet 5.5",
  });
});
