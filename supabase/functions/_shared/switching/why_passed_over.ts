import type { Assistant } from "../registry/assistant.ts";
import { leastAnswerTokens } from "../limits/budget.ts";
import { mostCost } from "../limits/most_cost.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { type Choice, describeChoice } from "../selection/choices.ts";
import type { Explanation } from "./explain.ts";
import { wordsOf } from "./summarize_turn.ts";
import { needsIn } from "./turn_content.ts";
import type { TurnFacts } from "./turn_facts.ts";

type Cause = Pick<Explanation["rules"][number], "code" | "message">;

/** Why a model that a rule named did not answer: by the registry, or by what came of its call. */
export function whyPassedOver(
  { model, obstacle }: Pick<Choice, "model" | "obstacle">,
  facts: TurnFacts,
  registry: Registry,
): Cause {
  if (obstacle !== null) {
    const needs = needsIn(facts.content);
    const { code, message } = describeChoice(obstacle, model, {
      registry,
      needs,
      assistantType: facts.assistant_type,
    });
    return { code, message };
  }
  const { model_id: id } = model;
  const call = facts.calls.find(({ model_id }) => model_id === id);
  const code = id === facts.requested_model
    ? facts.fallback_code
    : facts.status === "failed" && id === facts.model_id
    ? facts.error_code
    : call?.error_code ?? null;
  if (code !== null) return { code, message: wordsOf(code) };
  const assistant = registry.assistants.find((row) => row.assistant_type === facts.assistant_type);
  return standsNotIn(id, assistant, facts) ?? unaffordable(model, facts) ?? uncalled(facts);
}

/**
 * A stand-in that cost more than was left of what the run was allowed to cost: the prompt as it was
 * counted, and the shortest answer that is worth a call. Null where it did not, as far as is known.
 */
export function unaffordable(
  model: Model,
  { reason, granted_usd: granted, prompt_tokens: prompt, calls }: TurnFacts,
): Cause | null {
  if (reason !== "fallback" || granted === null) return null;
  const least = mostCost(model, prompt ?? 0, leastAnswerTokens);
  if (least === null) {
    return { code: "price_unknown", message: "Its price is not known, and a limit in USD held." };
  }
  const left = calls.reduce((left, { cost_usd }) => left - (cost_usd ?? 0), granted);
  if (least <= left) return null;
  return { code: "limit_exceeded", message: "It would have cost more than a limit left." };
}

/** A model that nothing on record keeps from answering. */
function uncalled({ content, fallback_code, granted_usd }: TurnFacts): Cause {
  if (fallback_code !== "modality_not_supported") {
    const reasons = granted_usd === null
      ? "it was not reached, or was suspended in that instance"
      : "it was not reached, was suspended in that instance, or cost more than a limit left";
    return { code: null, message: `No reason is on record: ${reasons}.` };
  }
  const what = content?.media.length === 0 ? "the request's tools" : "the message's content";
  return {
    code: null,
    message: `No call is on record: it could not take ${what}, or was not reached.`,
  };
}

/** A stand-in that the assistant's list does not name. */
function standsNotIn(
  modelId: string,
  assistant: Assistant | undefined,
  { requested_model }: TurnFacts,
): Cause | null {
  const allowed = assistant?.fallback_models ?? null;
  if (requested_model === null || allowed === null || allowed.includes(modelId)) return null;
  return {
    code: "not_a_fallback",
    message: "It is not among the assistant's fallback_models.",
  };
}
