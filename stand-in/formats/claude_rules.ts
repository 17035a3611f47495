import { z } from "zod";
import type { AskedTools } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";

export const thinking = z.strictObject({
  type: z.enum(["enabled", "adaptive", "disabled", "between_tools"]),
  budget_tokens: z.int().optional(),
  display: z.enum(["summarized", "omitted"]).optional(),
});

export const outputConfig = z.strictObject({
  effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
  format: z.unknown().optional(),
});

/** The part of a request for which Claude models have rules of their own. */
export interface ClaudeSettings {
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
  readonly maxTokens: number | null;
  readonly thinking?:
    | { readonly type: string; readonly budget_tokens?: number | undefined }
    | undefined;
  readonly effort?: string | undefined;
  readonly asksStructure: boolean;
  readonly endsWithAssistant: boolean;
}

/**
 * Refuses what this Claude model does not take.
 *
 * @param prefix What Converse puts before an error that the model itself reported.
 * @see https://platform.claude.com/docs/en/about-claude/models/migration-guide
 */
export function checkClaudeRules(asked: ClaudeSettings, model: ServedModel, prefix: string): void {
  const refuse = (message: string) => {
    throw invalid(prefix + message);
  };
  checkSampling(asked, model, refuse);
  checkThinking(asked, model, refuse);
  if (asked.effort !== undefined && model.thinking.efforts !== true) {
    refuse("This model does not support the effort parameter.");
  }
  if (!model.structuredOutput && asked.asksStructure) {
    refuse("output_config.format: Extra inputs are not permitted");
  }
  if (!model.prefill && asked.endsWithAssistant) {
    refuse(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
}

/** Refuses a stop sequence of white space alone. */
export function checkClaudeStops(sequences: readonly string[], prefix: string): void {
  if (sequences.some((text) => text.trim() === "")) {
    throw invalid(`${prefix}stop_sequences: each stop sequence must contain non-whitespace`);
  }
}

type Refuse = (message: string) => void;

function checkSampling(asked: ClaudeSettings, model: ServedModel, refuse: Refuse): void {
  const sent = (["temperature", "top_p", "top_k"] as const)
    .filter((name) => asked[name] !== undefined);
  switch (model.sampling) {
    case "both":
      return;
    case "one":
      if (sent.includes("temperature") && sent.includes("top_p")) {
        refuse(
          "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        );
      }
      return;
    case "none":
      // The default value may pass on AWS; only sending nothing is documented as safe.
      if (sent[0] !== undefined) refuse(`\`${sent[0]}\` is deprecated for this model.`);
      return;
    default:
      throw new TypeError(`There is no sampling rule ${model.sampling satisfies never}.`);
  }
}

function checkThinking(asked: ClaudeSettings, model: ServedModel, refuse: Refuse): void {
  const { thinking, maxTokens } = asked;
  if (thinking === undefined) return;
  if (!(model.thinking.types as readonly string[]).includes(thinking.type)) {
    refuse(
      model.thinking.types.length === 0
        ? "thinking: Extra inputs are not permitted"
        : `"thinking.type.${thinking.type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
    );
  }
  const highEffort = asked.effort === "xhigh" || asked.effort === "max";
  if (thinking.type === "disabled" && highEffort && model.thinking.disabledUpToHighEffort) {
    refuse('"thinking.type.disabled" is not supported for this model at this effort.');
  }
  if (thinking.type !== "enabled") return;
  const budget = thinking.budget_tokens;
  if (budget === undefined) refuse("thinking.enabled.budget_tokens: Field required");
  if (budget !== undefined && budget < 1024) {
    refuse("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  }
  if (budget !== undefined && maxTokens !== null && budget >= maxTokens) {
    refuse("`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
  // A long-standing rule of Anthropic's, not checked again on the newest models.
  if (asked.temperature !== undefined && asked.temperature !== 1) {
    refuse("`temperature` may only be set to 1 when thinking is enabled.");
  }
  if (asked.top_k !== undefined) refuse("`top_k` must be unset when thinking is enabled.");
}

/** Whether the answer begins with thinking; a forced call is the first thing otherwise. */
export function claudeThinks(
  type: string | undefined,
  isForced: boolean,
  model: ServedModel,
): boolean {
  return type === undefined ? model.thinking.byDefault && !isForced : type !== "disabled";
}

/** Whether the choice leaves the model no other answer than a call. */
export function forcedBy(tools: AskedTools | null): boolean {
  return tools?.choice === "any" || typeof tools?.choice === "object";
}

const format = z.strictObject({
  type: z.literal("json_schema"),
  schema: z.record(z.string(), z.unknown()),
});

/** The schema in `output_config.format`; null: none. */
export function readFormat(value: unknown): unknown {
  if (value === undefined) return null;
  const parsed = format.safeParse(value);
  if (parsed.success) return parsed.data.schema;
  throw invalid(
    "output_config.format: Input should be an object with type 'json_schema' and schema",
  );
}
