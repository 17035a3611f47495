import { z } from "zod";
import { claudeBlockSchema, decodeClaudeBlock, encodeClaudeBlock } from "./claude_blocks.ts";
import { ClaudeStreamDecoder } from "./claude_stream.ts";
import type { JsonObject, ModelFormat, ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { prepareRequest } from "./prepare_request.ts";
import { claudeStop } from "./stop_reason.ts";
import { claudeUsage } from "./usage.ts";

const responseSchema = z.object({
  type: z.literal("message"),
  role: z.literal("assistant"),
  content: z.array(claudeBlockSchema),
  stop_reason: z.unknown().optional(),
  usage: z.unknown().optional(),
});

/**
 * Anthropic Claude through InvokeModel: a body of the Messages API with `anthropic_version` in
 * place of `model` and `stream`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export const claudeFormat: ModelFormat = {
  id: "claude",
  operation: "invoke",

  encodeRequest(request: ModelRequest): JsonObject {
    const { system, messages } = prepareRequest(request);
    const { maxTokens, temperature, topP, stopSequences } = request.inference;
    return {
      // The one version that every Claude on Bedrock accepts, new and old.
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: maxTokens,
      ...(system === null ? {} : { system }),
      messages: messages.map(({ role, blocks }) => ({
        role,
        content: blocks.map(encodeClaudeBlock),
      })),
      ...(temperature === null ? {} : { temperature }),
      ...(topP === null ? {} : { top_p: topP }),
      ...(stopSequences.length === 0 ? {} : { stop_sequences: stopSequences }),
    };
  },

  decodeResponse(body) {
    const response = parseBody(responseSchema, body, "claude");
    return {
      blocks: response.content.flatMap(decodeClaudeBlock),
      usage: claudeUsage(response.usage),
      ...claudeStop(response.stop_reason),
    };
  },

  createStreamDecoder() {
    return new ClaudeStreamDecoder();
  },
};
