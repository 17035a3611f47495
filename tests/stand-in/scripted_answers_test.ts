import {
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import type { ScriptedAnswerInput } from "../../stand-in/answers/scripted_answer.ts";
import { claudeBody, collect, nativeEvents, novaBody, question, withStandIn } from "./support.ts";

const nova = "eu.amazon.nova-lite-v1:0";
const claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

const everything: ScriptedAnswerInput = {
  content: [
    { type: "thinking", text: "Hm.", signature: "sig" },
    { type: "redacted_thinking", data: "cmVkYWN0ZWQ=" },
    { type: "text", text: "One. " },
    { type: "text", text: "Two." },
    { type: "tool_use", id: "t1", name: "look_up", input: { word: "Grüße" } },
  ],
  usage: { inputTokens: 11, outputTokens: 7, cacheReadTokens: 100, cacheWriteTokens: 20 },
};

Deno.test("a scripted answer comes in Claude's format, with its usage", () =>
  withStandIn(async ({ client, control }) => {
    await control.scriptAnswer(everything);
    const body = { modelId: claude, body: JSON.stringify(claudeBody()) };
    const answer = await client.send(new InvokeModelCommand(body));
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({
      content: [
        { type: "thinking", thinking: "Hm.", signature: "sig" },
        { type: "redacted_thinking", data: "cmVkYWN0ZWQ=" },
        { type: "text", text: "One. " },
        { type: "text", text: "Two." },
        { type: "tool_use", id: "t1", name: "look_up", input: { word: "Grüße" } },
      ],
      stop_reason: "tool_use",
      usage: {
        input_tokens: 11,
        output_tokens: 7,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 20,
      },
    });

    await control.scriptAnswer({ ...everything, stopReason: "pause_turn" });
    const stream = await client.send(new InvokeModelWithResponseStreamCommand(body));
    const events = nativeEvents((await collect(stream.body)).events);
    const json = events.map((event) => event.delta?.partial_json ?? "").join("");
    expect(JSON.parse(json)).toEqual({ word: "Grüße" });
    expect(events.at(-2).delta.stop_reason).toBe("pause_turn");
    expect(events.at(-1)["amazon-bedrock-invocationMetrics"]).toMatchObject({
      cacheReadInputTokenCount: 100,
      cacheWriteInputTokenCount: 20,
    });
  }));

Deno.test("a scripted answer comes in Nova's format, with its names of usage", () =>
  withStandIn(async ({ client, control }) => {
    await control.scriptAnswer(everything);
    const answer = await client.send(
      new InvokeModelCommand({ modelId: nova, body: JSON.stringify(novaBody()) }),
    );
    expect(JSON.parse(answer.body.transformToString())).toEqual({
      output: {
        message: {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig" } } },
            { reasoningContent: { redactedContent: "cmVkYWN0ZWQ=" } },
            { text: "One. " },
            { text: "Two." },
            { toolUse: { toolUseId: "t1", name: "look_up", input: { word: "Grüße" } } },
          ],
        },
      },
      stopReason: "tool_use",
      usage: {
        inputTokens: 11,
        outputTokens: 7,
        totalTokens: 138,
        cacheReadInputTokenCount: 100,
        cacheWriteInputTokenCount: 20,
      },
    });
  }));

Deno.test("a scripted answer comes through Converse and ConverseStream as the SDK types it", () =>
  withStandIn(async ({ client, control }) => {
    const input = { modelId: nova, messages: question() };
    await control.scriptAnswer(everything, { times: 2 });
    const answer = await client.send(new ConverseCommand(input));
    expect(answer.output?.message?.content?.[1]?.reasoningContent?.redactedContent)
      .toEqual(new TextEncoder().encode("redacted"));
    expect(answer.usage).toMatchObject({
      totalTokens: 138,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 20,
    });
    const { events } = await collect((await client.send(new ConverseStreamCommand(input))).stream);
    expect(events.find((event) => event.contentBlockStart)?.contentBlockStart).toEqual({
      start: { toolUse: { toolUseId: "t1", name: "look_up" } },
      contentBlockIndex: 4,
    });
    const tool = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? "");
    expect(JSON.parse(tool.join(""))).toEqual({ word: "Grüße" });
    expect(events.find((event) => event.messageStop)?.messageStop?.stopReason).toBe("tool_use");

    const after = await client.send(new ConverseCommand(input));
    expect(after.output?.message?.content?.[0]?.text).toContain("[stand-in:");
  }));

Deno.test("a scripted answer may have no text, no usage, and blocks of unknown types", () =>
  withStandIn(async ({ client, control }) => {
    await control.scriptAnswer({ content: [], usage: null, stopReason: "content_filtered" });
    const ask = async () => {
      const answer = await client.send(
        new InvokeModelCommand({ modelId: nova, body: JSON.stringify(novaBody()) }),
      );
      return JSON.parse(answer.body.transformToString());
    };
    expect(await ask()).toEqual({
      output: { message: { role: "assistant", content: [] } },
      stopReason: "content_filtered",
    });
    await control.scriptAnswer({ content: [{ type: "native", value: { hologram: { x: 1 } } }] });
    expect((await ask()).output.message.content).toEqual([{ hologram: { x: 1 } }]);
  }));

Deno.test("two scripted answers apply to two calls, in order", () =>
  withStandIn(async ({ client, control }) => {
    await control.scriptAnswer({ content: [{ type: "text", text: "First." }] });
    await control.scriptAnswer({ content: [{ type: "text", text: "Second." }] });
    for (const text of ["First.", "Second."]) {
      const answer = await client.send(
        new ConverseCommand({ modelId: nova, messages: question() }),
      );
      expect(answer.output?.message?.content).toEqual([{ text }]);
    }
  }));
