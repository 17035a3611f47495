import type { ModelCall } from "../bedrock/invoke_model.ts";
import type { ModelStream, StreamLimits } from "../bedrock/model_stream.ts";
import type { ModelAnswer, PartialAnswer } from "../core/answer.ts";
import { AppError, codeOf, type RefusedHistory } from "../core/app_error.ts";
import type { Message } from "../core/content.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { ReplayableBlock } from "../formats/replayable.ts";
import { metadataOfCall, type RunIdentity } from "../formats/request_metadata.ts";
import { isOverBudget, type RunBudget } from "../limits/run_budget.ts";
import type { Model } from "../registry/model.ts";
import type { Selection } from "../selection/selection.ts";
import { planAffordable } from "./affordable_request.ts";
import { countUsage, isUnbilled, nothingUsed } from "./call_usage.ts";
import type { CallTime } from "./model_attempts.ts";
import { withLength } from "./input_length.ts";
import { readBeginning } from "./read_beginning.ts";
import type { StreamReply, WholeReply } from "./reply.ts";
import type { RunEvent } from "./run_event.ts";
import type { RunPlan } from "./run_plan.ts";
import { type CallFacts, type UnansweredCall, unansweredCallOf } from "./run_record.ts";
import { eventsOf, fitAnswer, repairOf } from "./structured_output.ts";

/**
 * Most milliseconds until a stream's first event; a model that is silent for longer is given up.
 */
export const firstEventMs = 20_000;

/** Most milliseconds between a stream's events. */
export const idleMs = 30_000;

/** The same while a model thinks or writes a tool's input, which takes some of them minutes. */
export const composingIdleMs = 120_000;

/** How models are called. */
export interface ModelCaller {
  /** Calls a model and waits for the whole answer; rejects with an `AppError` after `timeoutMs`. */
  readonly callModel: (
    request: ModelRequest,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<ModelCall>;
  /** Calls a model and reads its answer as it arrives. */
  readonly streamModel: (
    request: ModelRequest,
    limits: StreamLimits,
    signal?: AbortSignal,
  ) => Promise<ModelStream>;
}

/** What the models of a run are called with. */
export interface PlannedCalls {
  readonly plan: RunPlan;
  readonly caller: ModelCaller;
  /** What the calls may use together. */
  readonly budget: RunBudget;
  readonly identity: RunIdentity;
}

/** Calls the models of a plan, and remembers of each call what it told. */
export class ModelCalls {
  readonly #plan: RunPlan;
  readonly #caller: ModelCaller;
  /** Milliseconds since the request was received. */
  readonly #elapsed: () => number;
  readonly #tell: (event: RunEvent) => void;
  readonly #calls: CallFacts[] = [];
  readonly #budget: RunBudget;
  readonly #identity: RunIdentity;
  /** What a model is told of its answer that did not fit the schema; null: none had to be told. */
  #repair: readonly Message[] | null = null;
  /** What models refused of the history, and are called without. */
  readonly #withheld = new Map<Model, RefusedHistory>();

  /**
   * @param tell told that a model thinks, and what, while its call is waited for
   */
  constructor(
    { plan, caller, budget, identity }: PlannedCalls,
    elapsed: () => number,
    tell: (event: RunEvent) => void,
  ) {
    this.#plan = plan;
    this.#budget = budget;
    this.#caller = caller;
    this.#identity = identity;
    this.#elapsed = elapsed;
    this.#tell = tell;
  }

  /** Calls made so far. */
  get count(): number {
    return this.#calls.length;
  }

  /** The last call of the model; null where it was not called. */
  lastOf({ model }: Selection): CallFacts | null {
    return this.#calls.findLast(({ request }) => request.model === model) ?? null;
  }

  /** What came to nothing beside this call, as far as it is billed. */
  unansweredBeside(last: CallFacts | null): readonly UnansweredCall[] {
    return this.#calls.flatMap((call) =>
      call === last || call.counted === nothingUsed ? [] : [unansweredCallOf(call)]
    );
  }

  /** @throws {AppError} `malformed_output`, and what the caller's `callModel` throws */
  answer(
    selection: Selection,
    time: CallTime,
    signal: AbortSignal | undefined,
  ): Promise<WholeReply> {
    return this.#onceMore(selection, time, (left) => this.#answer(selection, left, signal));
  }

  /**
   * Opens a stream and waits for its first text or tool call, or the first words of its thinking
   * where those are shown: until then, another try loses nothing. Where the answer has to fit a
   * schema, its text is waited for to its end.
   *
   * @throws {AppError} `malformed_output`, and what the caller's `streamModel` and the stream throw
   * @throws The reason of `signal` when it is aborted.
   */
  open(
    selection: Selection,
    time: CallTime,
    signal: AbortSignal | undefined,
  ): Promise<StreamReply> {
    return this.#onceMore(selection, time, (left) => this.#open(selection, left, signal));
  }

