import { converseResponseSchema } from "./converse.ts";
import { decodeConverseBlock, encodeConverseBlock } from "./converse_blocks.ts";
import { ConverseStreamDecoder } from "./converse_stream.ts";
import type { JsonObject, ModelFormat, ModelRequest } from "./model_format.ts";
import { parseBody } from "./parse_body.ts";
import { prepareRequest } from "./prepare_request.ts";
import { converseStop } from "./stop_reason.ts";
import { converseUsage } from "./usage.ts";

/** Nova documents its temperature as greater than 0. */
const lowestTemperature = 0.00001;

/**
 * Amazon Nova through InvokeModel. The body is close to Converse's, but is checked against a
 * closed schema: a key too many is refused as "extraneous".
 *
 * @see https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
 */
export const novaFormat: ModelFormat = {
  id: "nova",
  operation: "invoke",

  encodeRequest(request: ModelRequest): JsonObject {
    const { system, messages } = prepareRequest(request);
    const { maxTokens, temperature, topP, stopSequences } = request.inference;
    return {
      schemaVersion: "messages-v1",
      // An array, not a string.
      ...(system === null ? {} : { system: [{ text: system }] }),
      messages: messages.map(({ role, blocks }) => ({
        role,
        content: blocks.map(encodeConverseBlock),
      })),
      inferenceConfig: {
        maxTokens,
        ...(temperature === null ? {} : { temperature: Math.max(temperature, lowestTemperature) }),
        ...(topP === null ? {} : { topP }),
        ...(stopSequences.length === 0 ? {} : { stopSequences }),
      },
    };
  },

  decodeResponse(body) {
    const response = parseBody(converseResponseSchema, body, "nova");
    return {
      blocks: response.output.message.content.flatMap(decodeConverseBlock),
      usage: converseUsage(response.usage),
      ...converseStop(response.stopReason),
    };
  },

  createStreamDecoder() {
    return new ConverseStreamDecoder("nova");
  },
};
