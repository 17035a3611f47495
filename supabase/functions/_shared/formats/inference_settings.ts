import type { ModelConfig } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { InferenceSettings } from "./model_format.ts";

/**
 * What to send as inference settings: the assistant's settings over the model's, as far as the
 * model accepts them. `max_tokens` is never more than the model's.
 */
export function inferenceSettings(model: Model, config: ModelConfig): InferenceSettings {
  return {
    maxTokens: Math.min(config.max_tokens ?? model.max_tokens, model.max_tokens),
    ...sampling(model, config),
  };
}

function sampling(
  model: Model,
  config: ModelConfig,
): Pick<InferenceSettings, "temperature" | "topP"> {
  const temperature = config.temperature ?? model.temperature;
  const topP = config.top_p ?? model.top_p;
  switch (model.sampling) {
    case "none":
      return { temperature: null, topP: null };
    case "temperature_and_top_p":
      return { temperature, topP };
    case "temperature_or_top_p":
      // An assistant that sets only top_p means it, whatever the model's row says.
      if (config.temperature === undefined && config.top_p !== undefined) {
        return { temperature: null, topP };
      }
      return temperature === null ? { temperature, topP } : { temperature, topP: null };
    default:
      return model.sampling satisfies never;
  }
}
