/** How a model is told to think, in the fields of its maker. */
import type { JsonObject, ModelRequest, Thinking } from "./model_format.ts";

/**
 * Claude's `thinking`; null: nothing is said. A model that thinks anyway is asked for its words,
 * which newer ones otherwise leave out, so that they can be shown and the stream is not silent.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
 */
export function claudeThinking({ thinking, model }: ModelRequest): JsonObject | null {
  const inWords = { type: "adaptive", display: "summarized" };
  if (thinking === null) {
    const own = model.capabilities.thinking;
    return own?.mode === "adaptive" && own.by_default ? inWords : null;
  }
  switch (thinking.kind) {
    case "budget":
      return { type: "enabled", budget_tokens: thinking.budgetTokens };
    case "adaptive":
      return inWords;
    case "disabled":
    case "between_tools":
      return { type: thinking.kind };
    case "level":
    case "field":
      return null;
    default:
      return thinking satisfies never;
  }
}

/** Claude's `output_config.effort`. */
export function claudeEffort(thinking: Thinking | null): string | null {
  return thinking?.kind === "adaptive" ? thinking.effort : null;
}

/**
 * Nova's `reasoningConfig`.
 *
 * @see https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
 */
export function novaReasoning(thinking: Thinking | null): JsonObject | null {
  if (thinking?.kind === "level") {
    return { type: "enabled", maxReasoningEffort: thinking.effort };
  }
  return thinking?.kind === "disabled" ? { type: "disabled" } : null;
}

/** Whether the answer may begin with thinking. */
export function mayThink({ thinking, model }: ModelRequest): boolean {
  if (thinking === null) return model.capabilities.thinking?.by_default ?? false;
  return thinking.kind !== "disabled";
}
