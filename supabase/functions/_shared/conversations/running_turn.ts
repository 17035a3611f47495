import { attemptModels, type Fallback } from "../runs/model_attempts.ts";
import type { ModelStream } from "../bedrock/model_stream.ts";
import { retryRule } from "../runs/retry_policy.ts";
import type { Usage } from "../core/answer.ts";
import { AppError } from "../core/app_error.ts";
import { textOf } from "../core/content.ts";
import type { Selection } from "../selection/selection.ts";
import { completeSurely, type Completion } from "./complete_surely.ts";
import type { FinishedTurn, SentHistory } from "./finished_turn.ts";
import { storableText } from "./storable_text.ts";
import { unstoredAnswer } from "./unstored_answer.ts";
import type { TurnEvent } from "./turn_event.ts";
import { planTurn, type TurnPlan } from "../runs/run_plan.ts";
import type { Turn, TurnOptions, TurnRequest } from "./turn.ts";
import type { BegunTurn, TurnEnd, TurnOutcome } from "./turn_store.ts";

/** Most milliseconds until a stream's first event; a model that is silent for longer is given up. */
const firstEventMs = 20_000;

/** Most milliseconds between a stream's events. */
const idleMs = 30_000;

/** A stream that has given its first text, or ended without any. */
interface OpenedStream {
  readonly stream: ModelStream;
  readonly texts: AsyncIterator<string>;
  readonly first: IteratorResult<string>;
}

/** A turn whose question is stored and whose answer is owed. */
export class RunningTurn implements Turn {
  readonly #turn: BegunTurn;
  readonly #request: TurnRequest;
  readonly #startedAt: number;
  readonly #options: TurnOptions;
  readonly #answerId: string;
  /** What becomes known on the way; the log and the stored turn tell it, however the turn ends. */
  #plan: TurnPlan | null = null;
  #registryVersion: number;
  #registryStale = false;
  #selection: Selection | null = null;
  #fallback: Fallback | null = null;
  #attempts = 0;
  #history: SentHistory | null = null;
  #timeToFirstTokenMs: number | null = null;
  /** What each model's last stream told of its tokens that gave no text; they are paid for, too. */
  readonly #usedInVain = new Map<string, Usage>();

  constructor(
    turn: BegunTurn,
    request: TurnRequest,
    startedAt: number,
    options: TurnOptions,
  ) {
    this.#turn = turn;
    this.#request = request;
    this.#startedAt = startedAt;
    this.#options = options;
    this.#answerId = options.randomId();
    this.#registryVersion = turn.registryVersion;
  }

