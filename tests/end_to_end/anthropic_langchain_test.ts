/** The package `@langchain/anthropic`, as its makers publish it, on the running stack. */
import { ChatAnthropic, type ChatAnthropicInput } from "@langchain/anthropic";
import {
  type AIMessage,
  type AIMessageChunk,
  HumanMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { expect } from "@std/expect";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

type ClientOf = (model: string, more?: ChatAnthropicInput) => ChatAnthropic;

function testClient(
  name: string,
  test: (clientOf: ClientOf, project: FreshProject) => Promise<void>,
): void {
  Deno.test(`@langchain/anthropic: ${name}`, () =>
    withFreshProject(stack, async (project) => {
      const apiKey = await apiKeyOf(project.sql);
      const anthropicApiUrl = `${project.apiUrl}/functions/v1/anthropic`;
      await test(
        (model, more) =>
          new ChatAnthropic({ model, apiKey, anthropicApiUrl, maxRetries: 0, ...more }),
        project,
      );
    }));
}

const tokensOf = ({ usage_metadata }: { usage_metadata?: unknown }) =>
  usage_metadata as { readonly input_tokens: number; readonly output_tokens: number };

/** All that a stream brings, put together as LangChain does. */
async function streamed(client: Pick<ChatAnthropic, "stream">, input: string | HumanMessage[]) {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of await client.stream(input)) whole = whole?.concat(chunk) ?? chunk;
  if (whole === undefined) throw new Error("The stream was empty.");
  return whole;
}

testClient("an answer is the same at once and streamed, with its tokens", async (clientOf) => {
  for (const model of [novaPro, haiku, "default"]) {
    const whole = await clientOf(model).invoke("Hello");
    const stream = await streamed(clientOf(model), "Hello");
    expect(whole.text).toContain("“Hello”");
    expect(stream.text).toBe(whole.text);
    expect(tokensOf(whole).input_tokens).toBeGreaterThan(0);
    expect(tokensOf(stream).output_tokens).toBe(tokensOf(whole).output_tokens);
    // It reads the prompt's tokens from the beginning of a stream, which has an estimate.
    expect(tokensOf(stream).input_tokens).toBeGreaterThan(0);
  }
});

const tools = [
  tool(({ place }: { place: string }) => `${place}: 21 °C`, {
    name: "get_weather",
    description: "The weather of a place.",
    schema: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
  }),
  tool(() => "Fulda, Kassel", {
    name: "list_places",
    description: "All places.",
    schema: { type: "object", properties: {} },
  }),
];

testClient("tools are called side by side and their results are read, with the thinking", async (
  clientOf,
  { bedrock },
) => {
  for (const model of [novaPro, sonnet]) {
    for (const isStreamed of [false, true]) {
      const thinking = model === sonnet ? [{ type: "thinking" as const, text: "Hm." }] : [];
      await bedrock.scriptAnswer({
        content: [
          ...thinking,
          { type: "tool_use", id: "a", name: "get_weather", input: { place: "Fulda" } },
          { type: "tool_use", id: "b", name: "list_places", input: {} },
        ],
      });
      const client = clientOf(
        model,
        model === sonnet ? { thinking: { type: "adaptive" } as never, maxTokens: 2_000 } : {},
      ).bindTools(tools);
      const question = new HumanMessage("The weather?");
      const answer: AIMessage = isStreamed
        ? await streamed(client as never, [question])
        : await client.invoke([question]);
      expect(answer.tool_calls?.map(({ name, args }) => [name, args])).toEqual([
        ["get_weather", { place: "Fulda" }],
        ["list_places", {}],
      ]);
      const results = (answer.tool_calls ?? []).map(({ id = "" }, nth) =>
        new ToolMessage({ tool_call_id: id, content: nth === 0 ? "21 °C" : "Fulda" })
      );
      const second = await client.invoke([question, answer, ...results]);
      expect(second.text).toContain("“21 °C”");
      const last = JSON.stringify((await bedrock.requests()).at(-1)?.body);
      expect(last.split('"type":"thinking"').length - 1).toBe(thinking.length);
    }
  }
});

testClient("an answer fits its schema", async (clientOf) => {
  const schema = {
    title: "visit",
    type: "object",
    properties: { name: { type: "string" } },
    required: ["name"],
  };
  for (const model of [novaPro, haiku]) {
    const answer = await clientOf(model).withStructuredOutput(schema).invoke("Hello");
    expect(Object.keys(answer)).toEqual(["name"]);
  }
});

testClient("images reach the model", async (clientOf) => {
  const { text } = await clientOf(haiku).invoke([
    new HumanMessage({
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${tinyPng}` } },
      ],
    }),
  ]);
  expect(text).toMatch(/Images: 1 \(png/);
});

testClient("an error has its status and its words", async (clientOf, { bedrock }) => {
  await expect(clientOf("unknown").invoke("Hello")).rejects.toMatchObject({ status: 404 });
  await bedrock.addFaultRule({ kind: "cut", afterFrames: 5 });
  await expect(streamed(clientOf(haiku), "A long question")).rejects.toThrow(/stream|answer/);
});
