import { expect } from "@std/expect";
import { redactThinking, signThinking } from "../../../stand-in/answers/thinking_signature.ts";
import { parseClaude } from "../../../stand-in/formats/claude_request.ts";
import { assistant, claude, converse, modelError, nova, served, user } from "./support.ts";

const sonnet = served("Sonnet 4.5");
const opus = served("Opus 4.5");
const hi = { type: "text", text: "Hi" };
const thinking = (text: string, signature: string) => ({
  type: "thinking",
  thinking: text,
  signature,
});
const signed = (text: string, model = sonnet) => thinking(text, signThinking(model.id, text));
const amazon = (text: string, signature?: string) => ({
  reasoningContent: { reasoningText: { text, ...signature && { signature } } },
});
const said = { text: "Hi" };

Deno.test("thinking comes back as this model wrote it, or is refused", () => {
  const after = (...content: unknown[]) => ({
    messages: [user(hi), assistant(...content, hi), user(hi)],
  });
  const invalid = "messages.1.content.0: Invalid `signature` in `thinking` block";
  const modified =
    "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.";
  for (
    const [block, text] of [
      [signed("So."), null],
      // The words may be kept from the caller, and are signed as nothing.
      [signed(""), null],
      [{ type: "redacted_thinking", data: redactThinking(sonnet.id, "So.") }, null],
      [thinking("So!", signThinking(sonnet.id, "So.")), modified],
      [thinking("So.", "c2lnbmVk"), invalid],
      [signed("So.", opus), invalid],
      [
        { type: "redacted_thinking", data: redactThinking(opus.id, "So.") },
        "messages.1.content.0: Invalid `data` in `redacted_thinking` block",
      ],
    ] as const
  ) {
    expect([block, claude(after(block))]).toEqual([block, text]);
  }
  const earlier = thinking("So!", signThinking(sonnet.id, "So."));
  const messages = [user(hi), assistant(earlier, hi), user(hi), assistant(hi), user(hi)];
  expect(claude({ messages })).toBe(invalid);
});

Deno.test("what a script signed is known to the stand-in that sent it", () => {
  const body = {
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 10,
    messages: [user(hi), assistant(thinking("So.", "c2ln"), hi), user(hi)],
  };
  const seen: unknown[] = [];
  const question = parseClaude(body, sonnet, {
    headers: new Headers(),
    wroteIt: (modelId, block) => seen.push([modelId, block]) > 0,
  });
  expect(question.messages).toHaveLength(3);
  expect(seen).toEqual([[sonnet.id, { text: "So.", signature: "c2ln" }]]);
});

Deno.test("through Converse thinking is signed too, and never the user's", () => {
  const after = (block: object) => ({ messages: [user(said), assistant(block, said), user(said)] });
  expect(converse(after(amazon("So.", signThinking(sonnet.id, "So."))))).toBeNull();
  expect(converse(after(amazon("So.", "c2ln")))).toBe(
    `${modelError}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`,
  );
  expect(converse(after(amazon("So.")))).toContain("signature: Field required");
  expect(converse({ messages: [user(amazon("So.", signThinking(sonnet.id, "So.")))] }))
    .toBe("User messages cannot contain reasoning content");
  expect(claude({ messages: [user(signed("So."))] }))
    .toBe("User messages cannot contain reasoning content");
});

Deno.test("models that do not sign take no thinking back", () => {
  const messages = [user(said), assistant(amazon("So."), said), user(said)];
  expect(nova({ messages })).toContain("extraneous key [reasoningContent] is not permitted");
  expect(converse({ messages }, served("Nova 2 Lite"))).toContain("reasoningContent field");
  expect(converse({ messages }, served("gpt-oss-120b"))).toContain("reasoningContent field");
});

Deno.test("with a budget, a last turn that calls tools begins with its thinking", () => {
  const tools = [{ name: "look_up", input_schema: { type: "object" } }];
  const use = { type: "tool_use", id: "a", name: "look_up", input: {} };
  const result = { type: "tool_result", tool_use_id: "a", content: "Yes." };
  const asks = (budget: boolean, ...content: unknown[]) => ({
    messages: [user(hi), assistant(...content), user(result)],
    tools,
    ...budget && { thinking: { type: "enabled", budget_tokens: 1024 } },
  });
  expect(claude(asks(true, use))).toContain(
    "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
  );
  expect(claude(asks(true, signed("So."), use))).toBeNull();
  expect(claude(asks(true, signed("So."), hi, use))).toBeNull();
  expect(claude(asks(true, hi, use))).toContain("but found `text`");
  expect(claude(asks(false, use))).toBeNull();

  const amazonUse = { toolUse: { toolUseId: "a", name: "look_up", input: {} } };
  const toolConfig = {
    tools: [{ toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } }],
  };
  const amazonResult = { toolResult: { toolUseId: "a", content: [{ text: "Yes." }] } };
  expect(converse({
    messages: [user(said), assistant(amazonUse), user(amazonResult)],
    toolConfig,
    inferenceConfig: { maxTokens: 3000 },
    additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
  })).toContain(`${modelError}messages.1.content.0.type: Expected \`thinking\``);
});

Deno.test("no tool is forced on a Claude that is asked to think", () => {
  const forced = {
    messages: [user(hi)],
    tools: [{ name: "a", input_schema: { type: "object" } }],
    tool_choice: { type: "any" },
  };
  const text = "Thinking may not be enabled when tool_choice forces tool use.";
  expect(claude({ ...forced, thinking: { type: "enabled", budget_tokens: 1024 } })).toBe(text);
  const opus5 = served("Opus 5");
  expect(claude({ ...forced, thinking: { type: "adaptive" } }, opus5)).toBe(text);
  // A model that thinks by itself just calls.
  expect(claude(forced, opus5)).toBeNull();
});

Deno.test("an effort is taken where the model has efforts, and Nova 2's high leaves maxTokens out", () => {
  const effort = { messages: [user(hi)], output_config: { effort: "low" } };
  expect(claude(effort)).toBe("This model does not support the effort parameter.");
  expect(claude(effort, opus)).toBeNull();
  expect(claude(effort, served("Sonnet 5.5"))).toBeNull();

  const lite = served("Nova 2 Lite");
  const reasoning = (maxReasoningEffort: string, maxTokens?: number) => ({
    messages: [user(said)],
    inferenceConfig: {
      ...maxTokens && { maxTokens },
      reasoningConfig: { type: "enabled", maxReasoningEffort },
    },
  });
  expect(nova(reasoning("high"), lite)).toBeNull();
  expect(nova(reasoning("medium", 500), lite)).toBeNull();
  expect(nova(reasoning("high", 500), lite)).toContain("maxTokens must be unset");
  expect(converse({
    messages: [user(said)],
    inferenceConfig: { maxTokens: 500 },
    additionalModelRequestFields: {
      reasoningConfig: { type: "enabled", maxReasoningEffort: "high" },
    },
  }, lite)).toContain("maxTokens must be unset");

  const field = {
    messages: [user(said)],
    additionalModelRequestFields: { reasoning_effort: "low" },
  };
  expect(converse(field, served("gpt-oss-120b"))).toBeNull();
  expect(converse(field, served("Qwen3 32B"))).toContain("reasoning_effort");
});
