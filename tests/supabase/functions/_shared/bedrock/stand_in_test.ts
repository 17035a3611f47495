/**
 * The client against the stand-in, which verifies signatures and checks bodies as strictly as AWS:
 * what the formats write has to be accepted, and what comes back has to be understood.
 */
import { expect } from "@std/expect";
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import type { BedrockAuth } from "../../../../../supabase/functions/_shared/bedrock/bedrock_config.ts";
import { invokeModel } from "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts";
import type { ErrorCode } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { type Message, textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { inferenceSettings } from "../../../../../supabase/functions/_shared/formats/inference_settings.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { asked, systemPrompt, userMessage } from "../formats/model_request.ts";
import { modelRow } from "../model_row.ts";
import { type StandIn, standInApiKey, standInCredentials, withStandIn } from "./stand_in.ts";

const keyPair: BedrockAuth = { kind: "key-pair", ...standInCredentials, sessionToken: null };

const nova = modelRow({ model_id: "eu.amazon.nova-lite-v1:0", format: "nova" });
const claude = modelRow({
  model_id: "eu.anthropic.claude-sonnet-5-5",
  format: "claude",
  sampling: "none",
});
const claudeOfOneSetting = modelRow({
  model_id: "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
  format: "claude",
  sampling: "temperature_or_top_p",
});
const novaByConverse = modelRow({ model_id: "eu.amazon.nova-pro-v1:0", format: "converse" });
const claudeByConverse = modelRow({
  model_id: "eu.anthropic.claude-sonnet-5-5",
  format: "converse",
  sampling: "none",
});
const openWeights = modelRow({ model_id: "openai.gpt-oss-20b-1:0", format: "converse" });
const models = [nova, claude, claudeOfOneSetting, novaByConverse, claudeByConverse, openWeights];

function ask(
  { url }: StandIn,
  model: Model,
  messages: readonly Message[],
  { auth = keyPair, totalMs = 10_000 } = {},
) {
  const config = { region: "eu-central-1", endpoint: url, auth };
  return invokeModel({
    client: createBedrockClients(() => config, fetch).forRegion(null),
    request: prepareRequest(
      model,
      asked({ system: systemPrompt("You are brief."), messages }),
      inferenceSettings(model, { temperature: 0, top_p: 0.9, max_tokens: 2000 }),
    ),
    limits: { firstByteMs: totalMs, totalMs },
    now: () => performance.now(),
  });
}

Deno.test("a conversation of two turns is accepted by every kind of model, in every format", async () => {
  await withStandIn(async (standIn) => {
    for (const model of models) {
      const first = await ask(standIn, model, [userMessage("How are you?")]);
      expect(first.answer.stopReason).toBe("end_turn");
      expect(first.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(textOf(first.answer.blocks)).toContain("Messages seen: 1 ");
      expect(textOf(first.answer.blocks)).toContain("You are brief.");

      const { answer } = await ask(standIn, model, [
        userMessage("How are you?"),
        { role: "assistant", blocks: first.answer.blocks, modelId: model.model_id },
        userMessage("And now?"),
      ]);
      expect(textOf(answer.blocks)).toContain("You wrote: “And now?”");
      expect(textOf(answer.blocks)).toContain("Messages seen: 3 ");
      expect(answer.usage.inputTokens).toBeGreaterThan(first.answer.usage.inputTokens!);
      expect(answer.usage.outputTokens).toBeGreaterThan(0);
    }
  });
});

Deno.test("a conversation goes on when it moves from each kind of model to each other", async () => {
  await withStandIn(async (standIn) => {
    for (const from of models) {
      const { answer } = await ask(standIn, from, [userMessage("One")]);
      const written: Message = {
        role: "assistant",
        blocks: answer.blocks,
        modelId: from.model_id,
      };
      for (const to of models) {
        const history = [userMessage("One"), written, userMessage("Two"), userMessage("Three")];
        const moved = await ask(standIn, to, history);
        expect(textOf(moved.answer.blocks)).toContain("Messages seen: 3 ");
      }
    }
  });
});

Deno.test("cached tokens are counted apart from the others, in every format", async () => {
  await withStandIn(async (standIn) => {
    const { control } = standIn;
    const usage = {
      inputTokens: 5,
      outputTokens: 6,
      cacheReadTokens: 700,
      cacheWriteTokens: 80,
    };
    for (const model of [nova, claude, novaByConverse]) {
      await control.scriptAnswer({ content: [{ type: "text", text: "Yes." }], usage });
      const { answer } = await ask(standIn, model, [userMessage("One")]);
      expect(answer.usage).toMatchObject(usage);
    }
  });
});

Deno.test("both kinds of credentials are accepted, and wrong ones are told from the rest", async () => {
  await withStandIn(async (standIn) => {
    const wrong: readonly BedrockAuth[] = [
      { ...keyPair, secretAccessKey: "wrong" },
      { ...keyPair, accessKeyId: "AKIAWRONG" },
      { kind: "api-key", token: "wrong" },
    ];
    for (const model of [nova, novaByConverse]) {
      await ask(standIn, model, [userMessage("One")], {
        auth: { kind: "api-key", token: standInApiKey },
      });
      for (const auth of wrong) {
        await expect(ask(standIn, model, [userMessage("One")], { auth }))
          .rejects.toMatchObject({ code: "bedrock_credentials_rejected" });
      }
    }
  });
});

Deno.test("what a row says wrongly of its model comes back as an error that names the column", async () => {
  const rows: readonly (readonly [Partial<Model>, ErrorCode, RegExp])[] = [
    [{ model_id: "amazon.nova-lite-v1:0" }, "bedrock_model_unavailable", /inference profile/],
    [{ model_id: "eu.amazon.nova-nothing-v1:0" }, "bedrock_model_unavailable", /spelling/],
    [{ format: "claude" }, "bedrock_request_refused", /format/],
    [{ ...claude, sampling: "temperature_and_top_p" }, "bedrock_request_refused", /sampling/],
    [
      { ...claudeOfOneSetting, sampling: "temperature_and_top_p" },
      "bedrock_request_refused",
      /sampling/,
    ],
  ];
  await withStandIn(async (standIn) => {
    for (const [row, code, hint] of rows) {
      await expect(ask(standIn, modelRow(row), [userMessage("One")]))
        .rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    }
  });
});

Deno.test("retired models, denied access, silence and broken answers are told apart", async () => {
  await withStandIn(async (standIn) => {
    const { control } = standIn;
    for (const model of [nova, novaByConverse]) {
      const fails = async (code: ErrorCode, totalMs?: number) => {
        await expect(ask(standIn, model, [userMessage("One")], { totalMs }))
          .rejects.toMatchObject({ code });
      };
      await control.setModel(model.model_id, { lifecycle: "retired" });
      await fails("bedrock_model_end_of_life");
      await control.setModel(model.model_id, { lifecycle: "active", access: "denied" });
      await fails("bedrock_access_denied");
      await control.resetModels();
      await control.addFaultRule({ kind: "hang" });
      await fails("bedrock_timeout", 200);
      await control.addFaultRule({ kind: "cut", afterBytes: 20 });
      await fails("bedrock_bad_response");
      await control.addFaultRule({ kind: "raw", status: 502, body: "<html>Bad gateway</html>" });
      await fails("bedrock_unavailable");
    }
  });
});
