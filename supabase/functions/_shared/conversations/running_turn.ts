import { AppError } from "../core/app_error.ts";
import { type ContentBlock, textOf } from "../core/content.ts";
import { outcomeOf, run } from "../runs/run.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import type { RunQuestion } from "../runs/run_plan.ts";
import type { RunDependencies, RunRequest } from "../runs/run_request.ts";
import { type Completion, type OpenTurn, settleTurn } from "./settle_turn.ts";
import { type StoredAnswer, unstoredAnswer } from "./stored_answer.ts";
import { loadMedia, saveMedia } from "./stored_media.ts";
import type { FinishedTurn, Turn, TurnEvent } from "./turn.ts";
import type { TurnOptions, TurnRequest } from "./turn_options.ts";

/**
 * A turn whose question is stored and whose answer is owed.
 *
 * @param startedAt when the request came, by the clock
 */
export function runningTurn(open: OpenTurn, startedAt: number, options: TurnOptions): Turn {
  const stops = (open.request.onDisconnect ?? open.turn.onDisconnect) === "stop";
  const begin = async (streamed: boolean, gone: () => AbortSignal) => {
    const signal = stops ? gone() : undefined;
    const request = await requestOf(open, startedAt, options);
    return run({ ...request, streamed, signal }, {
      ...keepingMedia(open, options),
      raiseBudget: (total) => options.turns.raise(open.turn.questionId, total),
    });
  };

  async function settled(outcome: RunOutcome): Promise<TurnEvent> {
    const completion = await settleTurn(open, outcome, options);
    return lastEvent(open, outcome, completion, options);
  }

  async function* stream(gone: AbortSignal): AsyncGenerator<readonly TurnEvent[], void, void> {
    let modelId = "";
    for await (const events of await begin(true, () => gone)) {
      const shown: TurnEvent[] = [];
      for (const event of events) {
        switch (event.type) {
          case "thinking":
            modelId = event.modelId;
            shown.push({ type: "thinking", modelId, text: null });
            break;
          case "start":
            modelId = event.start.modelId;
            shown.push({ type: "turn-start", start: { ...event.start, ...idsOf(open) } });
            break;
          case "text-delta":
            shown.push(event);
            break;
          case "thinking-delta":
            if (open.request.showThinking) {
              shown.push({ type: "thinking", modelId, text: event.text });
            }
            break;
          case "block-end":
            shown.push(...toolCalls(event.blocks));
            break;
          case "stop":
            shown.push(await settled(event.outcome));
            break;
          // Not shown: what other events tell, and what the answer holds anyway.
          case "thinking-start":
          case "tool-use-start":
          case "tool-input-delta":
          case "usage":
            break;
          default:
            event satisfies never;
        }
      }
      if (shown.length > 0) yield shown;
    }
  }

  return {
    async answer(gone) {
      const outcome = await outcomeOf(await begin(false, gone));
      const completion = await settleTurn(open, outcome, options);
      if (outcome.kind !== "complete") throw outcome.error;
      return finished(open, outcome, completion, options);
    },
    stream,
  };
}

/**
 * Keeps the media of the question beside the first call of a model: a question that none takes costs
 * no room, and no answer waits for Storage.
 */
function keepingMedia(open: OpenTurn, options: TurnOptions): RunDependencies {
  let isKept = open.request.uploads.length === 0;
  const keep = () => {
    if (!isKept) options.continueInBackground(keepMedia(open, options));
    isKept = true;
  };
  return {
    ...options,
    callModel: (...call) => {
      keep();
      return options.callModel(...call);
    },
    streamModel: (...call) => {
      keep();
      return options.streamModel(...call);
    },
  };
}

/** Keeps the media of the question; what could not be kept is reported. */
async function keepMedia({ turn, request }: OpenTurn, options: TurnOptions): Promise<void> {
  const failures = await saveMedia(request.uploads, options.objects, options.now);
  if (failures.length > 0) {
    options.reportMediaLoss(turn.questionId, failures.length, failures[0]);
  }
}

