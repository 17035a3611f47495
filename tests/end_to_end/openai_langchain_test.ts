/** LangChain's `ChatOpenAI` on the running stack. */
import {
  type AIMessageChunk,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { expect } from "@std/expect";
import { z } from "zod";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { openaiUrl } from "../support/openai_client.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

type Chat = (fields?: ChatOpenAIFields) => ChatOpenAI;

const withChat = (test: (chat: Chat, project: FreshProject) => Promise<void>) => () =>
  withFreshProject(stack, async (project) => {
    const apiKey = await apiKeyOf(project.sql);
    const configuration = { baseURL: openaiUrl(project) };
    await test(
      (fields) => new ChatOpenAI({ model: "default", apiKey, configuration, ...fields }),
      project,
    );
  });

const question = [new SystemMessage("Be brief."), new HumanMessage("Hello")];

const getWeather = tool(({ place }) => `${place}: 21 °C`, {
  name: "get_weather",
  description: "The weather of a place.",
  schema: z.object({ place: z.string() }),
});
const listPlaces = tool(() => "Fulda", { name: "list_places", schema: z.object({}) });

Deno.test(
  "ChatOpenAI: invoke() and stream() give the same text and tokens",
  withChat(async (chat) => {
    const whole = await chat().invoke(question);
    expect(whole.text).toContain("“Hello”");
    expect(whole.response_metadata).toMatchObject({
      finish_reason: "stop",
      model_name: novaPro,
    });
    let text = "";
    let usage: unknown;
    for await (const chunk of await chat().stream(question)) {
      text += chunk.text;
      usage = chunk.usage_metadata ?? usage;
    }
    expect(text).toBe(whole.text);
    expect(whole.usage_metadata).toMatchObject({ input_tokens: expect.any(Number) });
    expect(usage).toEqual(whole.usage_metadata);
  }),
);

for (const model of [novaPro, haiku]) {
  for (const streamed of [false, true]) {
    Deno.test(
      `ChatOpenAI: ${model} calls tools and reads their results, ${
        streamed ? "streamed" : "at once"
      }`,
      withChat(async (chat, { bedrock }) => {
        await bedrock.scriptAnswer({
          content: [
            { type: "text", text: "Let me see." },
            { type: "tool_use", id: "call_1", name: "get_weather", input: { place: "Fulda" } },
            { type: "tool_use", id: "call_2", name: "list_places", input: {} },
          ],
        });
        const bound = chat({ model }).bindTools([getWeather, listPlaces]);
        // Not with `streaming: true`, for which the client fetches tables of tokens.
        const first = streamed
          ? await gathered(await bound.stream(question))
          : await bound.invoke(question);
        const calls = first.tool_calls ?? [];
        expect(calls.map(({ name, args }) => [name, args])).toEqual([
          ["get_weather", { place: "Fulda" }],
          ["list_places", {}],
        ]);
        const results = [
          new ToolMessage({ tool_call_id: calls[0]!.id!, content: "21 °C" }),
          new ToolMessage({ tool_call_id: calls[1]!.id!, content: "" }),
        ];
        const second = await bound.invoke([...question, first, ...results]);
        expect(second.text).toContain("“21 °C”");
        expect(second.tool_calls).toEqual([]);
      }),
    );
  }
}

/** A streamed message, by the client's own way to put it together. */
async function gathered(chunks: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | null = null;
  for await (const chunk of chunks) whole = whole === null ? chunk : whole.concat(chunk);
  if (whole === null) throw new Error("the stream was empty");
  return whole;
}

for (const method of ["jsonSchema", "functionCalling", "jsonMode"] as const) {
  Deno.test(
    `ChatOpenAI: withStructuredOutput() by ${method} gives an object`,
    withChat(async (chat, { bedrock }) => {
      const schema = z.object({ name: z.string(), when: z.enum(["today", "tomorrow"]) });
      if (method === "jsonMode") {
        await bedrock.scriptAnswer({
          content: [{ type: "text", text: '{"name":"Ada","when":"today"}' }],
        });
      }
      const visit = await chat().withStructuredOutput(schema, { name: "visit", method })
        .invoke(question);
      expect(schema.parse(visit)).toEqual(visit);
    }),
  );
}

Deno.test(
  "ChatOpenAI: images reach the model",
  withChat(async (chat) => {
    const answer = await chat({ model: haiku }).invoke([
      new HumanMessage({
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${tinyPng}` } },
        ],
      }),
    ]);
    expect(answer.text).toMatch(/Images: 1 \(png/);
  }),
);

Deno.test(
  "ChatOpenAI: what is refused is not sent again, and has its status",
  withChat(async (chat, { sql }) => {
    const error = await chat({ model: "gpt-99" }).invoke(question).catch((error) => error);
    expect(error).toMatchObject({ status: 404, code: "model_not_found" });
    expect(await sql`select from ai_usage`).toHaveLength(0);
  }),
);

Deno.test(
  "ChatOpenAI: a stream that breaks is an error",
  withChat(async (chat, { bedrock }) => {
    await bedrock.addFaultRule({ kind: "cut", afterFrames: 4, how: "end" });
    const read = async () => {
      for await (const _chunk of await chat({ model: novaPro, maxRetries: 0 }).stream(question));
    };
    await expect(read()).rejects.toThrow();
  }),
);
