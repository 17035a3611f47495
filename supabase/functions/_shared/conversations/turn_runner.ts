import { AppError } from "../core/app_error.ts";
import type { ModelAnswer } from "../core/answer.ts";
import { inferenceSettings } from "../formats/inference_settings.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { RegistryCache } from "../registry/registry_cache.ts";
import { selectModel } from "../selection/select_model.ts";
import type { Selection } from "../selection/selection.ts";
import { completeSurely, type CompleteSurelyOptions } from "./complete_surely.ts";
import type { BegunTurn, Question, StoredAnswer, TurnEnd, TurnStore } from "./turn_store.ts";

/** Most turns of history that are read for a request. */
const historyTurns = 50;

/** Added to a turn's deadline before a pending one counts as abandoned: time to store its end. */
const staleMarginMs = 30_000;

/** What a model's answer came with. */
export interface ModelCall {
  readonly answer: ModelAnswer;
  /** Milliseconds from the call until the first byte. */
  readonly timeToFirstByteMs: number;
}

export interface TurnRunnerOptions {
  readonly turns: TurnStore;
  readonly registry: RegistryCache;
  /** Calls Bedrock; rejects with an `AppError` after `timeoutMs`. */
  readonly callModel: (request: ModelRequest, timeoutMs: number) => Promise<ModelCall>;
  /** Deadline of a turn, in milliseconds. */
  readonly timeoutMs: number;
  readonly completion: Omit<CompleteSurelyOptions, "turns">;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** What a user asks of an assistant. */
export type TurnRequest = Omit<Question, "historyTurns" | "staleAfterMs">;

/** A turn that has its answer. */
export interface FinishedTurn {
  readonly conversationId: string;
  readonly answer: StoredAnswer;
  /** Whether an earlier call with the same request id gave this answer. */
  readonly repeated: boolean;
  /** Whether the model was chosen from a registry that may be out of date. */
  readonly registryStale: boolean;
}

/** Takes turns: begins them in Postgres, chooses a model, asks it, and stores what came of it. */
export class TurnRunner {
  readonly #options: TurnRunnerOptions;

  constructor(options: TurnRunnerOptions) {
    this.#options = options;
  }

  /**
   * Takes one turn, begun at `startedAt` (milliseconds of the clock).
   *
   * @throws {AppError} why there is no answer; what began is then stored as failed, with the code
   */
  async run(request: TurnRequest, startedAt: number): Promise<FinishedTurn> {
    const { turns, timeoutMs } = this.#options;
    const turn = await turns.begin({
      ...request,
      historyTurns,
      staleAfterMs: timeoutMs + staleMarginMs,
    });
    if (turn.kind === "answered") {
      const { conversationId, answer } = turn;
      return { conversationId, answer, repeated: true, registryStale: false };
    }
    return await this.#answer(turn, request, startedAt);
  }

  async #answer(
    turn: BegunTurn,
    request: TurnRequest,
    startedAt: number,
  ): Promise<FinishedTurn> {
    const { registry, callModel, timeoutMs, now } = this.#options;
    let choice: Selection | null = null;
    let registryVersion = turn.registryVersion;
    let registryStale = false;
    const end = (
      outcome: TurnEnd["outcome"],
      timeToFirstTokenMs: number | null,
    ): TurnEnd => ({
      questionId: turn.questionId,
      pinnedModelId: turn.pinnedModelId,
      modelId: choice?.model.model_id ?? null,
      reason: choice?.reason ?? null,
      registryVersion,
      responseTimeMs: Math.round(now() - startedAt),
      timeToFirstTokenMs,
      outcome,
    });

    let call: ModelCall;
    let calledAt = startedAt;
    try {
      const cached = await registry.get(turn.registryVersion);
      registryVersion = cached.registry.version;
      registryStale = cached.stale;
      choice = selectModel({
        registry: cached.registry,
        pinnedModelId: turn.pinnedModelId,
        requestedModelId: request.modelId,
        assistantType: turn.assistantType,
        useCase: turn.useCase,
      });
      const { model } = choice;
      const assistant = cached.registry.assistants.find((row) =>
        row.assistant_type === turn.assistantType
      );
      calledAt = now();
      call = await callModel({
        model,
        systemPrompt: assistant?.system_prompt ?? "",
        messages: [...turn.history, {
          role: "user",
          blocks: [{ type: "text", text: request.text }],
          modelId: null,
        }],
        inference: inferenceSettings(model, assistant?.model_config ?? {}),
      }, Math.max(1, timeoutMs - (calledAt - startedAt)));
    } catch (error) {
      const errorCode = error instanceof AppError ? error.code : "internal_error";
      await this.#complete(end({ kind: "failed", errorCode }, null)).catch(() => {
        // The caller is told why the turn failed; the write goes on in the background.
      });
      throw error;
    }

    const timeToFirstTokenMs = Math.round(calledAt - startedAt + call.timeToFirstByteMs);
    const answer = await this.#complete(
      end({ kind: "answered", answer: call.answer }, timeToFirstTokenMs),
    );
    return { conversationId: turn.conversationId, answer, repeated: false, registryStale };
  }

  #complete(end: TurnEnd): Promise<StoredAnswer> {
    return completeSurely(end, { turns: this.#options.turns, ...this.#options.completion });
  }
}
