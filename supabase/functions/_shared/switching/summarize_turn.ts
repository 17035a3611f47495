import { isErrorCode } from "../core/app_error.ts";
import { errorTable } from "../core/error_table.ts";
import type { Registry } from "../registry/registry.ts";
import { describeSent } from "./turn_content.ts";
import type { TurnFacts } from "./turn_facts.ts";

/** A few sentences for a person: who answered, why, and what was sent besides text. */
export function summarize(facts: TurnFacts, registry: Registry | null): string {
  const { registry_version: version } = facts;
  const unknown = version === null
    ? "No version of the registry is on record, so the rules are not listed."
    : `The registry of version ${version} is not on record, so the rules are not listed.`;
  const outcome = facts.status === "failed"
    ? describeFailure(facts)
    : describeAnswer(facts) + describeIntervention(facts, registry);
  const told = outcome + describeSent(facts.content);
  return registry === null ? `${told} ${unknown}` : told;
}

/** What a code of the record means. */
export function wordsOf(code: string | null): string {
  return isErrorCode(code) ? errorTable[code].message : code ?? "The reason is not on record.";
}

function describeFailure({ error_code, model_id }: TurnFacts): string {
  const of = model_id === null ? "" : ` (${model_id})`;
  return `No model answered: ${wordsOf(error_code)}${of}`;
}

function describeAnswer(facts: TurnFacts): string {
  const { model_id, model_name, status, error_code } = facts;
  const answer = `${model_name ?? model_id ?? "A model"} answered, ${why(facts)}.`;
  return status === "partial"
    ? `${answer} The answer was cut short: ${wordsOf(error_code)}`
    : answer;
}

function describeIntervention(
  { stop_reason, assistant_type }: TurnFacts,
  registry: Registry | null,
): string {
  if (stop_reason !== "guardrail_intervened") return "";
  const guarded = registry?.assistants.find((row) => row.assistant_type === assistant_type);
  return guarded?.guardrail_id
    ? ` Guardrail ${guarded.guardrail_id}, version ${guarded.guardrail_version}, intervened.`
    : " The assistant's guardrail intervened.";
}

function why(
  { reason, assistant_type, requested_model, fallback_code, rollout }: TurnFacts,
): string {
  switch (reason) {
    case "pinned":
      return "because the conversation is pinned to it";
    case "requested":
      return "because the request asked for it";
    case "canary":
      return rollout === null
        ? "because it was the canary of a rollout"
        : `because it was the canary of rollout ${rollout.id}, with ${rollout.share} percent`;
    case "assistant":
      return `because it is the own model of ${assistant_type}`;
    case "use_case":
      return "because it serves the use case";
    case "default":
      return "because it is the default";
    case "priority":
      return "because it is the first available model by priority";
    case "fallback":
      return `in place of ${requested_model}: ${wordsOf(fallback_code).replace(/\.$/, "")}`;
    default:
      return "and no reason is on record";
  }
}
