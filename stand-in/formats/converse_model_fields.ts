import { z } from "zod";
import type { AskedTools } from "../answers/question.ts";
import { modelErrorPrefix } from "../checks/dialect.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import {
  checkClaudeRules,
  claudeThinks,
  forcedBy,
  outputConfig,
  readFormat,
  thinking,
} from "./claude_rules.ts";
import { claudeToolChoice } from "./claude_tools.ts";
import { checkReasoning, novaInferenceConfig } from "./nova_request.ts";
import { parseBody } from "./parse_body.ts";

/** What Converse itself carries of the settings that a model has rules for. */
export interface ModelFields {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly maxTokens: number | null;
  readonly effort: string | undefined;
  readonly asksStructure: boolean;
  readonly endsWithAssistant: boolean;
  readonly tools: AskedTools | null;
  /** Whether `toolConfig` has a choice. */
  readonly choosesTool: boolean;
}

/** What the model's own fields add. */
interface ReadFields {
  readonly topK: number | null;
  readonly thinks: boolean;
  readonly hidesThinking: boolean;
  readonly asksToThink: boolean;
  readonly budget: boolean;
  readonly tools: AskedTools | null;
  /** Null: none is asked for there. */
  readonly outputSchema: unknown;
}

const claudeFields = z.strictObject({
  top_k: z.int().min(0).optional(),
  thinking: thinking.optional(),
  anthropic_beta: z.array(z.string()).optional(),
  output_config: outputConfig.optional(),
  tool_choice: claudeToolChoice.optional(),
});

const novaFields = z.strictObject({
  inferenceConfig: novaInferenceConfig.optional(),
  reasoningConfig: z.looseObject({ type: z.string() }).optional(),
});

const otherFields = z.strictObject({
  reasoning_effort: z.enum(["low", "medium", "high"]).optional(),
  top_k: z.int().min(0).optional(),
});

/**
 * Reads `additionalModelRequestFields`, which the service hands to the model unread, and applies
 * the model's own rules; errors carry the prefix that says so.
 */
export function readModelFields(
  fields: Readonly<Record<string, unknown>>,
  model: ServedModel,
  asked: ModelFields,
): ReadFields {
  switch (model.family) {
    case "claude":
      return readClaudeFields(fields, model, asked);
    case "nova": {
      const own = parseBody(novaFields, fields, "schema", modelErrorPrefix);
      const reasoning = own.inferenceConfig?.reasoningConfig ?? own.reasoningConfig;
      const maxTokens = asked.maxTokens ?? own.inferenceConfig?.maxTokens;
      checkReasoning(reasoning, { maxTokens }, model, modelErrorPrefix);
      return {
        ...plain(asked),
        topK: own.inferenceConfig?.topK ?? null,
        thinks: reasoning?.type === "enabled",
      };
    }
    case "other": {
      const own = parseBody(otherFields, fields, "schema", modelErrorPrefix);
      if (own.reasoning_effort !== undefined && model.thinking.efforts !== true) {
        // The words of this one are not known.
        throw invalid(`${modelErrorPrefix}reasoning_effort is not supported for this model.`);
      }
      const thinks = own.reasoning_effort !== undefined || model.thinking.byDefault;
      return { ...plain(asked), topK: own.top_k ?? null, thinks };
    }
    default:
      throw new TypeError(`There is no family ${model.family satisfies never}.`);
  }
}

function plain({ tools }: ModelFields): ReadFields {
  return {
    topK: null,
    thinks: false,
    hidesThinking: false,
    asksToThink: false,
    budget: false,
    tools,
    outputSchema: null,
  };
}

function readClaudeFields(
  fields: Readonly<Record<string, unknown>>,
  model: ServedModel,
  asked: ModelFields,
): ReadFields {
  const own = parseBody(claudeFields, fields, "fields", modelErrorPrefix);
  if ((own.anthropic_beta ?? []).some((beta) => !model.betas.converse.includes(beta))) {
    throw invalid(`${modelErrorPrefix}invalid beta flag`);
  }
  const tools = chosen(asked, own.tool_choice);
  checkClaudeRules(
    {
      ...asked,
      top_p: asked.topP,
      top_k: own.top_k,
      thinking: own.thinking,
      effort: own.output_config?.effort ?? asked.effort,
      asksStructure: asked.asksStructure || own.output_config?.format !== undefined,
    },
    model,
    modelErrorPrefix,
  );
  const type = own.thinking?.type;
  return {
    topK: own.top_k ?? null,
    thinks: claudeThinks(type, forcedBy(tools), model),
    hidesThinking: own.thinking?.display === "omitted",
    asksToThink: type !== undefined && type !== "disabled",
    budget: type === "enabled",
    tools,
    outputSchema: readFormat(own.output_config?.format),
  };
}

/** The tools with Claude's own choice, which replaces Converse's and does not join it. */
function chosen(
  { tools, choosesTool }: ModelFields,
  choice: z.infer<typeof claudeToolChoice> | undefined,
): AskedTools | null {
  if (choice === undefined || tools === null) return tools;
  if (choosesTool) {
    throw invalid(
      "The additional field tool_choice conflicts with the field toolConfig.toolChoice. Remove one of them and try again.",
    );
  }
  return {
    ...tools,
    choice: choice.type === "tool" ? { name: choice.name ?? "" } : choice.type,
    parallel: choice.disable_parallel_tool_use !== true,
  };
}
