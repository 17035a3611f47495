import { amazonInference, amazonMessages, amazonSystem, amazonTools } from "./amazon_request.ts";
import { type JsonObject, type ModelRequest, present } from "./model_format.ts";

/** Nova documents its temperature as greater than 0. */
const lowestTemperature = 0.00001;

/**
 * Writes a body of Nova's own. It is close to Converse's, but is checked against a closed schema: a
 * key too many is refused as "extraneous". What it has no place for, such as thinking, goes through
 * Converse (`formatOf()`).
 *
 * @see https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
 */
export function encodeNovaRequest(request: ModelRequest): JsonObject {
  const { tools, inference } = request;
  const { temperature } = inference;
  return present({
    schemaVersion: "messages-v1",
    system: amazonSystem(request.system),
    messages: amazonMessages(request.messages),
    inferenceConfig: present({
      ...amazonInference(inference),
      topK: novaTopK(request),
      temperature: temperature === null ? null : Math.max(temperature, lowestTemperature),
    }),
    toolConfig: tools && amazonTools(tools, tools.choice),
  });
}

/** The highest `topK` that Nova documents. */
const highestTopK = 128;

/**
 * Nova calls tools reliably with greedy decoding only, which thinking does without.
 *
 * @see https://docs.aws.amazon.com/nova/latest/userguide/tool-use-troubleshooting.html
 */
export function novaTopK({ tools, thinking, inference }: ModelRequest): number | null {
  if (thinking?.kind === "level") return null;
  if (tools !== null) return 1;
  return inference.topK === null ? null : Math.min(inference.topK, highestTopK);
}
