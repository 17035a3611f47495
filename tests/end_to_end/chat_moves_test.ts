import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";
import { base64, png } from "../supabase/functions/_shared/media_files.ts";

const stack = testStack();
const sonnet = "eu.anthropic.claude-sonnet-5-5";
const opus = "eu.anthropic.claude-opus-5-5";
const novaPro = "eu.amazon.nova-pro-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";
const gptOss = "openai.gpt-oss-120b-1:0";

const tools = [{
  name: "look-up.dose",
  description: "The usual dose of a drug.",
  input_schema: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: { drug: { type: "string" } },
  },
}];

/** A model behind Converse that takes tools, and no images. */
async function useConverse({ sql }: FreshProject): Promise<void> {
  const capabilities = {
    output_schema: false,
    betas: [],
    prefill: false,
    stop_sequences: false,
    count_tokens: false,
    tools: { choices: ["any"], single: false, names: "hyphen", ids: "any", strict: false },
  };
  await sql`
    insert into bedrock_models (model_id, model_name, provider, format, geographies, max_tokens,
      context_window, input_cost_per_mtok, output_cost_per_mtok, is_available, capabilities)
    values (${gptOss}, 'gpt-oss 120b', 'OpenAI', 'converse', '{eu}', 4096, 131000, 0.2, 0.79, true,
      ${sql.json(capabilities)})`;
}

/** Begins a conversation with an image, thinking, a call of a tool and its result, with Claude. */
async function begin(project: FreshProject): Promise<string> {
  const { ask, bedrock, sql } = project;
  await useConverse(project);
  await sql`update ai_assistants set model_version = ${sonnet}, fallback_models = null
    where assistant_type = 'health'`;
  await bedrock.scriptAnswer({
    content: [
      { type: "thinking", text: "A rash. I should look the dose up." },
      { type: "text", text: "Let me look that up." },
      { type: "tool_use", id: "toolu_1", name: "look-up_dose", input: { drug: "cetirizine" } },
      { type: "tool_use", id: "toolu_2", name: "look-up_dose", input: {} },
    ],
  });
  const source = { type: "base64", media_type: "image/png", data: base64(png(500)) };
  const content = [{ type: "text", text: "What helps against this?" }, { type: "image", source }];
  const { status, body } = await ask("patient", { content, tools });
  expect([status, body.message.stop_reason]).toEqual([200, "tool_use"]);
  const calls = body.message.blocks.filter(({ type }: { type: string }) => type === "tool_use");
  expect(calls.map(({ name }: { name: string }) => name)).toEqual(["look-up.dose", "look-up.dose"]);
  const results = calls.map(({ id }: { id: string }) => ({
    type: "tool_result",
    tool_use_id: id,
    content: "10 mg a day",
  }));
  const conversation_id = body.conversation_id;
  const second = await ask("patient", { content: results, tools, conversation_id });
  expect([second.status, second.body.model.model_id]).toEqual([200, sonnet]);
  return conversation_id;
}

/** No call was refused for what was in it. */
async function expectNoRefusal({ bedrock }: FreshProject): Promise<void> {
  const refused = (await bedrock.requests()).filter(({ status, faults }) =>
    status === 400 && faults.length === 0
  );
  expect(refused.map(({ modelId, exception, body }) => [modelId, exception, body])).toEqual([]);
}

Deno.test("a conversation with an image, thinking and tools moves by switch through all families and back", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql } = project;
    const conversation_id = await begin(project);
    const leftOut: Record<string, unknown> = {};
    for (const modelId of [novaPro, gptOss, novaMicro, opus, sonnet]) {
      // A switch moves new conversations; one that has begun moves with its pin.
      await sql`update ai_conversations set model_id = ${modelId} where id = ${conversation_id}`;
      for (const more of [{ tools }, {}]) {
        const { status, body } = await ask("patient", {
          message: "And with ibuprofen?",
          conversation_id,
          ...more,
        });
        expect([modelId, status, body.model?.model_id]).toEqual([modelId, 200, modelId]);
        leftOut[modelId] = body.history.blocks_left_out;
      }
    }
    expect(leftOut[novaPro]).toMatchObject({ thinking: expect.any(Number) });
    expect(leftOut[novaPro]).not.toHaveProperty("image");
    expect(leftOut[gptOss]).toMatchObject({ image: 1, thinking: expect.any(Number) });
    expect(leftOut[novaMicro]).toMatchObject({ image: 1 });
    expect(leftOut[sonnet]).not.toHaveProperty("image");
    await expectNoRefusal(project);
  }));

