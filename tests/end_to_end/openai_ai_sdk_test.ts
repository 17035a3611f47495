/** The AI SDK with both of its providers for Chat Completions, on the running stack. */
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { expect } from "@std/expect";
import {
  APICallError,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import type { Fault } from "../../stand-in/faults/fault_rule.ts";
import { apiKeyOf } from "../support/api_key_of.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { openaiUrl } from "../support/openai_client.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

interface Settings {
  readonly baseURL: string;
  readonly apiKey: string;
}

/** A provider, and what it makes of a model's name. */
type Provider = (settings: Settings) => (modelId: string) => LanguageModel;

const providers: Readonly<Record<string, Provider>> = {
  "@ai-sdk/openai-compatible": (settings) =>
    createOpenAICompatible({
      ...settings,
      name: "switchboard",
      includeUsage: true,
      supportsStructuredOutputs: true,
    }),
  "@ai-sdk/openai": (settings) => createOpenAI(settings).chat,
};

type Model = (modelId: string) => LanguageModel;

const withProvider =
  (provider: Provider, test: (model: Model, project: FreshProject) => Promise<void>) => () =>
    withFreshProject(stack, async (project) => {
      const apiKey = await apiKeyOf(project.sql);
      await test(provider({ baseURL: openaiUrl(project), apiKey }), project);
    });

const getWeather = tool({
  description: "The weather of a place.",
  inputSchema: z.object({ place: z.string() }),
  execute: ({ place }) => `${place}: 21 °C`,
});
const listPlaces = tool({ inputSchema: z.object({}), execute: () => "Fulda" });

/** A stream that must not fail: its errors are not thrown, but told. */
const quietly = { onError: () => {} };

for (const [name, provider] of Object.entries(providers)) {
  Deno.test(
    `${name}: generateText() and streamText() give the same text and tokens`,
    withProvider(provider, async (model) => {
      const asked = { model: model("default"), system: "Be brief.", prompt: "Hello" };
      const whole = await generateText(asked);
      expect(whole.text).toContain("“Hello”");
      expect(whole.finishReason).toBe("stop");
      expect(whole.response.modelId).toBe(novaPro);
      expect(whole.warnings ?? []).toEqual([]);
      const stream = streamText(asked);
      let text = "";
      for await (const delta of stream.textStream) text += delta;
      expect(text).toBe(whole.text);
      expect(await stream.finishReason).toBe("stop");
      const { inputTokens, outputTokens } = await stream.usage;
      expect({ inputTokens, outputTokens }).toEqual({
        inputTokens: whole.usage.inputTokens,
        outputTokens: whole.usage.outputTokens,
      });
      expect(inputTokens).toBeGreaterThan(0);
    }),
  );

  for (const modelId of [novaPro, haiku]) {
    Deno.test(
      `${name}: ${modelId} calls tools in two rounds, side by side and without arguments`,
      withProvider(provider, async (model, { bedrock }) => {
        for (const run of [generateText, streamText]) {
          await bedrock.scriptAnswer({
            content: [
              { type: "tool_use", id: "call_1", name: "getWeather", input: { place: "Fulda" } },
              { type: "tool_use", id: "call_2", name: "listPlaces", input: {} },
            ],
          });
          await bedrock.scriptAnswer({
            content: [
              { type: "text", text: "And one more." },
              { type: "tool_use", id: "call_3", name: "getWeather", input: { place: "Kassel" } },
            ],
          });
          const result = await run({
            model: model(modelId),
            prompt: "The weather?",
            tools: { getWeather, listPlaces },
            stopWhen: stepCountIs(5),
          });
          const steps = await result.steps;
          expect(steps.map(({ toolCalls }) => toolCalls.map(({ input }) => input))).toEqual([
            [{ place: "Fulda" }, {}],
            [{ place: "Kassel" }],
            [],
          ]);
          expect(steps.map(({ finishReason }) => finishReason))
            .toEqual(["tool-calls", "tool-calls", "stop"]);
          expect(await result.text).toContain("“Kassel: 21 °C”");
        }
      }),
    );
  }

  Deno.test(
    `${name}: images reach the model`,
    withProvider(provider, async (model) => {
      expect((await askAbout(model(haiku), tinyPng)).text).toMatch(/Images: 1 \(png/);
    }),
  );

  Deno.test(
    `${name}: Output.object() gives an object of its schema`,
    withProvider(provider, async (model) => {
      const schema = z.object({ name: z.string(), email: z.email() });
      const { output } = await generateText({
        model: model(novaPro),
        prompt: "Hello",
        output: Output.object({ schema }),
      });
      expect(Object.keys(output)).toEqual(["name", "email"]);
    }),
  );

  Deno.test(
    `${name}: a stream that breaks is an error, and its finish no success`,
    withProvider(provider, async (model, { bedrock }) => {
      const faults: Fault[] = [
        { kind: "cut", afterFrames: 4, how: "end" },
        { kind: "exception-frame", exception: "ThrottlingException", atFrame: 4 },
      ];
      for (const fault of faults) {
        await bedrock.addFaultRule(fault);
        const stream = streamText({ model: model(novaPro), prompt: "Hello", ...quietly });
        const types: string[] = [];
        const finishes: unknown[] = [];
        for await (const part of stream.stream) {
          types.push(part.type);
          if (part.type === "finish-step") finishes.push(part.finishReason);
        }
        expect(types).toContain("error");
        expect(finishes.filter((reason) => reason !== "error")).toEqual([]);
      }
    }),
  );

  Deno.test(
    `${name}: errors have their status and words, and tell whether to try again`,
    withProvider(provider, async (model, { bedrock }) => {
      const ask = (modelId: string) =>
        errorOf(generateText({ model: model(modelId), prompt: "Hello", maxRetries: 0 }));
      expect(await ask("gpt-99")).toMatchObject({ statusCode: 404, isRetryable: false });
      await bedrock.addFaultRule(
        { kind: "error", exception: "ThrottlingException" },
        { times: "until-removed" },
      );
      expect(await ask("default")).toMatchObject({ statusCode: 429, isRetryable: true });
      await bedrock.clearFaultRules();
      await bedrock.addFaultRule(
        { kind: "error", exception: "ValidationException", message: "messages: odd" },
        { times: "until-removed" },
      );
      const error = await ask("default");
      expect(error).toMatchObject({ statusCode: 400, isRetryable: false });
      expect(error.message).toBe("messages: odd");
    }),
  );
}

function askAbout(model: LanguageModel, data: string | URL) {
  const image = { type: "file", mediaType: "image/png", data } as const;
  return generateText({
    model,
    maxRetries: 0,
    messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, image] }],
  });
}

