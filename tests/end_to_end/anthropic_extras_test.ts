/** Counts of tokens, betas and pings, on the running stack. */
import { expect } from "@std/expect";
import { asking, testEachOn, tools, user } from "../support/anthropic_clients.ts";
import { apiKeyOf } from "../support/api_key_of.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { base64, pdf } from "../support/media.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const testEach = testEachOn(stack);

const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";
const sonnet35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

testEach(
  "tokens are counted by Bedrock where the row says so, and estimated from above elsewhere",
  async ({ anthropic, exchanges }, { bedrock, sql }) => {
    const counted = async (model: string) => {
      const { max_tokens: _, ...asked } = { ...asking("Hello ".repeat(50)), model, tools };
      const { input_tokens } = await anthropic.messages.countTokens(asked);
      const by = exchanges.at(-1)?.response.headers.get("x-switchboard-token-count");
      return { input_tokens, by };
    };
    const billed = async (model: string) =>
      (await anthropic.messages.create({ ...asking("Hello ".repeat(50)), model, tools })).usage
        .input_tokens;
    expect(await counted(sonnet35)).toEqual({
      input_tokens: await billed(sonnet35),
      by: "bedrock",
    });
    await bedrock.addFaultRule({ kind: "error", exception: "AccessDeniedException" }, {
      operations: ["CountTokens"],
    });
    for (const model of [sonnet35, novaPro]) {
      const { input_tokens, by } = await counted(model);
      expect(by).toBe("estimate");
      expect(input_tokens).toBeGreaterThan(await billed(model));
      // The model's own instructions on tools, which the stand-in has none of.
      expect(input_tokens).toBeGreaterThan(400);
    }
    const source = {
      type: "base64",
      media_type: "application/pdf",
      data: base64(pdf()),
    } as const;
    const refused = await anthropic.messages.countTokens({
      model: haiku,
      messages: [user([{ type: "document", source }])],
    })
      .then(() => null, (error) => error);
    expect([refused?.status, refused?.error?.error?.type]).toEqual([404, "not_found_error"]);
    const rows = await sql`select count(*)::int as calls from ai_usage`;
    expect(rows).toEqual([{ calls: 3 }]);
  },
);

testEach(
  "betas that the model's row does not list are left out, with what goes with them",
  async ({ anthropic }, { bedrock, sql }) => {
    await sql`
      update bedrock_models
      set capabilities = jsonb_set(capabilities, '{betas}', '["context-1m-2025-08-07"]')
      where model_id = ${haiku}`;
    const message = await anthropic.beta.messages.create({
      ...asking(),
      model: haiku,
      betas: ["context-1m-2025-08-07", "claude-code-20250219", "context-management-2025-06-27"],
      context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
      speed: "fast",
      tools: [{
        name: "get_weather",
        input_schema: { type: "object" },
        defer_loading: true,
        cache_control: { type: "ephemeral" },
      }],
    });
    expect(message.stop_reason).toBe("end_turn");
    const [request] = await bedrock.requests();
    const body = request?.body as Record<string, unknown>;
    expect(body["anthropic_beta"]).toEqual(["context-1m-2025-08-07"]);
    expect(Object.keys(body)).not.toContain("context_management");
    expect(JSON.stringify(body)).not.toContain("defer_loading");
  },
);

testEach(
  "a beta that the model's row lists goes to the model, with what goes with it",
  async ({ anthropic }, { bedrock, sql }) => {
    const listed = ["context-management-2025-06-27", "tool-examples-2025-10-29"];
    await sql`
      update bedrock_models
      set capabilities = jsonb_set(capabilities, '{betas}', ${sql.json(listed)})
      where model_id = ${haiku}`;
    const context_management = { edits: [{ type: "clear_tool_uses_20250919" as const }] };
    const input_examples = [{ place: "Fulda" }];
    await anthropic.beta.messages.create({
      ...asking(),
      model: haiku,
      betas: ["context-management-2025-06-27", "advanced-tool-use-2025-11-20"],
      context_management,
      tools: [{ name: "get_weather", input_schema: { type: "object" }, input_examples }],
    });
    const [request] = await bedrock.requests();
    expect(request).toMatchObject({
      body: { anthropic_beta: listed, context_management, tools: [{ input_examples }] },
    });
  },
);

testEach(
  "a system message among the others is read",
  async ({ anthropic }, { bedrock }) => {
    await anthropic.messages.create({
      ...asking(),
      model: haiku,
      messages: [
        user("Hello"),
        { role: "assistant", content: "Hi." },
        { role: "system", content: "Speak of nothing but bees." } as never,
        user("Go on"),
      ],
    });
    const [request] = await bedrock.requests();
    expect(request).toMatchObject({ body: { system: [{ text: "Speak of nothing but bees." }] } });
  },
);

Deno.test("a model that is silent is waited for with pings, which clients count", () =>
  withFreshProject(stack, async ({ apiUrl, bedrock, sql }) => {
    await bedrock.addFaultRule({ kind: "latency", ms: 11_000 });
    const response = await fetch(`${apiUrl}/functions/v1/anthropic/v1/messages?beta=true`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": await apiKeyOf(sql) },
      body: JSON.stringify({ ...asking(), stream: true }),
    });
    const events = (await response.text()).trimEnd().split("\n\n")
      .filter((event) => !event.startsWith(":"));
    const names = events.map((event) => /^event: (.+)$/m.exec(event)?.[1]);
    expect(names.slice(0, 3)).toEqual(["message_start", "ping", "content_block_start"]);
    expect(events[0]).toContain('"model":"default"');
    expect(names.at(-1)).toBe("message_stop");
  }));
