import {
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import {
  claudeBody,
  collect,
  nativeEvents,
  novaBody,
  question,
  streamedText,
  withStandIn,
} from "./support.ts";

const novaLite = "eu.amazon.nova-lite-v1:0";
const sonnet35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const sonnet5 = "eu.anthropic.claude-sonnet-5";

const invoke = (modelId: string, body: unknown) => ({
  modelId,
  contentType: "application/json",
  body: JSON.stringify(body),
});

Deno.test("Converse answers in the name of the model, with usage and a request id", () =>
  withStandIn(async ({ client }) => {
    for (
      const [modelId, name] of [
        [novaLite, "Amazon Nova Lite"],
        [sonnet35, "Claude 3.5 Sonnet v2"],
        ["openai.gpt-oss-120b-1:0", "OpenAI gpt-oss-120b"],
        ["qwen.qwen3-32b-v1:0", "Qwen3 32B"],
        ["eu.mistral.pixtral-large-2502-v1:0", "Mistral Pixtral Large"],
        ["global.amazon.nova-2-lite-v1:0", "Amazon Nova 2 Lite"],
        [
          "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0",
          "Amazon Nova Pro",
        ],
      ] as const
    ) {
      const answer = await client.send(new ConverseCommand({ modelId, messages: question() }));
      expect(answer.output?.message?.content?.[0]?.text).toContain(`[stand-in: ${name}]`);
      expect(answer.stopReason).toBe("end_turn");
      const { inputTokens = 0, outputTokens = 0, totalTokens } = answer.usage ?? {};
      expect(inputTokens).toBeGreaterThan(0);
      expect(totalTokens).toBe(inputTokens + outputTokens);
      expect(answer.usage?.cacheReadInputTokens).toBe(0);
      expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  }));

Deno.test("ConverseStream brings the same answer as Converse, in AWS's order of events", () =>
  withStandIn(async ({ client }) => {
    const input = { modelId: novaLite, messages: question(), system: [{ text: "Be kind." }] };
    const whole = await client.send(new ConverseCommand(input));
    const { events, error } = await collect(
      (await client.send(new ConverseStreamCommand(input))).stream,
    );
    expect(error).toBeNull();
    expect(streamedText(events)).toBe(whole.output?.message?.content?.[0]?.text);
    const names = events.map((event) => Object.keys(event)[0]);
    expect(names.filter((name, index) => name !== names[index - 1])).toEqual([
      "messageStart",
      "contentBlockDelta",
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
    expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
  }));

Deno.test("InvokeModel answers Nova in Nova's own body, with token counts in headers", () =>
  withStandIn(async ({ client }) => {
    let headers: Record<string, string> = {};
    client.middlewareStack.add((next) => async (args) => {
      const result = await next(args);
      headers = (result.response as { headers: Record<string, string> }).headers;
      return result;
    }, { step: "deserialize", priority: "low" });
    const answer = await client.send(new InvokeModelCommand(invoke(novaLite, novaBody())));
    const body = JSON.parse(answer.body.transformToString());
    expect(body.output.message.content[0].text).toContain("[stand-in: Amazon Nova Lite]");
    expect(body.stopReason).toBe("end_turn");
    expect(Object.keys(body.usage).sort()).toEqual([
      "cacheReadInputTokenCount",
      "cacheWriteInputTokenCount",
      "inputTokens",
      "outputTokens",
      "totalTokens",
    ]);
    expect(headers["x-amzn-bedrock-input-token-count"]).toBe(String(body.usage.inputTokens));
    expect(headers["x-amzn-bedrock-output-token-count"]).toBe(String(body.usage.outputTokens));
    expect(headers["x-amzn-bedrock-invocation-latency"]).toMatch(/^\d+$/);
    expect(headers["x-switchboard-stand-in"]).toBe("true");
  }));

Deno.test("InvokeModel answers Claude in the Messages body; thinking comes first from Claude 5 on", () =>
  withStandIn(async ({ client }) => {
    const ask = async (modelId: string, extra = {}) => {
      const { body } = await client.send(
        new InvokeModelCommand(invoke(modelId, claudeBody(extra))),
      );
      return JSON.parse(body.transformToString());
    };
    const old = await ask(sonnet35);
    expect(old).toMatchObject({
      type: "message",
      role: "assistant",
      model: "claude-3-5-sonnet-20241022",
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    });
    const types = (body: { content: { type: string }[] }) => body.content.map(({ type }) => type);
    expect(types(old)).toEqual(["text"]);
    expect(types(await ask(sonnet5))).toEqual(["thinking", "text"]);
    expect(types(await ask(sonnet5, { thinking: { type: "disabled" } }))).toEqual(["text"]);
    expect(types(await ask("eu.anthropic.claude-sonnet-4-6", { thinking: { type: "adaptive" } })))
      .toEqual(["thinking", "text"]);
  }));

Deno.test("InvokeModelWithResponseStream brings Nova's events, ending in metadata", () =>
  withStandIn(async ({ client }) => {
    const response = await client.send(
      new InvokeModelWithResponseStreamCommand(invoke(novaLite, novaBody())),
    );
    expect(response.contentType).toBe("application/json");
    const { events, error } = await collect(response.body);
    expect(error).toBeNull();
    const native = nativeEvents(events);
    expect(native[0]).toEqual({ messageStart: { role: "assistant" } });
    const last = native.at(-1);
    expect(last["amazon-bedrock-invocationMetrics"].outputTokenCount)
      .toBe(last.metadata.usage.outputTokens);
    const text = native.map((event) => event.contentBlockDelta?.delta.text ?? "").join("");
    expect(text).toContain("[stand-in: Amazon Nova Lite] You wrote: “How much water a day?”");
    expect(native.at(-2)).toEqual({ messageStop: { stopReason: "end_turn" } });
  }));

Deno.test("InvokeModelWithResponseStream brings Claude's events, ending in message_stop with metrics", () =>
  withStandIn(async ({ client }) => {
    const { body } = await client.send(
      new InvokeModelWithResponseStreamCommand(invoke(sonnet5, claudeBody())),
    );
    const native = nativeEvents((await collect(body)).events);
    expect(native[0].message.usage.input_tokens).toBeGreaterThan(0);
    expect(native[0].message.stop_reason).toBeNull();
    const kinds = native.map((event) => event.delta?.type ?? event.type);
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      "message_start",
      "content_block_start",
      "thinking_delta",
      "signature_delta",
      "content_block_stop",
      "content_block_start",
      "text_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const stop = native.at(-1)["amazon-bedrock-invocationMetrics"];
    expect(stop.inputTokenCount).toBe(native[0].message.usage.input_tokens);
    expect(stop.outputTokenCount).toBe(native.at(-2).usage.output_tokens);
  }));

Deno.test("max_tokens cuts the answer and says so, and may leave no text at all", () =>
  withStandIn(async ({ client }) => {
    const ask = (modelId: string, maxTokens: number) =>
      client.send(
        new ConverseCommand({ modelId, messages: question(), inferenceConfig: { maxTokens } }),
      );
    const cut = await ask(novaLite, 5);
    expect(cut.stopReason).toBe("max_tokens");
    expect(cut.usage?.outputTokens).toBe(5);
    expect(cut.output?.message?.content).toEqual([{ text: "[stand-in: Amazon No" }]);
    const thoughtOnly = await ask(sonnet5, 5);
    expect(thoughtOnly.stopReason).toBe("max_tokens");
    expect(thoughtOnly.output?.message?.content?.map((block) => Object.keys(block)[0]))
      .toEqual(["reasoningContent"]);
  }));

Deno.test("a stop sequence ends the answer and is named where the format names it", () =>
  withStandIn(async ({ client }) => {
    const { body } = await client.send(
      new InvokeModelCommand(invoke(sonnet35, claudeBody({ stop_sequences: ["zzz", "wrote"] }))),
    );
    expect(JSON.parse(body.transformToString())).toMatchObject({
      content: [{ type: "text", text: "[stand-in: Claude 3.5 Sonnet v2] You " }],
      stop_reason: "stop_sequence",
      stop_sequence: "wrote",
    });
    const converse = await client.send(
      new ConverseCommand({
        modelId: sonnet35,
        messages: question(),
        inferenceConfig: { stopSequences: ["wrote"] },
        additionalModelResponseFieldPaths: ["/stop_sequence"],
      }),
    );
    expect(converse.stopReason).toBe("stop_sequence");
    expect(converse.additionalModelResponseFields).toEqual({ stop_sequence: "wrote" });
  }));

Deno.test("stop sequences are refused where the model takes none, and blank ones by Claude", () =>
  withStandIn(async ({ client }) => {
    const ask = (modelId: string, ...stopSequences: string[]) =>
      client.send(
        new ConverseCommand({ modelId, messages: question(), inferenceConfig: { stopSequences } }),
      );
    await expect(ask("openai.gpt-oss-120b-1:0", "END"))
      .rejects.toThrow("This model doesn't support the stopSequences field");
    expect((await ask("openai.gpt-oss-120b-1:0")).stopReason).toBe("end_turn");
    const blank = "each stop sequence must contain non-whitespace";
    await expect(ask(sonnet35, "\n\n")).rejects.toThrow(blank);
    await expect(
      client.send(new InvokeModelCommand(invoke(sonnet35, claudeBody({ stop_sequences: [" "] })))),
    ).rejects.toThrow(blank);
  }));

Deno.test("CountTokens counts what InvokeModel and Converse would be billed for", () =>
  withStandIn(async ({ client, control }) => {
    const modelId = "eu.anthropic.claude-sonnet-4-6";
    const body = { ...claudeBody(), system: "Be kind." };
    await client.send(new InvokeModelCommand(invoke(modelId, body)));
    const [billed] = await control.requests();
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const { inputTokens } = await client.send(
      new CountTokensCommand({ modelId, input: { invokeModel: { body: bytes } } }),
    );
    expect(inputTokens).toBe(billed?.inputTokens);
    const converse = { messages: question() };
    expect(
      (await client.send(new CountTokensCommand({ modelId, input: { converse } })))
        .inputTokens,
    ).toBeGreaterThan(0);
  }));

Deno.test("CountTokens refuses models that it does not count for, and bodies that do not fit", () =>
  withStandIn(async ({ client }) => {
    const count = (modelId: string, body: object) =>
      client.send(
        new CountTokensCommand({
          modelId,
          input: { invokeModel: { body: new TextEncoder().encode(JSON.stringify(body)) } },
        }),
      );
    await expect(count(sonnet5, claudeBody())).rejects.toThrow("doesn't support counting tokens");
    await expect(count(sonnet35, { messages: "none" })).rejects.toMatchObject({
      name: "ValidationException",
    });
  }));