  /**
   * Calls once more, in the time that is left, after the first answer that does not fit, or without
   * what the model refused of the history.
   */
  async #onceMore<Reply>(
    { model }: Selection,
    { toBeginMs, leftMs }: CallTime,
    call: (time: CallTime) => Promise<Reply>,
  ): Promise<Reply> {
    const since = this.#elapsed();
    const wasRepaired = this.#repair !== null;
    try {
      return await call({ toBeginMs, leftMs });
    } catch (error) {
      const spentMs = Math.round(this.#elapsed() - since);
      const isRepaired = codeOf(error) === "malformed_output" && !wasRepaired;
      if (spentMs >= toBeginMs || !(isRepaired || this.#withholds(model, error))) throw error;
      return await call(timeAfter({ toBeginMs, leftMs }, spentMs)).catch((again) => {
        throw isOverBudget(again) ? error : again;
      });
    }
  }

  /** Whether the model has refused something of the history that it can be asked without. */
  #withholds(model: Model, error: unknown): boolean {
    const refused = error instanceof AppError ? error.refusedHistory : undefined;
    const sent = this.#calls.at(-1)?.request.messages.slice(0, -1) ?? [];
    const isInHistory = refused === "thinking" ||
      sent.some(({ blocks }) => blocks.some(holdsMedia));
    if (refused === undefined || !isInHistory || this.#withheld.has(model)) return false;
    this.#withheld.set(model, refused);
    return true;
  }

  async #answer(
    selection: Selection,
    time: CallTime,
    signal: AbortSignal | undefined,
  ): Promise<WholeReply> {
    const { call, left: { toBeginMs } } = await this.#begin(selection, time);
    const calledAfter = this.#elapsed();
    let come: ModelAnswer | undefined;
    try {
      const reply = await this.#caller.callModel(call.request, toBeginMs, signal);
      call.requestId = reply.requestId;
      come = reply.answer;
      const answer = this.#fit(come, selection);
      const timeToFirstTokenMs = Math.round(calledAfter + reply.timeToFirstByteMs);
      return { kind: "whole", call, answer, timeToFirstTokenMs };
    } catch (error) {
      noteFailure(call, error, come);
      throw withLength(error, call.request);
    }
  }

  async #open(
    selection: Selection,
    time: CallTime,
    signal: AbortSignal | undefined,
  ): Promise<StreamReply> {
    const { call, left } = await this.#begin(selection, time);
    let stream: ModelStream | null = null;
    try {
      stream = await this.#caller.streamModel(call.request, limitsOf(left), signal);
      call.requestId = stream.requestId;
      const begun = await this.#readBeginning(stream, selection);
      const timeToFirstTokenMs = Math.round(this.#elapsed());
      return { kind: "stream", call, stream, ...begun, timeToFirstTokenMs };
    } catch (error) {
      noteFailure(call, error, stream?.partial());
      stream?.close();
      throw withLength(error, call.request);
    }
  }

  async #readBeginning(
    stream: ModelStream,
    selection: Selection,
  ): Promise<Pick<StreamReply, "first" | "rest" | "hasThought"> & Partial<StreamReply>> {
    const rest = stream.events[Symbol.asyncIterator]();
    const { model_id: modelId } = selection.model;
    const { hasBegun, ...begun } = await readBeginning(
      rest,
      this.#plan.beginsWith,
      (event) => this.#tell(event ?? { type: "thinking", modelId }),
    );
    if (hasBegun || this.#plan.output === null) return { ...begun, rest };
    const answer = this.#fit(stream.answer(), selection);
    const fitted = { answer: () => answer, partial: () => answer, close: () => stream.close() };
    return { ...begun, first: eventsOf(answer), rest, stream: fitted };
  }

  /** @throws {AppError} `malformed_output` */
  #fit(answer: ModelAnswer, { model }: Selection): ModelAnswer {
    const { output } = this.#plan;
    if (output === null) return answer;
    const fitted = fitAnswer(answer, output);
    if (fitted.fault === null) return fitted.answer;
    this.#repair = repairOf(answer, fitted.fault, model.model_id);
    throw new AppError("malformed_output", undefined, { hint: fitted.fault.hint });
  }

  /** Plans a call; it has the time that is left then, as a limit may have had to be asked. */
  async #begin(
    { model }: Selection,
    time: CallTime,
  ): Promise<{ readonly call: CallFacts; readonly left: CallTime }> {
    const since = this.#elapsed();
    const { request, answerTokensLeft, ...history } = await planAffordable(
      (answerTokens) => {
        const exchange = this.#repair ?? [];
        const withheld = this.#withheld.get(model);
        const cachesIfPriced = (this.#budget.granted?.usd ?? null) !== null;
        return this.#plan.requestFor(model, { exchange, withheld, answerTokens, cachesIfPriced });
      },
      this.#budget,
      this.#calls,
    );
    const metadata = metadataOfCall(this.#identity, this.#calls.length + 1);
    const call: CallFacts = {
      request: { ...request, metadata },
      history,
      answerTokensLeft,
      requestId: null,
      errorCode: null,
      counted: nothingUsed,
    };
    this.#calls.push(call);
    return { call, left: timeAfter(time, Math.round(this.#elapsed() - since)) };
  }
}

function holdsMedia(block: ReplayableBlock): boolean {
  if (block.type === "tool-result") return block.content.some(holdsMedia);
  return block.type === "image" || block.type === "document";
}

function timeAfter({ toBeginMs, leftMs }: CallTime, ms: number): CallTime {
  return { toBeginMs: Math.max(1, toBeginMs - ms), leftMs: Math.max(1, leftMs - ms) };
}

function limitsOf({ toBeginMs, leftMs }: CallTime): StreamLimits {
  return {
    firstEventMs: Math.min(firstEventMs, toBeginMs),
    idleMs: Math.min(idleMs, leftMs),
    composingIdleMs: Math.min(composingIdleMs, leftMs),
    totalMs: leftMs,
  };
}

function noteFailure(call: CallFacts, error: unknown, come?: PartialAnswer): void {
  const told = error instanceof AppError ? error.upstreamUsage : undefined;
  const { usage = told ?? null, blocks = [] } = come ?? {};
  const hasBegun = blocks.length > 0 || (usage !== null && usage.inputTokens !== null);
  call.errorCode = codeOf(error);
  if (error instanceof AppError) call.requestId ??= error.upstreamRequestId ?? null;
  if (hasBegun || !isUnbilled(error)) call.counted = countUsage(call.request, usage, blocks);
}
