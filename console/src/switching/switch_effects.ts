/** What a switch would change in the registry, said before it is made; `impact` says for whom. */
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { describeLegacy } from "../format/describe_end.ts";
import { formatPrice } from "../format/money.ts";
import type { RegistryView } from "../state/registry.ts";

export interface Effects {
  readonly facts: readonly { readonly term: string; readonly text: string }[];
  readonly warnings: readonly string[];
}

/** What making a model the default does. */
export function effectsOfDefault(target: Model, { models }: RegistryView, now: number): Effects {
  const former = models.find((model) => model.is_default);
  return {
    facts: [
      { term: "Default", text: `${former?.model_name ?? "none"} → ${target.model_name}` },
      price(former, target),
    ],
    warnings: warningsOf(target, models, now),
  };
}

/** What giving an assistant a model does; null is the default. */
export function effectsOfAssignment(
  assistant: ListedAssistant,
  target: Model | null,
  { models }: RegistryView,
  now: number,
): Effects {
  const standard = models.find((model) => model.is_default);
  const former = assistant.model_version === null
    ? standard
    : models.find((model) => model.model_id === assistant.model_version);
  const present = target ?? standard;
  const label = (model: Model | undefined, follows: boolean) =>
    `${model?.model_name ?? "none"}${follows ? " (the default)" : ""}`;
  return {
    facts: [
      {
        term: "Model",
        text: `${label(former, assistant.follows_default)} → ${label(present, target === null)}`,
      },
      ...(present === undefined ? [] : [price(former, present)]),
    ],
    warnings: target === null ? [] : warningsOf(target, models, now),
  };
}

function price(former: Model | undefined, target: Model) {
  return {
    term: "Price in/out",
    text: `${former === undefined ? "none" : prices(former)} → ${
      prices(target)
    } per million tokens`,
  };
}

function prices(model: Model): string {
  return `${formatPrice(model.input_cost_per_mtok)}/${formatPrice(model.output_cost_per_mtok)}`;
}

function warningsOf(model: Model, models: readonly Model[], now: number): string[] {
  return model.lifecycle === "legacy" ? [describeLegacy(model, models, now)] : [];
}
