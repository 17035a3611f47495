import { type CountedInput, PromptCache } from "../../stand-in/answers/prompt_cache.ts";
import { promptParts } from "../../stand-in/answers/prompt_parts.ts";
import { textTokens } from "../../stand-in/answers/tokens.ts";
import { readRequest } from "../../stand-in/formats/read_request.ts";
import { bodyAlone } from "../../stand-in/formats/read_options.ts";
import type { ServedModel } from "../../stand-in/models/served_model.ts";
import type { Message } from "../../supabase/functions/_shared/core/content.ts";
import { formatOf } from "../../supabase/functions/_shared/formats/formats.ts";
import { inferenceSettings } from "../../supabase/functions/_shared/formats/inference_settings.ts";
import { prepareRequest } from "../../supabase/functions/_shared/formats/prepare_request.ts";
import type { Model } from "../../supabase/functions/_shared/registry/model.ts";

/** A conversation, by its size. */
export interface Conversation {
  readonly turns: number;
  /** Characters. */
  readonly systemPrompt: number;
  readonly question: number;
  readonly answer: number;
  /** Between two turns. */
  readonly seconds: number;
}

/** Tokens of one call. */
export interface CountedCall extends CountedInput {
  readonly output: number;
}

/**
 * The tokens of every call of a conversation: requests as `chat` sends them to the model, counted as
 * the stand-in counts, with a prompt cache that forgets by the conversation's time.
 */
export function countCalls(
  model: Model,
  served: ServedModel,
  { turns, systemPrompt, question, answer, seconds }: Conversation,
): CountedCall[] {
  let now = 0;
  const cache = new PromptCache(() => now);
  const history: Message[] = [];
  const calls: CountedCall[] = [];
  for (let turn = 1; turn <= turns; turn += 1) {
    history.push(said("user", `Question ${turn}. `, question, null));
    const input = cache.count(promptOf(model, served, [...history], systemPrompt), served);
    const reply = said("assistant", `Answer ${turn}. `, answer, model.model_id);
    history.push(reply);
    calls.push({ ...input, output: textTokens(textOf(reply), served) });
    now += seconds * 1_000;
  }
  return calls;
}

function promptOf(
  model: Model,
  served: ServedModel,
  messages: readonly Message[],
  systemPrompt: number,
) {
  const request = prepareRequest(model, {
    system: [{ type: "text", text: filler("You answer questions about health. ", systemPrompt) }],
    messages,
    tools: [],
    toolChoice: null,
    parallelTools: true,
    outputSchema: null,
    effort: null,
    guardrail: null,
    betas: [],
  }, inferenceSettings(model, {}));
  const format = formatOf(request);
  const operation = format.operation === "invoke" ? "InvokeModel" : "Converse";
  // As it arrives: the stand-in refuses what AWS would refuse.
  const body: unknown = JSON.parse(JSON.stringify(format.encodeRequest(request)));
  return promptParts(readRequest(operation, body, served, bodyAlone).question, served);
}

function said(
  role: Message["role"],
  beginning: string,
  length: number,
  modelId: string | null,
): Message {
  return { role, modelId, blocks: [{ type: "text", text: filler(beginning, length) }] };
}

function textOf({ blocks }: Message): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

/** A text of so many characters. */
function filler(beginning: string, length: number): string {
  return beginning.repeat(Math.ceil(length / beginning.length)).slice(0, length).trimEnd();
}