Deno.test("a conversation with an image, thinking and tools moves by fallback, and comes back", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql, bedrock } = project;
    const conversation_id = await begin(project);
    for (const fallback of [novaPro, gptOss, novaMicro]) {
      await sql`update ai_assistants set fallback_models = ${[fallback]}
        where assistant_type = 'health'`;
      await bedrock.addFaultRule(
        { kind: "error", exception: "AccessDeniedException", message: "denied" },
        { model: sonnet },
      );
      const away = await ask("patient", { message: "And with ibuprofen?", conversation_id, tools });
      expect([away.status, away.body.model?.model_id, away.body.model?.reason])
        .toEqual([200, fallback, "fallback"]);
      const takesImages = fallback === novaPro;
      const thinking = expect.any(Number);
      expect(away.body.history.blocks_left_out).toEqual(
        expect.objectContaining(takesImages ? { thinking } : { image: 1, thinking }),
      );
    }
    await bedrock.clearFaultRules();
    await expectNoRefusal(project);
    await bedrock.clearRequests();
    // A change of the registry has the instances try the model again.
    await sql`update ai_assistants set fallback_models = null where assistant_type = 'health'`;
    const back = await ask("patient", { message: "Thank you.", conversation_id, tools });
    expect([back.status, back.body.model.model_id, back.body.model.reason])
      .toEqual([200, sonnet, "pinned"]);
    expect(back.body.model).not.toHaveProperty("fallback_code");
    expect(back.body.history.blocks_left_out ?? {}).not.toHaveProperty("image");
    const [{ body: sent }] = await bedrock.requests() as unknown as [{ body: unknown }];
    expect(JSON.stringify(sent)).toContain("A rash. I should look the dose up.");
    await expectNoRefusal(project);
  }));

Deno.test("a question with an image is never sent to a model that takes none, by switch or fallback", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql, bedrock } = project;
    await sql`update ai_assistants set model_version = ${novaMicro}, fallback_models = null
      where assistant_type = 'health'`;
    const source = { type: "base64", media_type: "image/png", data: base64(png()) };
    const content = [{ type: "image", source }];
    const stood = await ask("patient", { content });
    expect([stood.status, stood.body.model.requested_model, stood.body.model.fallback_code])
      .toEqual([200, novaMicro, "modality_not_supported"]);
    const refused = await ask("patient", { content, fallback: false });
    expect([refused.status, refused.body.error.code]).toEqual([400, "modality_not_supported"]);
    expect((await bedrock.requests()).map(({ modelId }) => modelId)).not.toContain(novaMicro);
  }));

const refusals = {
  media: {
    message: "messages.0.content.1.image.source.base64: Could not process image",
    withheld: '"image/png"',
    leftOut: { image: 1 },
  },
  thinking: {
    message: "messages.1.content.0: Invalid `signature` in `thinking` block",
    withheld: "A rash. I should look the dose up.",
    leftOut: { thinking: expect.any(Number) },
  },
};
for (const [kind, { message, withheld, leftOut }] of Object.entries(refusals)) {
  Deno.test(`a model that refuses ${kind} of the history is asked once more without`, () =>
    withFreshProject(stack, async (project) => {
      const { ask, bedrock } = project;
      const conversation_id = await begin(project);
      await bedrock.clearRequests();
      await bedrock.addFaultRule(
        { kind: "error", exception: "ValidationException", message },
        { model: sonnet, times: 1 },
      );
      const { status, body } = await ask("patient", {
        message: "And with ibuprofen?",
        conversation_id,
        tools,
        fallback: false,
      });
      expect([status, body.model?.model_id]).toEqual([200, sonnet]);
      expect(body.history.blocks_left_out).toEqual(expect.objectContaining(leftOut));
      const sent = (await bedrock.requests()).map((call) => JSON.stringify(call.body));
      expect(sent.map((call) => call.includes(withheld))).toEqual([true, false]);
    }));
}
