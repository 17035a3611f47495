import type { RefusedHistory } from "../core/app_error.ts";
import type { Message, TextBlock } from "../core/content.ts";
import { fitThinking } from "../formats/fit_thinking.ts";
import {
  askedEffort,
  type CallerSettings,
  inferenceSettings,
  limitAnswer,
} from "../formats/inference_settings.ts";
import type {
  Asked,
  AskedInference,
  BetaMembers,
  ModelRequest,
  OutputSchema,
  Tool,
  ToolChoice,
} from "../formats/model_format.ts";
import { prepareRequest } from "../formats/prepare_request.ts";
import { tokensAsked } from "../formats/token_estimate.ts";
import { type Assistant, guardrailOf, type ModelConfig } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { needsOf } from "../selection/content_needs.ts";
import type { AssignedSide, Assignment } from "../selection/rollout_side.ts";
import { chooseModels, type ChosenModels } from "./choose_models.ts";
import { exchangeOf, fitHistory, type SentHistory } from "./history_window.ts";
import { requireFittingText } from "./input_length.ts";
import { compileOutputSchema, type OutputCheck } from "./output_check.ts";
import type { BeginsWith } from "./read_beginning.ts";

/** A request as one model gets it. */
export interface PlannedRequest extends SentHistory {
  readonly request: ModelRequest;
}

/** Which models may answer, and what each of them would be sent. */
export interface RunPlan extends ChosenModels {
  /** What the answer has to fit; null: it is any text. */
  readonly output: OutputCheck | null;
  readonly beginsWith: BeginsWith;
  requestFor(model: Model, call?: PlannedCall): PlannedRequest;
}

/** What differs between the calls of a model. */
export interface PlannedCall {
  /** What is said after the question. Default: nothing. */
  readonly exchange?: readonly Message[];
  /** What the model refused of the history. */
  readonly withheld?: RefusedHistory | undefined;
  /** Most tokens of the answer, its thinking included; default and null: as is asked for. */
  readonly answerTokens?: number | null;
  /** Whether the prompt is cached only where the prices of it are known. Default: always. */
  readonly cachesIfPriced?: boolean;
}

/** What is asked, and what the choice of a model depends on besides the registry. */
export interface RunQuestion {
  /** Oldest first, without the question. */
  readonly history: readonly Message[];
  /** Messages of the conversation in all, in `history` or not. */
  readonly historyLength: number;
  readonly question: Message;
  /** Null: no assistant's prompt, settings, fallbacks or guardrail hold. */
  readonly assistantType: string | null;
  readonly pinnedModelId: string | null;
  /** Whether the pin ended with the rollout that had made it. Default: no. */
  readonly pinIsReverted?: boolean;
  /** What a rollout assigns to a side: a conversation, or a client. Default and null: nothing. */
  readonly unit?: string | null;
  /** The side that the conversation is on; default and null: none yet. */
  readonly assigned?: AssignedSide | null;
  readonly requestedModelId: string | null;
  readonly useCase: string | null;
  /** Whether the caller takes another model's answer. */
  readonly fallback: boolean;
  /**
   * Whether a client sends the whole of it: no guardrail saw its history before. Default: all but the
   * question is of turns, or of ours.
   */
  readonly isCall?: boolean;
  /** The caller's system prompt, behind the assistant's. */
  readonly system?: readonly TextBlock[];
  /** The caller's settings, over the assistant's and the model's. */
  readonly settings?: CallerSettings;
  /** Tools that the model may ask for. Default: none. */
  readonly tools?: readonly Tool[];
  /** Default: the model's own choice. */
  readonly toolChoice?: ToolChoice;
  /** Whether several tools may be called at once. Default: true. */
  readonly parallelTools?: boolean;
  /** Default: any text. */
  readonly outputSchema?: OutputSchema;
  /** Values of `anthropic_beta` that the caller asks for; those that a row does not list go. */
  readonly betas?: readonly string[];
  /** What goes with them in a request. */
  readonly betaMembers?: BetaMembers;
  /**
   * Whether the words of the model's thinking are shown as they come: the first of them then begins
   * the answer, after which no other model takes over. Default: false.
   */
  readonly showsThinking?: boolean;
  /** Ids of the only models that may answer, as a fallback too. Default: all. */
  readonly permittedModelIds?: readonly string[];
}

/**
 * Plans a run.
 *
 * @param historyTokens Most tokens of history that are sent, by estimate and without media; null:
 * all of it is sent
 * @param assignment the side of a rollout that it is on; null: none
 * @throws {AppError} `invalid_request` for a schema that cannot be used, and what `chooseModels`
 * throws
 */