function toolCalls(blocks: readonly ContentBlock[]): readonly TurnEvent[] {
  return blocks.flatMap((block) =>
    block.type === "tool-use" ? [{ type: "tool-use", call: block } as const] : []
  );
}

async function requestOf(
  { turn, request }: OpenTurn,
  startedAt: number,
  { timeoutMs, historyTokens, objects }: TurnOptions,
): Promise<Omit<RunRequest, "streamed" | "signal">> {
  const { userId, accessToken, content } = request;
  return {
    ...askedIn(request),
    identity: {
      purpose: "turn",
      requestId: request.requestId,
      questionId: turn.questionId,
      attempt: turn.attempt,
    },
    userId,
    registryVersion: turn.registryVersion,
    registryHash: turn.registryHash,
    history: await loadMedia(turn.history, content, {
      userId,
      accessToken,
      objects,
    }),
    historyLength: 2 * turn.answeredTurns,
    assistantType: turn.assistantType,
    pinnedModelId: turn.pinnedModelId,
    pinIsReverted: turn.pinIsReverted,
    unit: turn.conversationId,
    assigned: turn.assigned,
    requestedModelId: request.modelId,
    useCase: turn.useCase,
    budget: turn.budget,
    startedAt,
    timeoutMs,
    historyTokens,
  };
}

/** What the request says of the run's question. */
export function askedIn(
  { content, tools, toolChoice, outputSchema, effort, fallback }: TurnRequest,
): Pick<
  RunQuestion,
  "question" | "tools" | "toolChoice" | "outputSchema" | "settings" | "fallback"
> {
  return {
    question: { role: "user", blocks: content, modelId: null },
    ...(tools !== undefined && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(outputSchema !== undefined && { outputSchema }),
    ...(effort !== null && { settings: { effort } }),
    fallback,
  };
}

function idsOf({ turn, answerId }: OpenTurn) {
  return { conversationId: turn.conversationId, messageId: answerId };
}

function lastEvent(
  open: OpenTurn,
  outcome: RunOutcome,
  completion: Completion,
  options: TurnOptions,
): TurnEvent {
  if (outcome.kind === "complete") {
    return { type: "done", turn: finished(open, outcome, completion, options) };
  }
  const { kind, error } = outcome;
  const kept = keptAnswer(completion);
  return {
    type: "error",
    error: error instanceof AppError ? error : new AppError("internal_error"),
    kept: {
      status: kind,
      messageId: kept?.id ?? null,
      characters: kind === "partial" && !isErased(completion)
        ? textOf(outcome.answer.blocks).length
        : 0,
    },
  };
}

function finished(
  { turn, answerId }: OpenTurn,
  outcome: Extract<RunOutcome, { kind: "complete" }>,
  completion: Completion,
  { today }: TurnOptions,
): FinishedTurn {
  const { registry_stale, messages_sent, messages_left_out, blocks_left_out } = outcome.record;
  const stored = completion.persisted ? completion.stored : null;
  return {
    conversationId: turn.conversationId,
    answer: stored ?? unstoredAnswer(answerId, outcome, today(), turn.answeredTurns === 0),
    persisted: completion.persisted && !isErased(completion),
    registryStale: registry_stale,
    history: {
      messagesSent: messages_sent ?? 0,
      messagesLeftOut: messages_left_out ?? 0,
      leftOut: blocks_left_out ?? {},
    },
  };
}

/** Whether the words of the turn were erased while it ran, so that nothing of them is stored. */
function isErased(completion: Completion): boolean {
  return completion.persisted && completion.stored?.is_erased === true;
}

/** What is stored of the answer; null where nothing is. */
function keptAnswer(completion: Completion): StoredAnswer | null {
  return completion.persisted && !isErased(completion) ? completion.stored : null;
}
