import type { Message } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { ModelRequest } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { modelRow } from "../model_row.ts";

export function userMessage(text: string): Message {
  return { role: "user", blocks: [{ type: "text", text }], modelId: null };
}

export function assistantMessage(text: string, modelId = "eu.amazon.nova-lite-v1:0"): Message {
  return { role: "assistant", blocks: [{ type: "text", text }], modelId };
}

/** A request of one message, with what a test cares about. */
export function modelRequest(request: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: modelRow(),
    systemPrompt: "",
    messages: [userMessage("Hello")],
    inference: { maxTokens: 512, temperature: null, topP: null, stopSequences: [] },
    ...request,
  };
}
