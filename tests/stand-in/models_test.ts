import { ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import { servedModels } from "../../stand-in/models/served_models.ts";
import { novaBody, question, rejection, sdkClient, withStandIn } from "./support.ts";

const refusal = {
  identifier: ["ValidationException", 400, "The provided model identifier is invalid."],
  retired: [
    "ResourceNotFoundException",
    404,
    "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
  ],
  denied: [
    "AccessDeniedException",
    403,
    "You don't have access to the model with the specified model ID.",
  ],
} as const;

Deno.test("ids that AWS does not serve here are refused with AWS's own status and text", () =>
  withStandIn(async ({ client }) => {
    for (
      const [modelId, [name, status, message]] of [
        ["amazon.nova-ultra-v9:0", refusal.identifier],
        ["eu.openai.gpt-oss-120b-1:0", refusal.identifier],
        ["us.amazon.nova-pro-v1:0", refusal.identifier],
        ["global.amazon.nova-pro-v1:0", refusal.identifier],
        ["eu.anthropic.claude-fable-5", refusal.identifier],
        ["eu.anthropic.claude-sonnet-4-20250514-v1:0", refusal.retired],
        ["anthropic.claude-sonnet-4-20250514-v1:0", refusal.retired],
        ["amazon.nova-premier-v1:0", refusal.retired],
        ["us.amazon.nova-premier-v1:0", refusal.retired],
        ["amazon.nova-pro-v1:0", [
          "ValidationException",
          400,
          "Invocation of model ID amazon.nova-pro-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ]],
      ] as const
    ) {
      const error = await rejection(
        client.send(new ConverseCommand({ modelId, messages: question() })),
      );
      expect([modelId, error.name, error.$metadata?.httpStatusCode, error.message])
        .toEqual([modelId, name, status, message]);
      expect(error.$metadata?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  }));

Deno.test("us. profiles are served where the stand-in plays a US region", () =>
  withStandIn(async ({ standIn }) => {
    const client = sdkClient(standIn.url, { region: "us-east-1" });
    const ask = (modelId: string) =>
      client.send(new ConverseCommand({ modelId, messages: question() }));
    expect((await ask("us.amazon.nova-pro-v1:0")).stopReason).toBe("end_turn");
    expect((await rejection(ask("eu.amazon.nova-pro-v1:0"))).name).toBe("ValidationException");
    client.destroy();
  }, { region: "us-east-1" }));

Deno.test("setModel() retires a model or denies it, for one id or all profiles, until reset", () =>
  withStandIn(async ({ client, control }) => {
    const ask = (modelId: string) =>
      client.send(new ConverseCommand({ modelId, messages: question() }));
    const [eu, global] = ["eu.amazon.nova-2-lite-v1:0", "global.amazon.nova-2-lite-v1:0"];
    await control.setModel(eu, { lifecycle: "retired" });
    expect((await rejection(ask(eu))).name).toBe("ResourceNotFoundException");
    expect((await ask(global)).stopReason).toBe("end_turn");
    await control.setModel(eu, { lifecycle: "active" });
    expect((await ask(eu)).stopReason).toBe("end_turn");
    await control.setModel("amazon.nova-2-lite-v1:0", { access: "denied" });
    expect((await rejection(ask(eu))).message).toBe(refusal.denied[2]);
    expect((await rejection(ask(global))).name).toBe("AccessDeniedException");
    await control.resetModels();
    expect((await ask(global)).stopReason).toBe("end_turn");
    await expect(control.setModel("no.such-model", { access: "denied" })).rejects.toThrow("404");
  }));

Deno.test("a model without system messages refuses one", () => {
  const plain = servedModels.map((model) =>
    model.id === "qwen.qwen3-32b-v1:0" ? { ...model, systemPrompt: false } : model
  );
  return withStandIn(async ({ client }) => {
    const input = { modelId: "qwen.qwen3-32b-v1:0", messages: question() };
    expect((await client.send(new ConverseCommand(input))).stopReason).toBe("end_turn");
    const error = await rejection(
      client.send(new ConverseCommand({ ...input, system: [{ text: "Be kind." }] })),
    );
    expect(error.message).toBe(
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    );
  }, { models: plain });
});

Deno.test("models of other vendors are answered through Converse only, and say so", () =>
  withStandIn(async ({ client }) => {
    const error = await rejection(
      client.send(
        new InvokeModelCommand({
          modelId: "qwen.qwen3-32b-v1:0",
          body: JSON.stringify(novaBody()),
        }),
      ),
    );
    expect(error.message).toContain("through Converse and ConverseStream only");
  }));

Deno.test("servedModels names each model once, and each can be called by some id unless it is retired", () => {
  const ids = servedModels.map((model) => model.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const model of servedModels) {
    expect(model.lifecycle === "retired" || model.onDemand || model.profiles.length > 0).toBe(true);
    expect(model.maxOutput).toBeLessThan(model.contextWindow);
  }
});
