import type { Registry } from "../registry/registry.ts";
import { listNames } from "../selection/named_model.ts";
import type { ApiKeyRow } from "./api_key.ts";

/** Why calls with a key will be refused, in words. */
export function keyWarnings(
  registry: Registry,
  { assistant_type: assistantType, models }: Pick<ApiKeyRow, "assistant_type" | "models">,
): string[] {
  const assistant = registry.assistants.find((each) => each.assistant_type === assistantType);
  if (assistant?.is_active === false) {
    return [`The assistant ${assistantType} is not active: all calls with the key are refused.`];
  }
  const names = listNames(registry, { assistantType, models });
  const standard = names.find(({ name }) => name === "default");
  if (typeof standard?.modelId === "string") return [];
  const others = names.filter(({ modelId }) => modelId !== null).map(({ name }) => name);
  return [
    "No model of the key's scope answers calls for default, which are refused; " +
    (others.length === 0 ? "there is no other name." : `other names are ${others.join(", ")}.`),
  ];
}
