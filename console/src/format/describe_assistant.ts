import type { ListedAssistant } from "../api/manage_actions.ts";

/** Which models may answer in place of an assistant's own. */
export function describeFallbacks(
  models: ListedAssistant["fallback_models"],
  nameOf: (modelId: string) => string,
): string {
  if (models === null) return "any available model";
  return models.map(nameOf).join(", ") || "no other model";
}

/** What an assistant sets instead of its model. */
export function describeAssistantSettings(config: ListedAssistant["model_config"]): string {
  const set = Object.entries(config).filter(([, value]) => value !== undefined);
  return set.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ") ||
    "those of the model";
}
