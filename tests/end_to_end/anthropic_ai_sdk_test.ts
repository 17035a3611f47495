/** The AI SDK with its provider for Anthropic, as its makers publish them, on the running stack. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { expect } from "@std/expect";
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

type Provider = ReturnType<typeof createAnthropic>;

function testClient(
  name: string,
  test: (anthropic: Provider, project: FreshProject, statuses: number[]) => Promise<void>,
): void {
  Deno.test(`@ai-sdk/anthropic: ${name}`, () =>
    withFreshProject(stack, async (project) => {
      const statuses: number[] = [];
      const anthropic = createAnthropic({
        baseURL: `${project.apiUrl}/functions/v1/anthropic/v1`,
        apiKey: await apiKeyOf(project.sql),
        fetch: async (input, init) => {
          const response = await fetch(input, init);
          statuses.push(response.status);
          return response;
        },
      });
      await test(anthropic, project, statuses);
    }));
}

testClient("an answer is the same at once and streamed, with its tokens", async (anthropic) => {
  for (const model of [novaPro, haiku, "default"]) {
    const asked = { model: anthropic(model), system: "Be brief.", prompt: "Hello" };
    const whole = await generateText(asked);
    const streamed = streamText(asked);
    expect(whole.text).toContain("“Hello”");
    expect(await streamed.text).toBe(whole.text);
    expect([whole.finishReason, await streamed.finishReason]).toEqual(["stop", "stop"]);
    const { inputTokens, outputTokens } = await streamed.usage;
    expect({ inputTokens, outputTokens }).toEqual({
      inputTokens: whole.usage.inputTokens,
      outputTokens: whole.usage.outputTokens,
    });
  }
});

const use = (id: string, name: string, input: Record<string, unknown>) => ({
  type: "tool_use" as const,
  id,
  name,
  input,
});

for (const streamed of [false, true]) {
  testClient(
    `tools are called in two rounds, with the thinking before them, ${
      streamed ? "streamed" : "at once"
    }`,
    async (anthropic, { bedrock }) => {
      for (const model of [novaPro, sonnet]) {
        const called: unknown[] = [];
        const thinking = model === sonnet
          ? [{ type: "thinking" as const, text: "Hm, the weather." }]
          : [];
        await bedrock.scriptAnswer({
          content: [
            ...thinking,
            use("a", "get_weather", { place: "Fulda" }),
            use("b", "list_places", {}),
          ],
        });
        await bedrock.scriptAnswer({
          content: [...thinking, use("c", "get_weather", { place: "Kassel" })],
        });
        const asked = {
          model: anthropic(model),
          prompt: "The weather?",
          stopWhen: stepCountIs(4),
          ...(model === sonnet && {
            providerOptions: { anthropic: { thinking: { type: "adaptive" as const } } },
          }),
          tools: {
            get_weather: tool({
              inputSchema: jsonSchema<{ place: string }>({
                type: "object",
                properties: { place: { type: "string" } },
              }),
              execute: ({ place }) => {
                called.push(place);
                return `${place}: 21 °C`;
              },
            }),
            list_places: tool({
              inputSchema: jsonSchema({ type: "object", properties: {} }),
              execute: (input) => {
                called.push(input);
                return "Fulda, Kassel";
              },
            }),
          },
        };
        const text = streamed ? await streamText(asked).text : (await generateText(asked)).text;
        expect(text).toContain("“Kassel: 21 °C”");
        expect(called).toEqual(["Fulda", {}, "Kassel"]);
        const last = JSON.stringify((await bedrock.requests()).at(-1)?.body);
        expect(last.split('"type":"thinking"').length - 1).toBe(2 * thinking.length);
      }
    },
  );
}

testClient("an answer fits its schema, at once and streamed", async (anthropic) => {
  for (const model of [novaPro, haiku]) {
    const asked = {
      model: anthropic(model),
      prompt: "Hello",
      output: Output.object({
        schema: jsonSchema<{ name: string }>({
          type: "object",
          properties: { name: { type: "string" } },
          required: ["name"],
          additionalProperties: false,
        }),
      }),
    };
    expect(Object.keys((await generateText(asked)).output)).toEqual(["name"]);
    expect(Object.keys(await streamText(asked).output)).toEqual(["name"]);
  }
});

testClient("images reach the model", async (anthropic) => {
  const { text } = await generateText({
    model: anthropic(haiku),
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "file", mediaType: "image/png", data: tinyPng },
      ],
    }],
  });
  expect(text).toMatch(/Images: 1 \(png/);
});

testClient("an error has its status and its words, and is tried again where that helps", async (
  anthropic,
  { bedrock, sql },
  statuses,
) => {
  await sql`update bedrock_models set is_available = false where not is_default`;
  const errorOf = async (model: string) => {
    statuses.length = 0;
    const error = await generateText({ model: anthropic(model), prompt: "Hello", maxRetries: 1 })
      .then(() => null, (error) => error);
    return [error?.lastError ?? error, statuses.length];
  };
  const [missing, once] = await errorOf("unknown");
  expect(missing).toBeInstanceOf(APICallError);
  expect([missing.statusCode, missing.data.error.type, once]).toEqual([404, "not_found_error", 1]);
  await bedrock.addFaultRule({ kind: "error", exception: "ServiceUnavailableException" }, {
    times: "until-removed",
  });
  const [overloaded, twice] = await errorOf("default");
  expect([overloaded.statusCode, overloaded.data.error.type, twice])
    .toEqual([529, "overloaded_error", 2]);
});

testClient("a stream that breaks off is an error, never an end", async (anthropic, { bedrock }) => {
  await bedrock.addFaultRule({ kind: "cut", afterFrames: 5 });
  const errors: unknown[] = [];
  const { stream } = streamText({
    model: anthropic(haiku),
    prompt: "A long question",
    onError: ({ error }) => void errors.push(error),
  });
  const ends: string[] = [];
  for await (const part of stream) if (part.type === "finish") ends.push(part.finishReason);
  expect(errors).toEqual([expect.objectContaining({ type: "api_error" })]);
  expect(ends).not.toContain("stop");
});
