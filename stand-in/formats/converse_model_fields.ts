import { z } from "zod";
import type { ServedModel } from "../models/served_model.ts";
import { outputConfig, thinking } from "./claude_request.ts";
import { checkClaudeRules, claudeThinks } from "./claude_rules.ts";
import { parseBody } from "./parse_body.ts";
import { modelErrorPrefix } from "./limits.ts";
import { checkReasoning, novaInferenceConfig } from "./nova_request.ts";

/** What Converse itself carries of the settings that a model has rules for. */
export interface ModelFields {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly maxTokens: number | null;
  readonly toolChoice: string | undefined;
  readonly effort: string | undefined;
  readonly asksStructure: boolean;
  readonly endsWithAssistant: boolean;
}

const claudeFields = z.strictObject({
  top_k: z.int().min(0).optional(),
  thinking: thinking.optional(),
  anthropic_beta: z.array(z.string()).optional(),
  output_config: outputConfig.optional(),
});

const novaFields = z.strictObject({
  inferenceConfig: novaInferenceConfig.optional(),
  reasoningConfig: z.looseObject({ type: z.string() }).optional(),
});

/**
 * Reads `additionalModelRequestFields`, which the service hands to the model unread, and applies
 * the model's own rules; errors carry the prefix that says so.
 */
export function readModelFields(
  fields: Readonly<Record<string, unknown>>,
  model: ServedModel,
  asked: ModelFields,
): { topK: number | null; thinks: boolean } {
  switch (model.family) {
    case "claude": {
      const own = parseBody(claudeFields, fields, "fields", modelErrorPrefix);
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
      return { topK: own.top_k ?? null, thinks: claudeThinks(own.thinking?.type, model) };
    }
    case "nova": {
      const own = parseBody(novaFields, fields, "schema", modelErrorPrefix);
      const reasoning = own.inferenceConfig?.reasoningConfig ?? own.reasoningConfig;
      checkReasoning(reasoning?.type, model);
      return { topK: own.inferenceConfig?.topK ?? null, thinks: reasoning?.type === "enabled" };
    }
    case "other":
      return { topK: null, thinks: false };
    default:
      throw new TypeError(`There is no family ${model.family satisfies never}.`);
  }
}