export function planRun(
  registry: Registry,
  question: RunQuestion,
  historyTokens: number | null,
  assignment: Assignment | null = null,
): RunPlan {
  const { pinnedModelId, requestedModelId, assistantType, useCase, outputSchema } = question;
  // A turn goes on with its conversation's model. A call has no such one, and the client's tools may
  // take many calls to come to the answer.
  const asked = historyTokens === null ? exchangeOf(question) : question.question;
  const needs = needsOf(asked, question.tools);
  const request = {
    registry,
    pinnedModelId,
    pinIsReverted: question.pinIsReverted ?? false,
    requestedModelId,
    assistantType,
    useCase,
    needs,
    canaryModelId: assignment?.canaryModelId ?? null,
  };
  const assistant = registry.assistants.find((row) => row.assistant_type === assistantType);
  return {
    ...chooseModels(request, question),
    output: outputSchema === undefined ? null : compileOutputSchema(outputSchema.schema),
    beginsWith: outputSchema === undefined
      ? question.showsThinking ? "thinking" : "answer"
      : "tool-call",
    requestFor: (model, call = {}) => {
      const { exchange = [], withheld, answerTokens = null, cachesIfPriced } = call;
      const asked = { ...askedOf(question, assistant, exchange), withheld, cachesIfPriced };
      return planRequest(model, { assistant, asked, question, historyTokens, answerTokens });
    },
  };
}

/** A request, before it is fitted to a model. */
interface UnfittedRequest {
  readonly assistant: Assistant | undefined;
  readonly asked: Asked;
  readonly question: RunQuestion;
  readonly historyTokens: number | null;
  readonly answerTokens: number | null;
}

function planRequest(model: Model, unfitted: UnfittedRequest): PlannedRequest {
  const { asked, historyTokens, answerTokens } = unfitted;
  const { history, historyLength, question, system } = unfitted.question;
  const inference = inferenceOf(model, unfitted);
  // As is asked for, also where a limit cuts the answer: the history that is sent is the same.
  const { maxTokens } = fitThinking(model, asked.effort, inference).inference;
  const room = model.context_window - (maxTokens ?? model.max_tokens) - tokensAsked(asked);
  const sent = historyTokens === null
    ? history
    : fitHistory(history, question, { text: historyTokens, total: room });
  const whole = guardSystem({ ...asked, messages: [...sent, ...asked.messages] }, system);
  if (historyTokens === null) requireFittingText(model, whole);
  const request = prepareRequest(
    model,
    whole,
    answerTokens === null ? inference : limitAnswer(inference, answerTokens),
  );
  return {
    request,
    messagesSent: sent.length,
    messagesLeftOut: Math.max(0, historyLength - sent.length),
    leftOut: request.leftOut,
  };
}

/** The settings that are asked for, within what the assistant gives to any caller. */
function inferenceOf(
  model: Model,
  { assistant, question: { settings, isCall } }: UnfittedRequest,
): Required<AskedInference> {
  const config = assistant?.model_config ?? {};
  const inference = {
    ...inferenceSettings(model, config, settings),
    mostTokens: isCall ? mostTokens(model, config) : model.max_tokens,
  };
  const most = assistant?.max_output_tokens ?? null;
  return most === null ? inference : limitAnswer(inference, most);
}

/** What an assistant's own settings come to, its thinking included: all that its callers get. */
function mostTokens(model: Model, config: ModelConfig): number {
  const own = fitThinking(model, config.effort ?? null, inferenceSettings(model, config));
  return own.inference.maxTokens ?? model.max_tokens;
}

/**
 * A guardrail looks at no system prompt. Of a call, which its client writes as a whole, the client's
 * goes to the head of what the user says.
 */
function guardSystem(asked: Asked, clients: readonly TextBlock[] = []): Asked {
  if (asked.guardrail === null || !asked.unguarded) return asked;
  return {
    ...asked,
    system: asked.system.filter((block) => !clients.includes(block)),
    messages: [{ role: "user", blocks: clients, modelId: null }, ...asked.messages],
  };
}

/** What the caller and the assistant ask together, without the history. */
function askedOf(
  asked: RunQuestion,
  assistant: Assistant | undefined,
  exchange: readonly Message[],
): Asked {
  const { question, system, settings, outputSchema, toolChoice } = asked;
  return {
    system: [
      { type: "text", text: assistant?.system_prompt ?? "" },
      ...system ?? [],
    ],
    messages: [question, ...exchange],
    tools: asked.tools ?? [],
    toolChoice: toolChoice ?? null,
    parallelTools: asked.parallelTools ?? true,
    outputSchema: outputSchema ?? null,
    effort: askedEffort(settings ?? {}, assistant?.model_config ?? {}),
    guardrail: guardrailOf(assistant),
    unguarded: asked.isCall,
    betas: asked.betas ?? [],
    betaMembers: asked.betaMembers,
  };
}
