/** Content over the wire: what a caller of the SDK gets. */
import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  InvokeModelCommand,
  type InvokeModelCommandInput,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import { png } from "../support/media.ts";
import {
  claudeBody,
  collect,
  nativeEvents,
  novaBody,
  question,
  rejection,
  streamedText,
  withStandIn,
} from "./support.ts";

const nova = "eu.amazon.nova-lite-v1:0";
const sonnet = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const sonnet55 = "eu.anthropic.claude-sonnet-5-5";
const look = { toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } };

/** The tokens of a call: neither cached nor written, read, and written. */
const tokens = ({ inputTokens, cacheReadInputTokens, cacheWriteInputTokens }: {
  inputTokens?: number | undefined;
  cacheReadInputTokens?: number | undefined;
  cacheWriteInputTokens?: number | undefined;
} = {}) => [inputTokens, cacheReadInputTokens, cacheWriteInputTokens];

Deno.test("an ordered call of a tool comes plain and streamed, in each format", () =>
  withStandIn(async ({ client }) => {
    const text = 'Call the tool look_up with {"day": "Grüße"}. Call the tool look_up.';
    const converse: ConverseCommandInput = {
      modelId: sonnet,
      messages: question(text),
      toolConfig: { tools: [look] },
    };
    const plain = await client.send(new ConverseCommand(converse));
    expect(plain.stopReason).toBe("tool_use");
    const uses = plain.output?.message?.content?.flatMap(({ toolUse }) => toolUse ?? []);
    expect(uses?.map(({ input }) => input)).toEqual([{ day: "Grüße" }, {}]);
    const { events } = await collect(
      (await client.send(new ConverseStreamCommand(converse))).stream,
    );
    const pieces = (index: number) =>
      events.filter(({ contentBlockDelta }) => contentBlockDelta?.contentBlockIndex === index)
        .map(({ contentBlockDelta }) => contentBlockDelta?.delta?.toolUse?.input);
    expect(JSON.parse(pieces(1).join(""))).toEqual({ day: "Grüße" });
    // A call without input streams as one empty piece.
    expect(pieces(2)).toEqual([""]);
    expect(streamedText(events)).toContain("Calling look_up and look_up.");

    const tools = [{ name: "look_up", input_schema: { type: "object" } }];
    const body = {
      modelId: sonnet,
      body: JSON.stringify(claudeBody({
        tools,
        tool_choice: { type: "tool", name: "look_up" },
      })),
    };
    const stream = await client.send(new InvokeModelWithResponseStreamCommand(body));
    const native = nativeEvents((await collect(stream.body)).events);
    expect(native.filter(({ type }) => type === "content_block_start")).toEqual([{
      type: "content_block_start",
      index: 0,
      content_block: {
        type: "tool_use",
        id: expect.stringMatching(/^[a-zA-Z0-9_-]+$/),
        name: "look_up",
        input: {},
      },
    }]);
    const forNova = novaBody({
      toolConfig: { tools: [look], toolChoice: { any: {} } },
    });
    const answer = await client.send(
      new InvokeModelCommand({ modelId: nova, body: JSON.stringify(forNova) }),
    );
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({
      output: { message: { content: [{ toolUse: { name: "look_up", input: {} } }] } },
      stopReason: "tool_use",
    });
  }));

Deno.test("thinking that comes back from the stream is taken, by its own model only", () =>
  withStandIn(async ({ client }) => {
    const stream = await client.send(
      new ConverseStreamCommand({ modelId: sonnet55, messages: question() }),
    );
    const { events } = await collect(stream.stream);
    const reasoning = events.map(({ contentBlockDelta }) =>
      contentBlockDelta?.delta?.reasoningContent
    );
    const text = reasoning.map((delta) => delta?.text ?? "").join("");
    const signature = reasoning.map((delta) => delta?.signature ?? "").join("");
    expect([text === "", signature === ""]).toEqual([false, false]);
    const again = (modelId: string) =>
      client.send(
        new ConverseCommand({
          modelId,
          messages: [
            ...question(),
            {
              role: "assistant",
              content: [{ reasoningContent: { reasoningText: { text, signature } } }, {
                text: "2 l.",
              }],
            },
            ...question(),
          ],
        }),
      );
    expect((await again(sonnet55)).stopReason).toBe("end_turn");
    expect((await rejection(again("eu.anthropic.claude-opus-5-5"))).message)
      .toContain("Invalid `signature` in `thinking` block");
  }));

