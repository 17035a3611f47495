import { AppError } from "../core/app_error.ts";
import { textOf } from "../core/content.ts";
import { outcomeOf, run } from "../runs/run.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import type { RunRequest } from "../runs/run_request.ts";
import type { Completion } from "./complete_surely.ts";
import { type OpenTurn, settleTurn } from "./settle_turn.ts";
import { unstoredAnswer } from "./stored_answer.ts";
import type { FinishedTurn, Turn, TurnEvent } from "./turn.ts";
import type { TurnOptions } from "./turn_options.ts";

/**
 * A turn whose question is stored and whose answer is owed.
 *
 * @param startedAt when the request came, by the clock
 */
export function runningTurn(open: OpenTurn, startedAt: number, options: TurnOptions): Turn {
  const stops = (open.request.onDisconnect ?? open.turn.onDisconnect) === "stop";
  const begin = (streamed: boolean, gone: () => AbortSignal) => {
    const signal = stops ? gone() : undefined;
    return run({ ...requestOf(open, startedAt, options), streamed, signal }, options);
  };

  async function settled(outcome: RunOutcome): Promise<TurnEvent> {
    const completion = await settleTurn(open, outcome, options);
    return lastEvent(open, outcome, completion, options);
  }

  async function* stream(gone: AbortSignal): AsyncGenerator<readonly TurnEvent[], void, void> {
    for await (const events of begin(true, () => gone)) {
      const shown: TurnEvent[] = [];
      for (const event of events) {
        switch (event.type) {
          case "start":
            shown.push({ type: "turn-start", start: { ...event.start, ...idsOf(open) } });
            break;
          case "text-delta":
            shown.push(event);
            break;
          case "stop":
            shown.push(await settled(event.outcome));
            break;
          // Not shown to users: reasoning, tools that nothing runs, and what the answer holds anyway.
          case "thinking-delta":
          case "tool-use-start":
          case "tool-input-delta":
          case "block-end":
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
      const outcome = await outcomeOf(begin(false, gone));
      const completion = await settleTurn(open, outcome, options);
      if (outcome.kind !== "complete") throw outcome.error;
      return finished(open, outcome, completion, options);
    },
    stream,
  };
}

function requestOf(
  { turn, request }: OpenTurn,
  startedAt: number,
  { timeoutMs, historyTokens }: TurnOptions,
): Omit<RunRequest, "streamed" | "signal"> {
  return {
    userId: request.userId,
    registryVersion: turn.registryVersion,
    registryHash: turn.registryHash,
    history: turn.history,
    historyLength: 2 * turn.answeredTurns,
    question: { role: "user", blocks: [{ type: "text", text: request.text }], modelId: null },
    assistantType: turn.assistantType,
    pinnedModelId: turn.pinnedModelId,
    requestedModelId: request.modelId,
    useCase: turn.useCase,
    fallback: request.fallback,
    startedAt,
    timeoutMs,
    historyTokens,
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
  return {
    type: "error",
    error: error instanceof AppError ? error : new AppError("internal_error"),
    kept: {
      status: kind,
      messageId: completion.persisted ? completion.stored?.id ?? null : null,
      characters: kind === "partial" ? textOf(outcome.answer.blocks).length : 0,
    },
  };
}

function finished(
  { turn, answerId }: OpenTurn,
  outcome: Extract<RunOutcome, { kind: "complete" }>,
  completion: Completion,
  { today }: TurnOptions,
): FinishedTurn {
  const { registry_stale, messages_sent, messages_left_out } = outcome.record;
  const stored = completion.persisted ? completion.stored : null;
  return {
    conversationId: turn.conversationId,
    answer: stored ?? unstoredAnswer(answerId, outcome, today()),
    persisted: completion.persisted,
    registryStale: registry_stale,
    history: {
      messagesSent: messages_sent ?? 0,
      messagesLeftOut: messages_left_out ?? 0,
    },
  };
}
