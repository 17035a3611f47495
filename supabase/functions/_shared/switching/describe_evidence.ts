import { guardrailOf } from "../registry/assistant.ts";
import type { Registry } from "../registry/registry.ts";
import { provenanceOf } from "../runs/provenance.ts";
import type { Evidence } from "./evidence.ts";
import type { EvidenceFacts } from "./evidence_facts.ts";
import { explainTurn } from "./explain_turn.ts";

/**
 * The evidence of a turn or a call: its explanation, and the rows that stood behind it.
 *
 * @param registry As of the turn; null where it is not known.
 * @param madeAt Now, in ISO 8601.
 */
export function describeEvidence(
  { facts, figures, disclosure, calls, limits, chain, choice, ...parts }: EvidenceFacts,
  registry: Registry | null,
  madeAt: string,
): Evidence {
  const { asked, records, words } = parts;
  return {
    schema_version: 1,
    made_at: madeAt,
    asked,
    ended_at: facts.ended_at,
    explanation: explainTurn(facts, registry),
    provenance: figures === null || figures.status === "failed"
      ? null
      : provenanceOf({ ...figures, model_id: facts.model_id }, disclosure),
    records,
    figures,
    calls: calls.map((call) => ({ ...call, price: sourced(call, registry) })),
    ...choice,
    limits: {
      was_cut: (figures?.answer_tokens_left ?? null) !== null,
      answer_tokens_left: figures?.answer_tokens_left ?? null,
      granted_usd: figures?.granted_usd ?? null,
      counted: limits,
    },
    guardrail: guardrailIn({ facts, figures }, registry),
    regions: {
      function_region: figures?.function_region ?? null,
      model_region: figures?.model_region ?? null,
      model_geographies: figures?.model_geographies ?? null,
      allowed_geographies: registry?.settings.allowed_geographies ?? null,
    },
    audit_log: chain,
    words,
  };
}

/** With where the model's row had its facts from. */
function sourced(
  { model_id, price }: EvidenceFacts["calls"][number],
  registry: Registry | null,
): Evidence["calls"][number]["price"] {
  if (price === null) return null;
  const model = registry?.models.find((row) => row.model_id === model_id);
  return {
    ...price,
    source_url: model?.source_url ?? null,
    checked_on: model?.checked_on ?? null,
  };
}

function guardrailIn(
  { facts, figures }: Pick<EvidenceFacts, "facts" | "figures">,
  registry: Registry | null,
): Evidence["guardrail"] {
  const guardrail = guardrailOf(
    registry?.assistants.find((row) => row.assistant_type === facts.assistant_type),
  );
  // In the provider's word also where words were only masked.
  const intervened = [figures?.stop_reason, figures?.provider_stop_reason]
    .includes("guardrail_intervened");
  return guardrail && { ...guardrail, intervened };
}
