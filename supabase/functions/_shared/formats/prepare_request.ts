import type { TextBlock } from "../core/content.ts";
import type { Model } from "../registry/model.ts";
import type { Asked, AskedInference, ModelRequest } from "./model_format.ts";
import { normalizeMessages } from "./normalize_messages.ts";
import type { ReplayableMessage } from "./replayable.ts";

/**
 * Fits what is asked to a model: to what its row says that it accepts.
 *
 * @param inference see `inferenceSettings()`
 * @throws {AppError} `invalid_request` where there is nothing to answer
 */
export function prepareRequest(
  model: Model,
  asked: Asked,
  inference: AskedInference,
): ModelRequest {
  const system = asked.system.filter(({ text }) => text.trim() !== "");
  const messages = normalizeMessages(asked.messages, model.model_id);
  const folds = model.system_prompt === "unsupported";
  return {
    model,
    system: folds ? [] : system,
    messages: folds ? prepend(system, messages) : messages,
    tools: null,
    inference,
    thinking: null,
    output: null,
    guardrail: asked.guardrail,
    betas: [],
    leftOut: {},
  };
}

/** Models without a system prompt find it at the head of the user's first message. */
function prepend(
  system: readonly TextBlock[],
  messages: readonly ReplayableMessage[],
): readonly ReplayableMessage[] {
  return messages.map((message, index) =>
    index === 0 ? { ...message, blocks: [...system, ...message.blocks] } : message
  );
}
