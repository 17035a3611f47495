/** Thinking that travels through `@anthropic-ai/sdk` and back. */
import type Anthropic from "@anthropic-ai/sdk";
import { expect } from "@std/expect";
import { asking, testEachOn, textOf, tools, user } from "../support/anthropic_clients.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const testEach = testEachOn(testStack());
const haiku = "eu.anthropic.claude-haiku-5-5";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

const thoughtful = [
  { type: "thinking" as const, text: " First,\nthe weather… " },
  { type: "redacted_thinking" as const, data: "ZW5jcnlwdGVk" },
  { type: "tool_use" as const, id: "toolu_1", name: "get_weather", input: { place: "Fulda" } },
];

for (const streamed of [false, true]) {
  testEach(
    `thinking goes back to its model byte for byte, and to no other, ${
      streamed ? "streamed" : "at once"
    }`,
    async ({ anthropic }, { bedrock, sql }) => {
      const assistant = await followDefault(sql, sonnet);
      const answerOf = async (asked: Anthropic.MessageCreateParamsNonStreaming) =>
        streamed
          ? await anthropic.messages.stream(asked).finalMessage()
          : await anthropic.messages.create(asked);
      const messages: Anthropic.MessageParam[] = [user("The weather?")];
      const asked = {
        ...asking(),
        max_tokens: 4_000,
        tools,
        thinking: { type: "adaptive" as const },
        messages,
      };
      for (const round of [1, 2]) {
        await bedrock.scriptAnswer({
          content: thoughtful.map((block) =>
            block.type === "tool_use" ? { ...block, id: `toolu_${round}` } : block
          ),
        });
        const answer = await answerOf(asked);
        expect(answer.model).toBe(assistant);
        expect(answer.content.map(({ type }) => type))
          .toEqual(["thinking", "redacted_thinking", "tool_use"]);
        messages.push({ role: "assistant", content: answer.content });
        messages.push(user([{
          type: "tool_result",
          tool_use_id: `toolu_${round}`,
          content: "21 °C",
        }]));
      }
      // The stand-in takes thinking only as it signed it.
      expect(textOf(await answerOf(asked))).toContain("“21 °C”");
      const thinkingIn = async () => {
        const last = (await bedrock.requests()).at(-1)?.body as {
          messages: { content: object[] }[];
        };
        return last.messages.flatMap(({ content }) => content).filter((block) =>
          "type" in block && String(block.type).includes("thinking")
        );
      };
      expect(await thinkingIn()).toHaveLength(4);
      expect(await thinkingIn()).toContainEqual(
        expect.objectContaining({ thinking: thoughtful[0]!.text }),
      );

      await followDefault(sql, haiku);
      const other = await answerOf(asked);
      expect([other.model, textOf(other)]).toEqual([haiku, expect.stringContaining("“21 °C”")]);
      expect(await thinkingIn()).toEqual([]);
      await followDefault(sql, sonnet);
      await answerOf(asked);
      expect(await thinkingIn()).toHaveLength(4);
    },
  );
}

async function followDefault(sql: FreshProject["sql"], modelId: string): Promise<string> {
  await sql`update bedrock_models set is_default = true where model_id = ${modelId}`;
  return modelId;
}