async function errorOf(asked: Promise<unknown>): Promise<APICallError> {
  try {
    await asked;
  } catch (error) {
    if (APICallError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

Deno.test("@ai-sdk/openai-compatible: thinking comes as reasoning", () =>
  withProvider(providers["@ai-sdk/openai-compatible"]!, async (model, { bedrock }) => {
    for (const run of [generateText, streamText]) {
      await bedrock.scriptAnswer({
        content: [{ type: "thinking", text: "Hm. So." }, { type: "text", text: "Yes." }],
      });
      const result = await run({
        model: model(haiku),
        prompt: "Hello",
        providerOptions: { switchboard: { reasoningEffort: "high" } },
      });
      expect(await result.reasoningText).toBe("Hm. So.");
      expect(await result.text).toBe("Yes.");
    }
  })());

// The other provider fetches them itself.
Deno.test(
  "@ai-sdk/openai: an image that would have to be fetched is refused",
  withProvider(providers["@ai-sdk/openai"]!, async (model) => {
    const error = await errorOf(askAbout(model(haiku), new URL("https://example.com/a.png")));
    expect(error.statusCode).toBe(400);
    expect(error.message).toContain("not fetched");
  }),
);

Deno.test("@ai-sdk/openai: a model without .chat() is told to use it", () =>
  withFreshProject(stack, async (project) => {
    const openai = createOpenAI({
      baseURL: openaiUrl(project),
      apiKey: await apiKeyOf(project.sql),
    });
    const error = await errorOf(
      generateText({ model: openai("default"), prompt: "Hello", maxRetries: 0 }),
    );
    expect(error.statusCode).toBe(404);
    expect(error.message).toContain("openai.chat(model)");
  }));
