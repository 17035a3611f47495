import { amazonInference, amazonMessages, amazonSystem, amazonTools } from "./amazon_request.ts";
import { claudeToolChoice } from "./claude_request.ts";
import { encodeConverseBlock, imageFormat } from "./converse_blocks.ts";
import { guardedMessages, isSaidText } from "./guarded_words.ts";
import {
  type Guardrail,
  type JsonObject,
  type ModelRequest,
  type PreparedOutput,
  present,
} from "./model_format.ts";
import { novaTopK } from "./nova_request.ts";
import type { ReplayableBlock } from "./replayable.ts";
import { claudeEffort, claudeThinking, novaReasoning } from "./thinking_fields.ts";

/**
 * Writes a body of Converse, without the model id.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function encodeConverseRequest(request: ModelRequest): JsonObject {
  const { tools, output, guardrail, betas, metadata = null } = request;
  const ownChoice = makersToolChoice(request);
  const fields = present({
    ...thinkingFields(request),
    ...samplingFields(request),
    anthropic_beta: betas.length === 0 ? null : betas,
    tool_choice: ownChoice,
  });
  return present({
    system: amazonSystem(request.system),
    messages: markedMessages(request),
    inferenceConfig: amazonInference(request.inference),
    // One in the maker's words takes the place of Converse's: both at once are refused.
    toolConfig: tools && amazonTools(tools, ownChoice === null ? tools.choice : null),
    outputConfig: outputConfig(output),
    guardrailConfig: guardrail && guardrailConfig(guardrail),
    additionalModelRequestFields: Object.keys(fields).length === 0 ? null : fields,
    requestMetadata: metadata,
  });
}

/** What Converse has no words for: at most one call at once, and none at all. */
function makersToolChoice({ tools }: ModelRequest): JsonObject | null {
  if (tools === null) return null;
  return tools.parallel && tools.choice?.type !== "none" ? null : claudeToolChoice(tools);
}

function samplingFields(request: ModelRequest): JsonObject {
  const topK = request.model.format === "nova" ? novaTopK(request) : null;
  return topK === null ? {} : { inferenceConfig: { topK } };
}

/** What the service hands to the model unread, in the words of the model's maker. */
function thinkingFields(request: ModelRequest): JsonObject {
  const { thinking, model } = request;
  const mode = model.capabilities.thinking?.mode;
  switch (mode) {
    case "budget":
    case "adaptive": {
      const effort = claudeEffort(thinking);
      return { thinking: claudeThinking(request), output_config: effort && { effort } };
    }
    case "levels":
      return { reasoningConfig: novaReasoning(thinking) };
    case "field":
      return { reasoning_effort: thinking?.kind === "field" ? thinking.effort : null };
    case undefined:
      return {};
    default:
      return mode satisfies never;
  }
}

/**
 * Converse takes a document only with a text beside it, and what a guardrail is to look at is no
 * text to it.
 */
const beside: JsonObject = { text: "(see the document)" };

/** With a guardrail, the words and pictures that it is to look at are marked. */
function markedMessages(request: ModelRequest): JsonObject[] {
  const marked = guardedMessages(request, isGuardable);
  return amazonMessages(request.messages, (block, index) => {
    const encoded = encodeConverseBlock(block);
    if (!marked.has(index)) return [encoded];
    if (block.type === "document") return [encoded, beside];
    return [isGuardable(block) ? { guardContent: guarded(encoded) } : encoded];
  });
}

/**
 * A guardrail looks at no other types of image.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailConverseImageBlock.html
 */
function isGuardable(block: ReplayableBlock): boolean {
  return isSaidText(block) ||
    block.type === "image" && ["png", "jpeg"].includes(imageFormat(block));
}

function guarded(encoded: JsonObject): JsonObject {
  return "text" in encoded ? { text: encoded } : encoded;
}

function guardrailConfig({ id, version }: Guardrail): JsonObject {
  return { guardrailIdentifier: id, guardrailVersion: version, trace: "enabled" };
}

function outputConfig(output: PreparedOutput | null): JsonObject | null {
  if (output?.by !== "model") return null;
  const { name, description, schema } = output.schema;
  const jsonSchema = present({ name, description, schema: JSON.stringify(schema) });
  return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}
