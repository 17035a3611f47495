import type { ContentBlock, TextBlock } from "../core/content.ts";
import { inferenceSettings } from "../formats/inference_settings.ts";
import type { Asked, Guardrail, ModelRequest } from "../formats/model_format.ts";
import { prepareRequest } from "../formats/prepare_request.ts";
import type { ModelConfig } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";

/** What a probe calls, and as which assistant. */
export interface ProbeSubject {
  readonly model: Model;
  /** Settings of the assistant that differ from the model's row. */
  readonly config: ModelConfig;
  /** The assistant's guardrail. Default: none. */
  readonly guardrail?: Guardrail | null;
  /** Whether to check also what the row says that the model accepts besides text. Default: false. */
  readonly thorough?: boolean;
}

/** Most tokens of an answer in words. A probe passes with an answer that is cut there. */
export const fewTokens = 16;

export const system: TextBlock = {
  type: "text",
  text: "You are being checked. Answer with one word.",
};

/** One question of a probe, fitted to its model as a turn's question is. */
export function probeRequest(
  { model, config, guardrail = null }: ProbeSubject,
  blocks: readonly ContentBlock[],
  mostTokens: number,
  asked: Partial<Asked>,
): ModelRequest {
  const settings = inferenceSettings(model, config);
  return prepareRequest(model, {
    system: [system],
    messages: [{ role: "user", blocks, modelId: null }],
    tools: [],
    toolChoice: null,
    parallelTools: false,
    outputSchema: null,
    effort: null,
    guardrail,
    betas: [],
    ...asked,
  }, { ...settings, maxTokens: Math.min(settings.maxTokens, mostTokens) });
}
