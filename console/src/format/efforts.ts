import type { Effort } from "../../../supabase/functions/_shared/registry/capabilities.ts";
import type { ListedModel } from "../api/manage_actions.ts";

/** How much a model is to think, in the words of the API, and in what order. */
export const effortNames: Readonly<Record<Effort, string>> = {
  none: "none",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
};

/** Which of them a model has. */
export function describeEfforts(
  { model_name: name, capabilities: { thinking } }: Pick<
    ListedModel,
    "model_name" | "capabilities"
  >,
): string {
  if (thinking === undefined) return `${name} does not think.`;
  const { efforts, by_default: byDefault, off } = thinking;
  const stops = byDefault && off === "omitted" ? "" : "none, ";
  return `${name} has ${stops}${efforts.join(", ")}. Another is taken as the nearest of them.`;
}
