import type { ModelCall } from "../bedrock/invoke_model.ts";
import type { ModelStream, StreamLimits } from "../bedrock/model_stream.ts";
import type { ModelAnswer, PartialAnswer } from "../core/answer.ts";
import { AppError, codeOf } from "../core/app_error.ts";
import type { ModelEvent } from "../core/model_event.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { Selection } from "../selection/selection.ts";
import { countUsage, isUnbilled, nothingUsed } from "./call_usage.ts";
import type { CallTime } from "./model_attempts.ts";
import type { RunPlan } from "./run_plan.ts";
import { type CallFacts, type UnansweredCall, unansweredCallOf } from "./run_record.ts";

/**
 * Most milliseconds until a stream's first event; a model that is silent for longer is given up.
 */
export const firstEventMs = 20_000;

/** Most milliseconds between a stream's events. */
export const idleMs = 30_000;

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

export interface WholeReply {
  readonly kind: "whole";
  readonly call: CallFacts;
  readonly answer: ModelAnswer;
  readonly timeToFirstTokenMs: number;
}

/** A stream that has given its first text or tool call, or ended without any. */
export interface StreamReply {
  readonly kind: "stream";
  readonly call: CallFacts;
  readonly stream: ModelStream;
  /** What came up to the first text or tool call. */
  readonly first: readonly ModelEvent[];
  readonly rest: AsyncIterator<readonly ModelEvent[]>;
  readonly timeToFirstTokenMs: number;
}

export type Reply = WholeReply | StreamReply;

/** Calls the models of a plan, and remembers of each call what it told. */
export class ModelCalls {
  readonly #plan: RunPlan;
  readonly #caller: ModelCaller;
  /** Milliseconds since the request was received. */
  readonly #elapsed: () => number;
  readonly #calls: CallFacts[] = [];

  constructor(plan: RunPlan, caller: ModelCaller, elapsed: () => number) {
    this.#plan = plan;
    this.#caller = caller;
    this.#elapsed = elapsed;
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

  /** @throws {AppError} what the caller's `callModel` throws */
  async answer(
    selection: Selection,
    { toBeginMs }: CallTime,
    signal: AbortSignal | undefined,
  ): Promise<WholeReply> {
    const call = this.#begin(selection);
    const calledAfter = this.#elapsed();
    try {
      const reply = await this.#caller.callModel(call.request, toBeginMs, signal);
      call.requestId = reply.requestId;
      const timeToFirstTokenMs = Math.round(calledAfter + reply.timeToFirstByteMs);
      return { kind: "whole", call, answer: reply.answer, timeToFirstTokenMs };
    } catch (error) {
      noteFailure(call, error);
      throw error;
    }
  }

  /**
   * Opens a stream and waits for its first text or tool call: until then, another try loses
   * nothing.
   *
   * @throws {AppError} what the caller's `streamModel` and the stream throw
   * @throws The reason of `signal` when it is aborted.
   */
  async open(
    selection: Selection,
    time: CallTime,
    signal: AbortSignal | undefined,
  ): Promise<StreamReply> {
    const call = this.#begin(selection);
    const limits: StreamLimits = {
      firstEventMs: Math.min(firstEventMs, time.toBeginMs),
      idleMs: Math.min(idleMs, time.leftMs),
      totalMs: time.leftMs,
    };
    let stream: ModelStream | null = null;
    try {
      stream = await this.#caller.streamModel(call.request, limits, signal);
      call.requestId = stream.requestId;
      const rest = stream.events[Symbol.asyncIterator]();
      const first: ModelEvent[] = [];
      for (let next = await rest.next(); !next.done; next = await rest.next()) {
        first.push(...next.value);
        if (next.value.some(isShown)) break;
      }
      const timeToFirstTokenMs = Math.round(this.#elapsed());
      return { kind: "stream", call, stream, first, rest, timeToFirstTokenMs };
    } catch (error) {
      noteFailure(call, error, stream?.partial());
      stream?.close();
      throw error;
    }
  }

  #begin({ model }: Selection): CallFacts {
    const { request, ...history } = this.#plan.requestFor(model);
    const call = { request, history, requestId: null, errorCode: null, counted: nothingUsed };
    this.#calls.push(call);
    return call;
  }
}

function noteFailure(call: CallFacts, error: unknown, come?: PartialAnswer): void {
  const told = error instanceof AppError ? error.upstreamUsage : undefined;
  const { usage = told ?? null, blocks = [] } = come ?? {};
  const hasBegun = blocks.length > 0 || (usage !== null && usage.inputTokens !== null);
  call.errorCode = codeOf(error);
  if (error instanceof AppError) call.requestId ??= error.upstreamRequestId ?? null;
  if (hasBegun || !isUnbilled(error)) call.counted = countUsage(call.request, usage, blocks);
}

/** Whether an event is a part of the answer that callers see as it arrives. */
export function isShown({ type }: ModelEvent): boolean {
  return type === "text-delta" || type === "tool-use-start";
}
