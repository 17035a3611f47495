import type { ModelRequest } from "./model_format.ts";
import { normalizeMessages, type ReplayableMessage } from "./normalize_messages.ts";

/** What every format starts from when it writes a request. */
export interface PreparedRequest {
  /** Null: none is sent. */
  readonly system: string | null;
  readonly messages: readonly ReplayableMessage[];
}

/**
 * Normalizes the history, and puts the system prompt where the model takes it: models that accept
 * none find it at the head of the first message of the user.
 *
 * @throws {AppError} `invalid_request`, see {@linkcode normalizeMessages}.
 */
export function prepareRequest(request: ModelRequest): PreparedRequest {
  const { model, systemPrompt } = request;
  const messages = normalizeMessages(request.messages, model.model_id);
  if (systemPrompt.trim() === "") return { system: null, messages };
  switch (model.system_prompt) {
    case "supported":
      return { system: systemPrompt, messages };
    case "unsupported":
      return { system: null, messages: prependText(messages, systemPrompt) };
    default:
      return model.system_prompt satisfies never;
  }
}

function prependText(
  messages: readonly ReplayableMessage[],
  text: string,
): readonly ReplayableMessage[] {
  return messages.map((message, index) =>
    index === 0 ? { ...message, blocks: [{ type: "text", text }, ...message.blocks] } : message
  );
}
