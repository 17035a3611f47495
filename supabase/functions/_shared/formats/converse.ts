import { z } from "zod";
import {
  converseBlockSchema,
  decodeConverseBlock,
  encodeConverseBlock,
} from "./converse_blocks.ts";
import { ConverseStreamDecoder } from "./converse_stream.ts";
import type { JsonObject, ModelFormat, ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { prepareRequest } from "./prepare_request.ts";
import { converseStop } from "./stop_reason.ts";
import { converseUsage } from "./usage.ts";

/** The part of an answer that Converse and Nova's own bodies have in common. */
export const converseResponseSchema = z.object({
  output: z.object({
    message: z.object({
      role: z.literal("assistant"),
      content: z.array(converseBlockSchema),
    }),
  }),
  stopReason: z.unknown().optional(),
  usage: z.unknown().optional(),
});

/**
 * Bedrock's own format, for every model that has no better one here.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const converseFormat: ModelFormat = {
  id: "converse",
  operation: "converse",

  encodeRequest(request: ModelRequest): JsonObject {
    const { system, messages } = prepareRequest(request);
    const { maxTokens, temperature, topP, stopSequences } = request.inference;
    return {
      ...(system === null ? {} : { system: [{ text: system }] }),
      messages: messages.map(({ role, blocks }) => ({
        role,
        content: blocks.map(encodeConverseBlock),
      })),
      inferenceConfig: {
        maxTokens,
        ...(temperature === null ? {} : { temperature }),
        ...(topP === null ? {} : { topP }),
        ...(stopSequences.length === 0 ? {} : { stopSequences }),
      },
    };
  },

  decodeResponse(body) {
    const response = parseBody(converseResponseSchema, body, "converse");
    return {
      blocks: response.output.message.content.flatMap(decodeConverseBlock),
      usage: converseUsage(response.usage),
      ...converseStop(response.stopReason),
    };
  },

  createStreamDecoder() {
    return new ConverseStreamDecoder("converse");
  },
};
