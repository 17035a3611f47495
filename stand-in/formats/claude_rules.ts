import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";

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
  readonly toolChoice?: string | undefined;
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
  if (!model.forcedTools && (asked.toolChoice === "any" || asked.toolChoice === "tool")) {
    // The words of this one are not known.
    refuse("tool_choice: forcing a tool is not supported for this model.");
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

/** Whether the answer begins with thinking. */
export function claudeThinks(type: string | undefined, model: ServedModel): boolean {
  return type === undefined ? model.thinking.byDefault : type !== "disabled";
}
