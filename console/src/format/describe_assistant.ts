import type { ListedAssistant } from "../api/manage_actions.ts";
import { formatCount } from "./numbers.ts";

/** Which models may answer in place of an assistant's own. */
export function describeFallbacks(
  models: ListedAssistant["fallback_models"],
  nameOf: (modelId: string) => string,
): string {
  if (models === null) return "any available model";
  return models.map(nameOf).join(", ") || "no other model";
}

/** What an assistant sets instead of its model, its largest answer, its guardrail, what it requires. */
export function describeAssistantSettings(
  {
    model_config,
    max_output_tokens: most,
    guardrail_id,
    guardrail_version,
    requires_evaluation,
    evaluation_max_age_days: days,
  }: Pick<
    ListedAssistant,
    | "model_config"
    | "max_output_tokens"
    | "guardrail_id"
    | "guardrail_version"
    | "requires_evaluation"
    | "evaluation_max_age_days"
  >,
): string {
  const set = Object.entries(model_config).filter(([, value]) => value !== undefined);
  const settings = set.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ") ||
    "those of the model";
  return [
    settings,
    ...(most === null ? [] : [`answers of at most ${formatCount(most)} tokens`]),
    ...(guardrail_id === null ? [] : [`guardrail ${guardrail_id}, version ${guardrail_version}`]),
    ...(requires_evaluation
      ? [
        `another model only with an evaluation${
          days === null ? "" : `, at most ${formatCount(days)} days old`
        }`,
      ]
      : []),
  ].join("; ");
}
