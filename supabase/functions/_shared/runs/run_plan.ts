import type { Message } from "../core/content.ts";
import { inferenceSettings } from "../formats/inference_settings.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { Assistant } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { eachCandidate } from "../selection/candidates.ts";
import { selectModel } from "../selection/select_model.ts";
import type { Selection } from "../selection/selection.ts";
import { estimateTokens, fitHistory } from "./history_window.ts";
import type { BegunTurn } from "../conversations/turn_store.ts";

/** A request as one model gets it, and what of the conversation is not in it. */
export interface PlannedRequest {
  readonly request: ModelRequest;
  /** Messages of the conversation that are sent, without the question. */
  readonly messagesSent: number;
  readonly messagesLeftOut: number;
}

/** Which models may answer a turn, and what each of them would be sent. */
export interface TurnPlan {
  /** The first of the candidates. */
  readonly selected: Selection;
  /** In the order in which they are tried. */
  readonly candidates: Iterable<Selection>;
  /** What may be tried after the first: ids, any (null), or none (empty). */
  readonly fallbackModels: readonly string[] | null;
  requestFor(model: Model): PlannedRequest;
}

export interface TurnPlanOptions {
  readonly registry: Registry;
  readonly turn: BegunTurn;
  readonly question: string;
  readonly requestedModelId: string | null;
  /** Whether the caller takes another model's answer. */
  readonly fallback: boolean;
  /** Most tokens of history, by estimate. */
  readonly historyTokens: number;
}

/**
 * Plans a turn.
 *
 * @throws {AppError} what `selectModel` throws
 */
export function planTurn(options: TurnPlanOptions): TurnPlan {
  const { registry, turn } = options;
  const request = {
    registry,
    pinnedModelId: turn.pinnedModelId,
    requestedModelId: options.requestedModelId,
    assistantType: turn.assistantType,
    useCase: turn.useCase,
  };
  // Says why, where there is no candidate.
  const selected = selectModel(request);
  const assistant = registry.assistants.find((row) => row.assistant_type === turn.assistantType);
  return {
    selected,
    candidates: { [Symbol.iterator]: () => eachCandidate(request) },
    fallbackModels: options.fallback ? assistant?.fallback_models ?? null : [],
    requestFor: (model) => planRequest(model, assistant, options),
  };
}

function planRequest(
  model: Model,
  assistant: Assistant | undefined,
  { turn, question, historyTokens }: TurnPlanOptions,
): PlannedRequest {
  const systemPrompt = assistant?.system_prompt ?? "";
  const inference = inferenceSettings(model, assistant?.model_config ?? {});
  const room = model.context_window - inference.maxTokens -
    estimateTokens(systemPrompt) -
    estimateTokens(question);
  const { messages } = fitHistory(turn.history, Math.min(historyTokens, room));
  const asked: Message = {
    role: "user",
    blocks: [{ type: "text", text: question }],
    modelId: null,
  };
  return {
    request: { model, systemPrompt, messages: [...messages, asked], inference },
    messagesSent: messages.length,
    messagesLeftOut: Math.max(0, 2 * turn.answeredTurns - messages.length),
  };
}