Deno.test("what a script let the model think is taken back with the script's signature", () =>
  withStandIn(async ({ client, control }) => {
    await control.scriptAnswer({
      content: [{ type: "thinking", text: "Hm.", signature: "c2ln" }, {
        type: "text",
        text: "2 l.",
      }],
    });
    const ask = (messages: unknown[]) => {
      const body = JSON.stringify(claudeBody({ messages }));
      return client.send(new InvokeModelCommand({ modelId: sonnet, body }));
    };
    const first = { role: "user", content: "How much?" };
    const { content } = JSON.parse((await ask([first])).body.transformToString());
    const thought = { ...content[0], thinking: "Ha." };
    await ask([first, { role: "assistant", content }, first]);
    expect(
      (await rejection(
        ask([first, { role: "assistant", content: [thought, content[1]] }, first]),
      )).message,
    ).toContain("Invalid `signature`");
  }));

Deno.test("a prompt is cached for its time, and counted in each format", () =>
  withStandIn(async ({ client, control }) => {
    const long = "word ".repeat(2_000);
    const converse = async (ttl?: "1h") => {
      const answer = await client.send(
        new ConverseCommand({
          modelId: sonnet,
          system: [{ text: long }, { cachePoint: { type: "default", ...ttl && { ttl } } }],
          messages: question(),
        }),
      );
      return answer.usage;
    };
    expect(tokens(await converse())).toEqual([10, 0, 2_500]);
    const second = await converse();
    expect([tokens(second), second?.totalTokens]).toEqual([
      [10, 2_500, 0],
      10 + 2_500 + (second?.outputTokens ?? 0),
    ]);
    await control.advanceClock(301);
    const hour = await converse("1h");
    expect(tokens(hour)).toEqual([10, 0, 2_500]);
    expect(hour?.cacheDetails).toEqual([{ ttl: "1h", inputTokens: 2_500 }]);
    await control.advanceClock(3_000);
    expect(tokens(await converse("1h"))).toEqual([10, 2_500, 0]);
    await control.clearCache();

    const cache_control = { type: "ephemeral", ttl: "1h" };
    const system = [{ type: "text", text: long, cache_control }];
    const body = JSON.stringify(claudeBody({ system }));
    const invoke = { modelId: sonnet, body };
    const plain = await client.send(new InvokeModelCommand(invoke));
    expect(JSON.parse(plain.body.transformToString()).usage).toMatchObject({
      input_tokens: 10,
      cache_creation_input_tokens: 2_500,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2_500 },
    });
    const stream = await client.send(new InvokeModelWithResponseStreamCommand(invoke));
    const [start, ...rest] = nativeEvents((await collect(stream.body)).events);
    expect(start.message.usage.cache_read_input_tokens).toBe(2_500);
    expect(rest.at(-1)["amazon-bedrock-invocationMetrics"].cacheReadInputTokenCount).toBe(2_500);

    const novaSystem = novaBody({ system: [{ text: long }, { cachePoint: { type: "default" } }] });
    const answer = await client.send(
      new InvokeModelCommand({ modelId: nova, body: JSON.stringify(novaSystem) }),
    );
    expect(JSON.parse(answer.body.transformToString()).usage).toMatchObject({
      inputTokens: 10,
      cacheWriteInputTokenCount: 2_500,
    });
    expect((await control.requests()).at(-1))
      .toMatchObject({ inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 2_500 });
  }));

