import { z } from "zod";
import type { AskedGuardrail, Question } from "../answers/question.ts";
import { checkTtlField } from "../checks/check_caching.ts";
import { modelErrorPrefix } from "../checks/dialect.ts";
import { requestMetadata } from "../wire/request_metadata.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { cachePoint, guardContent, toolConfig } from "./amazon_content.ts";
import { amazonMessages } from "./amazon_parts.ts";
import { readAmazonTools, readSystem } from "./amazon_tools.ts";
import { checkQuestion } from "./check_question.ts";
import { checkTurns } from "./check_turns.ts";
import { checkBlanks, converseContent } from "./converse_content.ts";
import { checkClaudeStops } from "./claude_rules.ts";
import { readModelFields } from "./converse_model_fields.ts";
import { readTextFormat } from "./converse_output.ts";
import { checkMaxTokens } from "./limits.ts";
import { parseBody } from "./parse_body.ts";
import { bodyAlone, type ReadOptions } from "./read_options.ts";

/**
 * Members that the service does not know are skipped, as REST-JSON services do; members of the
 * unions are not, because a union must have exactly one known member.
 */
const body = z.object({
  messages: z.array(z.object({
    role: z.enum(["user", "assistant"]),
    content: z.array(converseContent),
  })).default([]),
  system: z.array(z.union([
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({ cachePoint }),
    z.strictObject({ guardContent }),
  ])).default([]),
  inferenceConfig: z.object({
    maxTokens: z.int().min(1).optional(),
    temperature: z.number().min(0).max(1).optional(),
    topP: z.number().min(0).max(1).optional(),
    stopSequences: z.array(z.string().min(1)).max(2500).optional(),
  }).default({}),
  toolConfig: toolConfig.optional(),
  guardrailConfig: z.object({
    guardrailIdentifier: z.string(),
    guardrailVersion: z.string().regex(/^(|[1-9][0-9]{0,7}|DRAFT)$/),
    trace: z.enum(["enabled", "disabled", "enabled_full"]).default("disabled"),
    streamProcessingMode: z.enum(["sync", "async"]).optional(),
  }).optional(),
  additionalModelRequestFields: z.record(z.string(), z.unknown()).default({}),
  additionalModelResponseFieldPaths: z.array(z.string().min(1).max(256)).max(10).default([]),
  requestMetadata: requestMetadata.optional(),
  outputConfig: z.object({ textFormat: z.unknown().optional(), effort: z.string().optional() })
    .default({}),
});

type Body = z.infer<typeof body>;

/** A Converse request, read. */
export interface ConverseQuestion {
  readonly question: Question;
  /** JSON pointers into the model's own answer, to be returned beside it. */
  readonly responseFieldPaths: readonly string[];
}

/**
 * Reads a body of Converse or ConverseStream.
 *
 * @throws {AwsError} as the service, or the model behind it, refuses it.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function parseConverse(
  input: unknown,
  model: ServedModel,
  { wroteIt }: ReadOptions = bodyAlone,
): ConverseQuestion {
  checkTtlField(input, model, "converse");
  const request = parseBody(body, input, "converse");
  checkTurns(request.messages);
  checkBlanks(request.messages);
  checkSystem(request, model);
  const { inferenceConfig: config } = request;
  checkMaxTokens(config.maxTokens ?? null, model);
  checkStopSequences(config.stopSequences ?? [], model);
  const tools = readAmazonTools(request.toolConfig, refusePoint);
  const fields = readModelFields(request.additionalModelRequestFields, model, {
    temperature: config.temperature,
    topP: config.topP,
    maxTokens: config.maxTokens ?? null,
    effort: request.outputConfig.effort,
    asksStructure: request.outputConfig.textFormat !== undefined,
    endsWithAssistant: request.messages.at(-1)?.role === "assistant",
    tools,
    choosesTool: request.toolConfig?.toolChoice !== undefined,
  });
  const question: Question = {
    system: readSystem(request.system, refusePoint),
    messages: amazonMessages(request.messages, refusePoint),
    settings: {
      maxTokens: config.maxTokens ?? null,
      temperature: config.temperature ?? null,
      topP: config.topP ?? null,
      topK: fields.topK,
      stopSequences: config.stopSequences ?? [],
    },
    thinks: fields.thinks,
    hidesThinking: fields.hidesThinking,
    tools: fields.tools,
    outputSchema: fields.outputSchema ?? readTextFormat(request.outputConfig.textFormat, model),
    guardrail: guardrailOf(request),
  };
  const { asksToThink, budget } = fields;
  checkQuestion(question, { dialect: "converse", asksToThink, budget, wroteIt }, model);
  return { question, responseFieldPaths: request.additionalModelResponseFieldPaths };
}

function refusePoint(message: string): never {
  throw invalid(modelErrorPrefix + message);
}

function checkSystem(request: Body, model: ServedModel): void {
  if (model.systemPrompt || request.system.length === 0) return;
  throw invalid(
    "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
  );
}

function checkStopSequences(sequences: readonly string[], model: ServedModel): void {
  if (sequences.length > 0 && !model.stopSequences) {
    throw invalid(
      "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
    );
  }
  if (model.family === "claude") checkClaudeStops(sequences, modelErrorPrefix);
}

function guardrailOf({ guardrailConfig: config }: Body): AskedGuardrail | null {
  if (config === undefined) return null;
  const { guardrailIdentifier: id, guardrailVersion: version, trace } = config;
  return { id, version, trace: trace !== "disabled" };
}
