import { flatMembers } from "./accepted_betas.ts";
import { encodeCacheMark, encodeClaudeBlock } from "./claude_blocks.ts";
import { tagSaidWords } from "./claude_guard.ts";
import {
  type JsonObject,
  type ModelRequest,
  type PreparedOutput,
  type PreparedTools,
  present,
} from "./model_format.ts";
import { claudeEffort, claudeThinking } from "./thinking_fields.ts";

/**
 * Writes a body of the Messages API with `anthropic_version` in place of `model` and `stream`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export function encodeClaudeRequest(request: ModelRequest): JsonObject {
  const { model, system, tools, betas, inference, output } = request;
  const { messages, config } = tagSaidWords(request);
  const outputConfig = present({
    effort: claudeEffort(request.thinking),
    format: outputFormat(output),
  });
  return present({
    // The one version that every Claude on Bedrock accepts, new and old.
    anthropic_version: "bedrock-2023-05-31",
    anthropic_beta: unlessEmpty(betas),
    max_tokens: inference.maxTokens ?? model.max_tokens,
    system: unlessEmpty(system.map(encodeClaudeBlock)),
    messages: messages.map(({ role, blocks }) => ({
      role,
      content: blocks.map(encodeClaudeBlock),
    })),
    tools: tools && tools.tools.map(encodeTool),
    tool_choice: tools && claudeToolChoice(tools),
    thinking: claudeThinking(request),
    output_config: Object.keys(outputConfig).length === 0 ? null : outputConfig,
    temperature: inference.temperature,
    top_p: inference.topP,
    top_k: inference.topK,
    // One of white space alone is refused.
    stop_sequences: unlessEmpty(inference.stopSequences.filter((text) => text.trim() !== "")),
    ...flatMembers(request.betaMembers),
    ...config,
  });
}

/** Claude's `tool_choice`; null: nothing is said. */
export function claudeToolChoice({ choice, parallel }: PreparedTools): JsonObject | null {
  if (parallel) return choice === null ? null : { ...choice };
  if (choice?.type === "none") return { ...choice };
  return { ...choice ?? { type: "auto" }, disable_parallel_tool_use: true };
}

function encodeTool(
  { name, description, inputSchema, strict, betaMembers, cache }: PreparedTools["tools"][number],
): JsonObject {
  return present({
    name,
    description: description?.trim() ? description : null,
    input_schema: inputSchema,
    strict: strict ? true : null,
    ...flatMembers(betaMembers),
    ...encodeCacheMark(cache),
  });
}

function outputFormat(output: PreparedOutput | null): JsonObject | null {
  return output?.by === "model" ? { type: "json_schema", schema: output.schema.schema } : null;
}

function unlessEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
