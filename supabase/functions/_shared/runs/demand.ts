import { mediaOf } from "../core/content.ts";
import { estimateTokens, tokensAsked, tokensOfToolPrompt } from "../formats/token_estimate.ts";
import { type Demand, leastAnswerTokens } from "../limits/budget.ts";
import type { RunQuestion } from "./run_plan.ts";

/** What of a question is known before the run begins, and has a part in its cost. */
export type DemandingQuestion = Pick<
  RunQuestion,
  "history" | "question" | "system" | "tools" | "outputSchema" | "settings" | "fallback"
>;

/**
 * Tokens of what a model may be told besides: how it has to answer, that it may call tools, what it
 * is not shown, and the frames of the messages that Postgres adds.
 */
const tokensOfInstructions = 1_500;

/**
 * What a run may ask for at most, as far as its question tells: the prompt by estimate from above,
 * as each call is estimated that its budget has to pay for.
 */
export function demandOf(asked: DemandingQuestion): Demand {
  const { history, question, system = [], tools = [], outputSchema, settings = {} } = asked;
  const messages = [...history, question];
  // A model that takes no such documents is told their names.
  const names = messages.flatMap(({ blocks }) => mediaOf(blocks))
    .flatMap((block) => block.type === "document" ? [block.name] : []);
  const schema = outputSchema === undefined ? "" : JSON.stringify(outputSchema);
  return {
    input_tokens: tokensAsked({ system, messages, tools }) +
      estimateTokens(names.join("") + schema) +
      (tools.length === 0 ? 0 : tokensOfToolPrompt) + tokensOfInstructions,
    max_tokens: settings.max_tokens ?? null,
    thinks: mayThink(settings),
    fallback: asked.fallback,
    least_tokens: leastAnswerTokens,
  };
}

/** Also where an effort is named that only models get which think by themselves. */
function mayThink({ thinking, effort }: NonNullable<RunQuestion["settings"]>): boolean {
  if (thinking?.type === "disabled") return false;
  return thinking !== undefined && thinking.type !== "unasked" ||
    effort !== undefined && effort !== "none";
}
