import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import { png } from "../support/media.ts";
import { claudeBody, novaBody, question, rejection, type Running, withStandIn } from "./support.ts";

const novaLite = "eu.amazon.nova-lite-v1:0";
const sonnet3 = "anthropic.claude-3-sonnet-20240229-v1:0";
const sonnet45 = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const opus47 = "eu.anthropic.claude-opus-4-7";
const sonnet55 = "eu.anthropic.claude-sonnet-5-5";
const opus5 = "eu.anthropic.claude-opus-5";

const malformed = (problem: string) =>
  `Malformed input request: ${problem}, please reformat your input and try again.`;
const modelError = "The model returned the following errors: ";

async function invokeError({ client }: Running, modelId: string, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const error = await rejection(client.send(new InvokeModelCommand({ modelId, body: text })));
  expect([error.name, error.$metadata?.httpStatusCode]).toEqual(["ValidationException", 400]);
  return error.message;
}

async function converseError({ client }: Running, input: Partial<ConverseCommandInput>) {
  const error = await rejection(
    client.send(new ConverseCommand({ modelId: novaLite, messages: question(), ...input })),
  );
  expect([error.name, error.$metadata?.httpStatusCode]).toEqual(["ValidationException", 400]);
  return error.message;
}

Deno.test("InvokeModel refuses a Nova body that does not fit, and says where", () =>
  withStandIn(async (running) => {
    const user = (content: unknown) => [{ role: "user", content }];
    for (
      const [body, problem] of [
        [{}, "#: required key [messages] not found"],
        [novaBody({ top_p: 1 }), "#: extraneous key [top_p] is not permitted"],
        [
          claudeBody({ messages: question() }),
          [
            "#: extraneous key [anthropic_version] is not permitted",
            "#: extraneous key [max_tokens] is not permitted",
          ].join(", "),
        ],
        [novaBody({ system: "Be kind." }), "#/system: expected type: JSONArray, found: String"],
        [novaBody({ messages: [] }), "#/messages: expected minimum item count: 1, found: 0"],
        [
          { messages: user("Hello") },
          "#/messages/0/content: expected type: JSONArray, found: String",
        ],
        [
          { messages: user([{ text: "" }]) },
          "#/messages/0/content/0/text: expected minLength: 1, actual: 0",
        ],
        [
          { messages: user([{ document: {} }]) },
          "#/messages/0/content/0: extraneous key [document] is not permitted",
        ],
        [
          { messages: [{ content: [{ text: "Hi" }] }] },
          "#/messages/0: required key [role] not found",
        ],
        [
          novaBody({ inferenceConfig: { maxTokens: 0 } }),
          "#/inferenceConfig/maxTokens: 0 is not greater or equal to 1",
        ],
        [
          novaBody({ inferenceConfig: { temperature: 1.5 } }),
          "#/inferenceConfig/temperature: 1.5 is not less or equal to 1",
        ],
        [
          novaBody({ inferenceConfig: { max_tokens: 5 } }),
          "#/inferenceConfig: extraneous key [max_tokens] is not permitted",
        ],
        [
          { messages: user([{}]) },
          "#/messages/0/content/0: a content block has exactly one member",
        ],
        ["{", "the body is not JSON"],
      ] as const
    ) {
      expect(await invokeError(running, novaLite, body)).toBe(malformed(problem));
    }
  }));

Deno.test("InvokeModel refuses a Claude body that does not fit, in the words of the model's age", () =>
  withStandIn(async (running) => {
    const { anthropic_version: _, ...withoutVersion } = claudeBody();
    const { max_tokens: __, ...withoutMaxTokens } = claudeBody();
    for (
      const [body, old, recent] of [
        [
          withoutVersion,
          "#: required key [anthropic_version] not found",
          "anthropic_version: Field required",
        ],
        [withoutMaxTokens, "#: required key [max_tokens] not found", "max_tokens: Field required"],
        [
          claudeBody({ model: "x" }),
          "#: extraneous key [model] is not permitted",
          "model: Extra inputs are not permitted",
        ],
        [
          claudeBody({ max_tokens: 0 }),
          "#/max_tokens: 0 is not greater or equal to 1",
          "max_tokens: Input should be greater than or equal to 1",
        ],
        [
          claudeBody({ messages: [{ role: "user", content: [{ type: "text" }] }] }),
          "#/messages/0/content/0: required key [text] not found",
          "messages.0.content.0.text: Field required",
        ],
        [
          claudeBody({ messages: [{ role: "user" }] }),
          "#/messages/0: required key [content] not found",
          "messages.0.content: Field required",
        ],
      ] as const
    ) {
      expect(await invokeError(running, sonnet3, body)).toBe(malformed(old));
      expect(await invokeError(running, opus47, body)).toBe(recent);
    }
    expect(await invokeError(running, sonnet3, claudeBody({ anthropic_version: "2026-10-21" })))
      .toContain("#/anthropic_version");
    const { client } = running;
    const newer = JSON.stringify(claudeBody({ anthropic_version: "2026-10-21" }));
    await client.send(new InvokeModelCommand({ modelId: opus47, body: newer }));
  }));