  async answer(): Promise<FinishedTurn> {
    const { callModel } = this.#options;
    try {
      const call = await this.#attempt(async (selection, timeoutMs) => {
        const calledAfter = this.#elapsed();
        const call = await callModel(this.#requestFor(selection), timeoutMs);
        this.#timeToFirstTokenMs = Math.round(
          calledAfter + call.timeToFirstByteMs,
        );
        return call;
      });
      return await this.#finish(
        { kind: "complete", answer: call.answer },
        false,
      );
    } catch (error) {
      await this.#end(
        { kind: "failed", errorCode: codeOf(error), usage: null },
        false,
        error,
      );
      throw error;
    }
  }

  async *stream(signal: AbortSignal): AsyncGenerator<TurnEvent, void, void> {
    let opened: OpenedStream | null = null;
    try {
      opened = await this.#attempt(
        (selection, timeoutMs) => this.#open(selection, timeoutMs, signal),
        signal,
      );
      yield this.#start();
      for (
        let next = opened.first;
        !next.done;
        next = await opened.texts.next()
      ) {
        yield { type: "text-delta", text: storableText(next.value) };
        signal.throwIfAborted();
      }
      const answer = opened.stream.answer();
      this.#options.breaker.succeeded(this.#selection!.model.model_id);
      yield {
        type: "done",
        turn: await this.#finish({ kind: "complete", answer }, true),
      };
    } catch (error) {
      yield await this.#break(error, opened);
    } finally {
      opened?.stream.close();
    }
  }

  /** Plans the turn and calls models until one answers. */
  async #attempt<Result>(
    call: (selection: Selection, timeoutMs: number) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { registry, historyTokens, timeoutMs } = this.#options;
    const cached = await registry.get(this.#turn.registryVersion);
    this.#registryVersion = cached.registry.version;
    this.#registryStale = cached.stale;
    this.#plan = planTurn({
      registry: cached.registry,
      turn: this.#turn,
      question: this.#request.text,
      requestedModelId: this.#request.modelId,
      fallback: this.#request.fallback,
      historyTokens,
    });
    const outcome = await attemptModels({
      candidates: this.#plan.candidates,
      fallbackModels: this.#plan.fallbackModels,
      deadline: this.#startedAt + timeoutMs,
      call,
      mayBreakOff: signal !== undefined,
      signal,
    }, this.#options);
    this.#selection = outcome.selection;
    this.#attempts = outcome.attempts;
    if (outcome.kind === "failed") throw outcome.error;
    this.#fallback = outcome.fallback;
    return outcome.result;
  }

  #requestFor({ model }: Selection) {
    const planned = this.#plan!.requestFor(model);
    this.#history = planned;
    return planned.request;
  }

  /** Opens a stream and waits for its first text: until then, another try loses nothing. */
  async #open(
    selection: Selection,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OpenedStream> {
    const limits = {
      firstEventMs: Math.min(firstEventMs, timeoutMs),
      idleMs: Math.min(idleMs, timeoutMs),
      totalMs: timeoutMs,
    };
    const request = this.#requestFor(selection);
    const { model_id: modelId } = selection.model;
    this.#usedInVain.delete(modelId);
    const stream = await this.#options.streamModel(request, limits, signal);
    try {
      const texts = stream.texts[Symbol.asyncIterator]();
      const first = await texts.next();
      this.#timeToFirstTokenMs = Math.round(this.#elapsed());
      return { stream, texts, first };
    } catch (error) {
      this.#usedInVain.set(modelId, stream.partial().usage);
      stream.close();
      throw error;
    }
  }

  /** A stream ended before its answer did: keeps what has come of it. */
  async #break(
    error: unknown,
    opened: OpenedStream | null,
  ): Promise<TurnEvent> {
    const errorCode = codeOf(error);
    const partial = opened?.stream.partial();
    const text = partial === undefined ? "" : storableText(textOf(partial.blocks));
    if (opened !== null && this.#selection !== null) {
      const { breaker } = this.#options;
      const { model_id } = this.#selection.model;
      const { verdict } = retryRule(errorCode);
      if (verdict === "none") breaker.released(model_id);
      else breaker.failed(model_id, verdict);
    }
    const outcome: TurnOutcome = partial !== undefined && text !== ""
      ? { kind: "partial", answer: partial, errorCode }
      : { kind: "failed", errorCode, usage: partial?.usage ?? this.#wasted() };
    const completion = await this.#end(outcome, true, error);
    return {
      type: "error",
      error: error instanceof AppError ? error : new AppError("internal_error"),
      kept: {
        status: outcome.kind === "partial" ? "partial" : "failed",
        messageId: completion.persisted ? completion.stored?.id ?? null : null,
        characters: outcome.kind === "partial" ? text.length : 0,
      },
    };
  }

  async #finish(
    outcome: Extract<TurnOutcome, { kind: "complete" }>,
    streamed: boolean,
  ): Promise<FinishedTurn> {
    const completion = await this.#end(outcome, streamed);
    const stored = completion.persisted ? completion.stored : null;
    return {
      conversationId: this.#turn.conversationId,
      answer: stored ?? this.#unstored(outcome),
      persisted: completion.persisted,
      repeated: false,
      registryStale: this.#registryStale,
      history: this.#history,
    };
  }

  /** Stores and reports the end of the turn. */
  async #end(
    outcome: TurnOutcome,
    streamed: boolean,
    error?: unknown,
  ): Promise<Completion> {
    const { turns, sleep, continueInBackground, reportLoss, report } = this.#options;
    const end: TurnEnd = {
      questionId: this.#turn.questionId,
      attempt: this.#turn.attempt,
      answerId: this.#answerId,
      pinnedModelId: this.#turn.pinnedModelId,
      movesPin: this.#movesPin(),
      modelId: this.#selection?.model.model_id ?? null,
      reason: this.#reason(),
      fallback: this.#fallback,
      registryVersion: this.#registryVersion,
      responseTimeMs: Math.round(this.#elapsed()),
      timeToFirstTokenMs: this.#timeToFirstTokenMs,
      outcome,
    };
    const completion = await completeSurely(end, {
      turns,
      sleep,
      continueInBackground,
      reportLoss,
    });
    const stored = completion.persisted ? completion.stored : null;
    const usage = outcome.kind === "failed" ? outcome.usage : outcome.answer.usage;
    report({
      request_id: this.#request.requestId,
      conversation_id: this.#turn.conversationId,
      message_id: stored?.id ?? null,
      outcome: outcome.kind,
      error_code: outcome.kind === "complete" ? null : outcome.errorCode,
      assistant_type: this.#turn.assistantType,
      model_id: end.modelId,
      reason: end.reason,
      requested_model: end.fallback?.requestedModelId ?? null,
      fallback_code: end.fallback?.code ?? null,
      registry_version: end.registryVersion,
      registry_stale: this.#registryStale,
      streamed,
      persisted: completion.persisted,
      attempts: this.#attempts,
      messages_sent: this.#history?.messagesSent ?? null,
      messages_left_out: this.#history?.messagesLeftOut ?? null,
      input_tokens: usage?.inputTokens ?? null,
      output_tokens: usage?.outputTokens ?? null,
      cache_read_tokens: usage?.cacheReadTokens ?? null,
      cache_write_tokens: usage?.cacheWriteTokens ?? null,
      cost_usd: stored?.cost_usd ?? null,
      response_time_ms: end.responseTimeMs,
      time_to_first_token_ms: end.timeToFirstTokenMs,
    }, error === undefined ? undefined : { error, words: this.#words() });
    return completion;
  }

  /** What the model used whose error the turn ends with. */
  #wasted(): Usage | null {
    const modelId = this.#selection?.model.model_id;
    return modelId === undefined ? null : this.#usedInVain.get(modelId) ?? null;
  }

  #words(): readonly string[] {
    return [this.#request.text, ...this.#turn.history.map(({ blocks }) => textOf(blocks))];
  }

  #unstored(outcome: Extract<TurnOutcome, { kind: "complete" }>) {
    return unstoredAnswer({
      id: this.#answerId,
      answer: outcome.answer,
      model: this.#selection!.model,
      reason: this.#reason(),
      fallback: this.#fallback,
      registryVersion: this.#registryVersion,
      responseTimeMs: Math.round(this.#elapsed()),
      timeToFirstTokenMs: this.#timeToFirstTokenMs,
      createdAt: this.#options.today(),
    });
  }

  #start(): TurnEvent {
    const { model } = this.#selection!;
    return {
      type: "turn-start",
      start: {
        conversationId: this.#turn.conversationId,
        messageId: this.#answerId,
        modelId: model.model_id,
        modelName: model.model_name,
        reason: this.#reason()!,
        requestedModelId: this.#fallback?.requestedModelId ?? null,
        fallbackCode: this.#fallback?.code ?? null,
        registryVersion: this.#registryVersion,
      },
    };
  }

  #reason(): Selection["reason"] | null {
    return this.#fallback === null ? this.#selection?.reason ?? null : "fallback";
  }

  /** A pin is given up for good when its model is; a model that fails for a while keeps it. */
  #movesPin(): boolean {
    const pinServes = this.#plan?.selected.reason === "pinned";
    return !pinServes || this.#fallback?.code === "bedrock_model_end_of_life";
  }

  #elapsed(): number {
    return this.#options.now() - this.#startedAt;
  }
}

function codeOf(error: unknown) {
  return error instanceof AppError ? error.code : "internal_error";
}
