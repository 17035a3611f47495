import type { ModelUses, Successor } from "../api/manage_actions.ts";
import { formatCount } from "./numbers.ts";

interface Fact {
  readonly term: string;
  readonly text: string;
}

type NameOf = (modelId: string | null) => string;

/** Says what uses a model, one fact for each way in which it is used. */
export function describeUses(uses: ModelUses, nameOf: NameOf): readonly Fact[] {
  const facts = [
    { term: "Default", text: uses.is_default ? "yes" : "" },
    { term: "Model of", text: uses.assistants.join(", ") },
    { term: "In the fallbacks of", text: uses.fallback_lists.join(", ") },
    { term: "Named by callers of", text: uses.allowed_lists.join(", ") },
    { term: "Aliases", text: uses.aliases.join(", ") },
    {
      term: "API keys",
      text: uses.api_keys.map(({ name, prefix }) => `${name} (${prefix}…)`).join(", "),
    },
    { term: "Rollouts", text: uses.rollouts.map((id) => `${id}, which ends`).join(", ") },
    { term: "Successor of", text: uses.successor_of.map(nameOf).join(", ") },
    {
      term: "Pinned conversations",
      text: uses.pins.map(({ assistant_type, conversations, recent }) =>
        `${assistant_type}: ${formatCount(conversations)}, ${
          formatCount(recent)
        } of them used in 30 days`
      ).join("; "),
    },
  ].filter(({ text }) => text !== "");
  return facts.length === 0 ? [{ term: "Uses", text: "Nothing uses it." }] : facts;
}

/** Says which model follows another, and at what price. */
export function describeSuccessor(successor: Successor | null, nameOf: NameOf): string {
  if (successor === null) return "none";
  const { input_price_ratio: input, output_price_ratio: output } = successor;
  return [
    `${nameOf(successor.model_id)}${successor.is_recorded ? "" : " (proposed)"}`,
    ...input === null ? [] : [`${input} × the price of input`],
    ...output === null ? [] : [`${output} × of output`],
    ...successor.is_available ? [] : ["not available"],
  ].join(", ");
}