Deno.test("InvokeModel refuses a Claude conversation that is out of order or empty", () =>
  withStandIn(async (running) => {
    const say = (role: string, content: unknown = "Hi") => ({ role, content });
    for (
      const [messages, text] of [
        [[say("assistant")], 'messages: first message must use the "user" role'],
        [
          [say("user"), say("user")],
          'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
        ],
        [[say("user", "")], "messages: text content blocks must be non-empty"],
        [[say("user", " \n")], "messages: text content blocks must contain non-whitespace text"],
        [
          [say("user", [])],
          "messages.0: all messages must have non-empty content except for the optional final assistant message",
        ],
      ] as const
    ) {
      expect(await invokeError(running, sonnet3, claudeBody({ messages }))).toBe(text);
    }
  }));

Deno.test("Converse refuses a conversation or a setting that does not fit", () =>
  withStandIn(async (running) => {
    const user = { role: "user" as const, content: [{ text: "Hi" }] };
    const assistant = { role: "assistant" as const, content: [{ text: "Hi" }] };
    const image = { image: { format: "png" as const, source: { bytes: png() } } };
    const start =
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
    for (
      const [input, text] of [
        [{ messages: [] }, start],
        [{ messages: [assistant] }, start],
        [
          { messages: [user, user] },
          "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
        ],
        [
          { messages: [{ role: "user", content: [] }] },
          "The content field in the Message object at messages.0 is empty. Add a ContentBlock object to the content field and try again.",
        ],
        [
          { messages: [user, assistant, { role: "user", content: [{ text: " " }] }] },
          "The text field in the ContentBlock object at messages.2.content.0 is blank. Add text to the text field, and try again.",
        ],
        [
          { messages: [{ role: "robot" as "user", content: user.content }] },
          "1 validation error detected: Value 'robot' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]",
        ],
        [
          { system: [{ text: "" }] },
          "1 validation error detected: Value '' at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ],
        [
          { inferenceConfig: { maxTokens: 0, temperature: 2 } },
          "2 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '2' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
        ],
        [
          { inferenceConfig: { maxTokens: 10_001 } },
          "The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is lower than 10000.",
        ],
        [
          { additionalModelRequestFields: { top_k: 5 } },
          modelError + malformed("#: extraneous key [top_k] is not permitted"),
        ],
        [
          { modelId: sonnet45, additionalModelRequestFields: { topK: 5 } },
          `${modelError}topK: Extra inputs are not permitted`,
        ],
        [
          { modelId: "eu.amazon.nova-micro-v1:0", messages: [{ role: "user", content: [image] }] },
          "This model doesn't support the image field. Remove it and try again.",
        ],
        [
          { messages: [{ role: "user", content: Array(21).fill(image) }] },
          "You can't include more than 20 images in a request.",
        ],
        [
          { messages: [user, { role: "assistant", content: [image] }] },
          "The image field is allowed in messages of the user role only.",
        ],
      ] as [Partial<ConverseCommandInput>, string][]
    ) {
      expect(await converseError(running, input)).toBe(text);
    }
  }));

Deno.test("the sampling settings that each Claude takes are the ones it is documented to take", () =>
  withStandIn(async (running) => {
    const { client } = running;
    const together =
      "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
    for (
      const [modelId, temperature, topP, text] of [
        [sonnet3, 0.5, 0.9, null],
        [sonnet45, 0.5, undefined, null],
        [sonnet45, undefined, 0.9, null],
        [sonnet45, 0.5, 0.9, together],
        ["eu.anthropic.claude-haiku-4-5-20251001-v1:0", 0.5, 0.9, together],
        ["eu.anthropic.claude-sonnet-4-6", 0.5, 0.9, together],
        [opus47, undefined, undefined, null],
        [opus47, 0.5, undefined, "`temperature` is deprecated for this model."],
        [sonnet55, undefined, 0.9, "`top_p` is deprecated for this model."],
        ["eu.anthropic.claude-haiku-5-5", 0.5, 0.9, "`temperature` is deprecated for this model."],
        [novaLite, 0.5, 0.9, null],
      ] as const
    ) {
      const inferenceConfig = {
        ...(temperature === undefined ? {} : { temperature }),
        ...(topP === undefined ? {} : { topP }),
      };
      const body = claudeBody({ temperature, top_p: topP });
      if (text === null) {
        await client.send(new ConverseCommand({ modelId, messages: question(), inferenceConfig }));
        if (modelId === novaLite) continue;
        await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
      } else {
        expect(await converseError(running, { modelId, inferenceConfig })).toBe(modelError + text);
        expect(await invokeError(running, modelId, body)).toBe(text);
      }
    }
  }));

Deno.test("thinking, forced tools and prefill are refused by the Claude models that do not take them", () =>
  withStandIn(async (running) => {
    const useAdaptive = (type: string) =>
      `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`;
    const prefill = [{ role: "user", content: "Hi" }, { role: "assistant", content: "So" }];
    const tools = [{ name: "t", input_schema: { type: "object" } }];
    const forced = { tools, tool_choice: { type: "any" } };
    for (
      const [modelId, extra, text] of [
        [sonnet45, { thinking: { type: "enabled", budget_tokens: 2000 }, max_tokens: 3000 }, null],
        [sonnet45, { thinking: { type: "adaptive" } }, useAdaptive("adaptive")],
        [
          sonnet45,
          { thinking: { type: "enabled", budget_tokens: 100 } },
          "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ],
        [
          sonnet45,
          { thinking: { type: "enabled", budget_tokens: 2000 } },
          "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ],
        [
          sonnet45,
          {
            thinking: { type: "enabled", budget_tokens: 2000 },
            max_tokens: 3000,
            temperature: 0.5,
          },
          "`temperature` may only be set to 1 when thinking is enabled.",
        ],
        [sonnet3, { thinking: { type: "disabled" } }, "thinking: Extra inputs are not permitted"],
        [
          opus47,
          { thinking: { type: "enabled", budget_tokens: 2000 }, max_tokens: 3000 },
          useAdaptive("enabled"),
        ],
        [opus47, { thinking: { type: "disabled" } }, null],
        [opus5, { thinking: { type: "disabled" }, output_config: { effort: "high" } }, null],
        [
          opus5,
          { thinking: { type: "disabled" }, output_config: { effort: "max" } },
          '"thinking.type.disabled" is not supported for this model at this effort.',
        ],
        [sonnet55, { thinking: { type: "disabled" } }, useAdaptive("disabled")],
        [sonnet55, { thinking: { type: "between_tools" } }, null],
        [sonnet45, forced, null],
        [sonnet55, forced, "tool_choice: forcing a tool is not supported for this model."],
        [sonnet45, { messages: prefill }, null],
        [
          opus47,
          { messages: prefill },
          "This model does not support assistant message prefill. The conversation must end with a user message.",
        ],
        [
          opus47,
          { output_config: { format: {} } },
          "output_config.format: Extra inputs are not permitted",
        ],
      ] as const
    ) {
      const body = claudeBody(extra);
      if (text !== null) expect(await invokeError(running, modelId, body)).toBe(text);
      else {
        await running.client.send(
          new InvokeModelCommand({ modelId, body: JSON.stringify(body) }),
        );
      }
    }
  }));

Deno.test("Converse hands the model's own fields on: thinking begins and ends with them", () =>
  withStandIn(async (running) => {
    const kinds = async (
      modelId: string,
      additionalModelRequestFields: NonNullable<
        ConverseCommandInput["additionalModelRequestFields"]
      >,
    ) => {
      const answer = await running.client.send(
        new ConverseCommand({ modelId, messages: question(), additionalModelRequestFields }),
      );
      return answer.output?.message?.content?.flatMap((block) => Object.keys(block));
    };
    const sonnet5 = "eu.anthropic.claude-sonnet-5";
    expect(await kinds(sonnet5, {})).toEqual(["reasoningContent", "text"]);
    expect(await kinds(sonnet5, { thinking: { type: "disabled" } })).toEqual(["text"]);
    const reasoningConfig = { type: "enabled", maxReasoningEffort: "low" };
    const nova2 = "eu.amazon.nova-2-lite-v1:0";
    expect(await kinds(nova2, { reasoningConfig })).toEqual(["reasoningContent", "text"]);
    expect(await kinds(nova2, { inferenceConfig: { topK: 5 } })).toEqual(["text"]);
    expect(
      await converseError(running, { additionalModelRequestFields: { reasoningConfig } }),
    ).toBe("This model doesn't support reasoningConfig.");
  }));

Deno.test("an input that is too long is refused in the words, and at the place, of its family", () =>
  withStandIn(async (running) => {
    const long = "word ".repeat(260_000);
    const messages = question(long);
    const nova =
      `${modelError}Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.`;
    expect(await converseError(running, { messages })).toBe(nova);
    expect(await converseError(running, { messages, modelId: sonnet45 }))
      .toBe(`${modelError}prompt is too long: 325004 tokens > 200000 maximum`);
    const body = claudeBody({ messages: [{ role: "user", content: long }] });
    expect(await invokeError(running, sonnet3, body))
      .toBe("Input is too long for requested model.");

    // As the first frame of a stream, after a 200: send() rejects, without a status.
    const error = await rejection(
      running.client.send(new ConverseStreamCommand({ modelId: novaLite, messages })),
    );
    expect([error.name, error.message]).toEqual(["ValidationException", nova]);
    expect((await running.control.requests()).at(-1))
      .toMatchObject({ status: 200, exception: "ValidationException" });
  }));

Deno.test("a request of more than 25 MB is refused", () =>
  withStandIn(async (running) => {
    const body = JSON.stringify(novaBody({ messages: question("x".repeat(25_000_000)) }));
    expect(await invokeError(running, novaLite, body)).toContain("larger than 25000000 bytes");
  }));
