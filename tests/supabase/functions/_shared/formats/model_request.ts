import type { TextBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import type {
  Asked,
  ModelRequest,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { modelRow } from "../model_row.ts";

/** A message of text, before and after it is fitted to a model. */
export interface TextMessage {
  readonly role: "user" | "assistant";
  readonly blocks: readonly TextBlock[];
  readonly modelId: string | null;
}

export function userMessage(text: string): TextMessage {
  return { role: "user", blocks: [{ type: "text", text }], modelId: null };
}

export function assistantMessage(text: string, modelId = "eu.amazon.nova-lite-v1:0"): TextMessage {
  return { role: "assistant", blocks: [{ type: "text", text }], modelId };
}

/** A system prompt of one block. */
export function systemPrompt(text: string): readonly TextBlock[] {
  return [{ type: "text", text }];
}

/** A request of one message, with what a test cares about. */
export function modelRequest(request: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: modelRow(),
    system: [],
    messages: [userMessage("Hello")],
    tools: null,
    inference: { maxTokens: 512, temperature: null, topP: null, topK: null, stopSequences: [] },
    thinking: null,
    output: null,
    guardrail: null,
    betas: [],
    leftOut: {},
    ...request,
  };
}

/** What is asked before it is fitted to a model, with what a test cares about. */
export function asked(of: Partial<Asked> = {}): Asked {
  return {
    system: [],
    messages: [userMessage("Hello")],
    tools: [],
    toolChoice: null,
    parallelTools: true,
    outputSchema: null,
    effort: null,
    guardrail: null,
    betas: [],
    ...of,
  };
}