Deno.test("a guardrail blocks in each format and stream, and fails calls when it is not there", () =>
  withStandIn(async ({ client, control }) => {
    const guardrailConfig = {
      guardrailIdentifier: "abc",
      guardrailVersion: "1",
      trace: "enabled" as const,
    };
    const converse = { modelId: nova, messages: question("poison?"), guardrailConfig };
    expect((await rejection(client.send(new ConverseCommand(converse)))).message)
      .toBe("The guardrail identifier or version provided in the request does not exist.");
    await control.setGuardrail("abc", { words: [{ word: "poison" }] });
    const answer = await client.send(new ConverseCommand(converse));
    expect(answer).toMatchObject({
      stopReason: "guardrail_intervened",
      output: { message: { content: [{ text: "Sorry, I cannot answer this question." }] } },
    });
    expect(answer.trace?.guardrail?.inputAssessment?.["abc"]).toBeDefined();
    const { events } = await collect(
      (await client.send(new ConverseStreamCommand(converse))).stream,
    );
    expect(streamedText(events)).toBe("Sorry, I cannot answer this question.");
    expect(events.find(({ metadata }) => metadata)?.metadata?.trace?.guardrail).toBeDefined();

    const invoke: InvokeModelCommandInput = {
      modelId: sonnet,
      body: JSON.stringify(claudeBody({ messages: [{ role: "user", content: "poison?" }] })),
      guardrailIdentifier: "abc",
      guardrailVersion: "1",
      trace: "ENABLED",
    };
    const stream = await client.send(new InvokeModelWithResponseStreamCommand(invoke));
    expect(nativeEvents((await collect(stream.body)).events).at(-1)).toMatchObject({
      "amazon-bedrock-guardrailAction": "INTERVENED",
      "amazon-bedrock-trace": { guardrail: { input: { abc: expect.anything() } } },
    });

    await control.setGuardrail("abc", { access: "denied" });
    const denied = await rejection(client.send(new InvokeModelCommand(invoke)));
    expect([denied.name, denied.$metadata?.httpStatusCode]).toEqual(["AccessDeniedException", 403]);
    expect(denied.message).toContain("bedrock:ApplyGuardrail");
    await control.clearGuardrails();
    expect((await rejection(client.send(new InvokeModelCommand(invoke)))).name)
      .toBe("ValidationException");
  }));

Deno.test("a pause is a silence after the first piece of a block, until the caller hangs up", () =>
  withStandIn(async ({ standIn, control }) => {
    for (
      const [path, inside, framesSent] of [
        // After the block's start, and after its first piece where there is no start.
        ["invoke-with-response-stream", "thinking", 2],
        ["converse-stream", "thinking", 2],
      ] as const
    ) {
      await control.addFaultRule({ kind: "pause", inside, ms: 3_600_000 });
      const body = path === "converse-stream" ? { messages: question() } : claudeBody();
      const response = await fetch(`${standIn.url}/model/${sonnet55}/${path}`, {
        method: "POST",
        headers: { authorization: "Bearer a key" },
        body: JSON.stringify(body),
      });
      const reader = response.body?.getReader();
      let received = "";
      while (received.split(":event-type").length - 1 < framesSent) {
        received += new TextDecoder("latin1").decode((await reader?.read())?.value);
      }
      await reader?.cancel();
      let call = (await control.requests()).at(-1);
      while (call?.finished !== true) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        call = (await control.requests()).at(-1);
      }
      expect(call).toMatchObject({ framesSent, clientDisconnected: true });
    }
  }, { bearerToken: "a key" }));

Deno.test("broken JSON ends too early", () =>
  withStandIn(async ({ client, control }) => {
    await control.addFaultRule({ kind: "broken-json" });
    const answer = await client.send(
      new ConverseCommand({
        modelId: sonnet,
        messages: question(),
        outputConfig: {
          textFormat: {
            type: "json_schema",
            structure: {
              jsonSchema: {
                schema:
                  '{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}',
              },
            },
          },
        },
      }),
    );
    expect(answer.output?.message?.content).toEqual([{ text: '{"a":"stand' }]);
  }));

Deno.test("an image of 3.7 MB arrives, and its answer says so", () =>
  withStandIn(async ({ client }) => {
    const bytes = png({ width: 800, height: 600, bytes: 3_700_000 });
    const content = [{ text: "What is this?" }, {
      image: { format: "png" as const, source: { bytes } },
    }];
    const answer = await client.send(
      new ConverseCommand({ modelId: nova, messages: [{ role: "user", content }] }),
    );
    expect(answer.output?.message?.content?.[0]?.text).toContain("Images: 1 (png, 3700000 bytes).");
  }));
