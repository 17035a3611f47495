import type { ModelConfig } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { AskedEffort, AskedInference, InferenceSettings } from "./model_format.ts";

/** What a caller sets for one request. */
export interface CallerSettings extends ModelConfig {
  /** The model stops where it would write one of these. */
  readonly stop_sequences?: readonly string[] | undefined;
  /** Sent to models whose format has it, unless their row takes no sampling settings. */
  readonly top_k?: number | undefined;
  /**
   * Thinking as Anthropic's clients ask for it, over `effort`: a model whose row asks in another way
   * gets the nearest effort.
   */
  readonly thinking?: AskedThinking | undefined;
}

/** How a caller asks for thinking. Default of `effort`: the assistant's, else the model's own. */
export type AskedThinking =
  | { readonly type: "enabled"; readonly budgetTokens: number }
  /** `unasked`: `effort` says how much, and asks for none. */
  | { readonly type: "adaptive" | "disabled" | "unasked" };

/**
 * What to send as inference settings: the caller's over the assistant's over the model's, as far as
 * the model accepts them. Of `max_tokens` the least counts: a caller may lower it, and never raise it.
 */
export function inferenceSettings(
  model: Model,
  assistant: ModelConfig,
  caller: CallerSettings = {},
): AskedInference {
  const most = Math.min(assistant.max_tokens ?? model.max_tokens, model.max_tokens);
  return {
    maxTokens: Math.min(caller.max_tokens ?? most, most),
    ...sampling(model, mostSpecific(caller, assistant)),
    topK: model.sampling === "none" ? null : caller.top_k ?? null,
    stopSequences: caller.stop_sequences ?? [],
  };
}

/** The same settings for an answer of at most so many tokens, its thinking included. */
export function limitAnswer(
  inference: Required<AskedInference>,
  tokens: number,
): Required<AskedInference> {
  return {
    ...inference,
    maxTokens: Math.min(inference.maxTokens, tokens),
    mostTokens: Math.min(inference.mostTokens, tokens),
  };
}

/** How much the model is to think: as the caller asks, else as the assistant has it. */
export function askedEffort(
  { thinking, effort }: CallerSettings,
  assistant: ModelConfig,
): AskedEffort | null {
  if (thinking === undefined) return effort ?? assistant.effort ?? null;
  switch (thinking.type) {
    case "disabled":
      return "none";
    case "unasked":
      if (effort === undefined || assistant.effort === "none") return assistant.effort ?? null;
      return assistant.effort === undefined ? { ownEffort: effort } : effort;
    case "adaptive": {
      const much = effort ?? assistant.effort ?? "none";
      return much === "none" ? "adaptive" : much;
    }
    case "enabled":
      return { budgetTokens: thinking.budgetTokens, effort: effort ?? null };
    default:
      return thinking satisfies never;
  }
}

type SamplingConfig = Pick<ModelConfig, "temperature" | "top_p">;

/** Sampling settings belong together: to set one of them is to set both. */
function mostSpecific(caller: SamplingConfig, assistant: SamplingConfig): SamplingConfig {
  const isSet = caller.temperature !== undefined || caller.top_p !== undefined;
  return isSet ? caller : assistant;
}

function sampling(
  model: Model,
  config: SamplingConfig,
): Pick<InferenceSettings, "temperature" | "topP"> {
  const temperature = config.temperature ?? model.temperature;
  const topP = config.top_p ?? model.top_p;
  switch (model.sampling) {
    case "none":
      return { temperature: null, topP: null };
    case "temperature_and_top_p":
      return { temperature, topP };
    case "temperature_or_top_p":
      // A request or an assistant that sets only top_p means it, whatever the model's row says.
      if (config.temperature === undefined && config.top_p !== undefined) {
        return { temperature: null, topP };
      }
      return temperature === null ? { temperature, topP } : { temperature, topP: null };
    default:
      return model.sampling satisfies never;
  }
}
