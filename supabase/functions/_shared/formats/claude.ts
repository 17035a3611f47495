import { z } from "zod";
import { claudeBlockSchema, decodeClaudeBlock } from "./claude_blocks.ts";
import { encodeClaudeRequest } from "./claude_request.ts";
import { ClaudeStreamDecoder } from "./claude_stream.ts";
import { GuardrailWatch } from "./guardrail_watch.ts";
import { isJsonObject, type ModelFormat } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { claudeStop, meantStop, metSequence } from "./stop_reason.ts";
import { readToolUses, withoutCutCall } from "./tool_answer.ts";
import { claudeUsage } from "./usage.ts";

const responseSchema = z.object({
  type: z.literal("message"),
  role: z.literal("assistant"),
  content: z.array(claudeBlockSchema),
  stop_reason: z.unknown().optional(),
  stop_sequence: z.unknown().optional(),
  usage: z.unknown().optional(),
});

/** Anthropic Claude through InvokeModel. */
export const claudeFormat: ModelFormat = {
  id: "claude",
  operation: "invoke",
  encodeRequest: encodeClaudeRequest,

  decodeResponse(body, request) {
    const guardrail = new GuardrailWatch();
    const answer = isJsonObject(body) ? guardrail.strip(body) : body;
    const response = parseBody(responseSchema, answer, "claude");
    const stop = claudeStop(response.stop_reason);
    const come = withoutCutCall(response.content.flatMap(decodeClaudeBlock), stop, request);
    const blocks = readToolUses(come, request);
    return {
      blocks,
      usage: claudeUsage(response.usage),
      ...meantStop(stop, { blocks, request, guardrail }),
      ...metSequence(response.stop_sequence),
    };
  },

  createStreamDecoder(request) {
    return new ClaudeStreamDecoder(request);
  },
};
