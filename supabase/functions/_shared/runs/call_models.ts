import type { ModelCall } from "../bedrock/invoke_model.ts";
import type { ModelStream, StreamLimits } from "../bedrock/model_stream.ts";
import type { ModelAnswer } from "../core/answer.ts";
import { AppError } from "../core/app_error.ts";
import type { ModelEvent } from "../core/model_event.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { Selection } from "../selection/selection.ts";
import type { CallTime } from "./model_attempts.ts";
import type { RunPlan } from "./run_plan.ts";
import type { CallFacts } from "./run_record.ts";

/**
 * Most milliseconds until a stream's first event; a model that is silent for longer is given up.
 */
export const firstEventMs = 20_000;

/** Most milliseconds between a stream's events. */
export const idleMs = 30_000;

/** How models are called. */
export interface ModelCaller {
  /** Calls a model and waits for the whole answer; rejects with an `AppError` after `timeoutMs`. */
  readonly callModel: (request: ModelRequest, timeoutMs: number) => Promise<ModelCall>;
  /** Calls a model and reads its answer as it arrives. */
  readonly streamModel: (
    request: ModelRequest,
    limits: StreamLimits,
    signal: AbortSignal,
  ) => Promise<ModelStream>;
}

export interface WholeReply {
  readonly kind: "whole";
  readonly answer: ModelAnswer;
  readonly timeToFirstTokenMs: number;
}

/** A stream that has given its first text or tool call, or ended without any. */
export interface StreamReply {
  readonly kind: "stream";
  readonly stream: ModelStream;
  /** What came up to the first text or tool call. */
  readonly first: readonly ModelEvent[];
  readonly rest: AsyncIterator<readonly ModelEvent[]>;
  readonly timeToFirstTokenMs: number;
}

export type Reply = WholeReply | StreamReply;

/** Calls the models of a plan, and remembers of each what its last call told. */
export class ModelCalls {
  readonly #plan: RunPlan;
  readonly #caller: ModelCaller;
  /** Milliseconds since the request was received. */
  readonly #elapsed: () => number;
  readonly #facts = new Map<string, CallFacts>();

  constructor(plan: RunPlan, caller: ModelCaller, elapsed: () => number) {
    this.#plan = plan;
    this.#caller = caller;
    this.#elapsed = elapsed;
  }

  /** What the last call of the model told; null where it was not called. */
  factsOf({ model }: Selection): CallFacts | null {
    return this.#facts.get(model.model_id) ?? null;
  }

  /** @throws {AppError} what the caller's `callModel` throws */
  async answer(selection: Selection, { toBeginMs }: CallTime): Promise<WholeReply> {
    const request = this.#begin(selection);
    const calledAfter = this.#elapsed();
    const call = await this.#noting(
      selection,
      () => this.#caller.callModel(request, toBeginMs),
    );
    return {
      kind: "whole",
      answer: call.answer,
      timeToFirstTokenMs: Math.round(calledAfter + call.timeToFirstByteMs),
    };
  }

  /**
   * Opens a stream and waits for its first text or tool call: until then, another try loses
   * nothing.
   *
   * @throws {AppError} what the caller's `streamModel` and the stream throw
   * @throws The reason of `signal` when it is aborted.
   */
  async open(selection: Selection, time: CallTime, signal: AbortSignal): Promise<StreamReply> {
    const request = this.#begin(selection);
    const limits: StreamLimits = {
      firstEventMs: Math.min(firstEventMs, time.toBeginMs),
      idleMs: Math.min(idleMs, time.leftMs),
      totalMs: time.leftMs,
    };
    const stream = await this.#noting(
      selection,
      () => this.#caller.streamModel(request, limits, signal),
    );
    try {
      const rest = stream.events[Symbol.asyncIterator]();
      const first: ModelEvent[] = [];
      for (let next = await rest.next(); !next.done; next = await rest.next()) {
        first.push(...next.value);
        if (next.value.some(isShown)) break;
      }
      return {
        kind: "stream",
        stream,
        first,
        rest,
        timeToFirstTokenMs: Math.round(this.#elapsed()),
      };
    } catch (error) {
      this.#note(selection, { usage: stream.partial().usage });
      stream.close();
      throw error;
    }
  }

  #begin({ model }: Selection): ModelRequest {
    const { request, ...history } = this.#plan.requestFor(model);
    this.#facts.set(model.model_id, { history, requestId: null, usage: null });
    return request;
  }

  async #noting<T extends { readonly requestId: string | null }>(
    selection: Selection,
    call: () => Promise<T>,
  ): Promise<T> {
    try {
      const reply = await call();
      this.#note(selection, { requestId: reply.requestId });
      return reply;
    } catch (error) {
      if (error instanceof AppError) {
        this.#note(selection, { requestId: error.upstreamRequestId ?? null });
      }
      throw error;
    }
  }

  #note({ model }: Selection, news: Partial<CallFacts>): void {
    const known = this.#facts.get(model.model_id);
    if (known !== undefined) this.#facts.set(model.model_id, { ...known, ...news });
  }
}

/** Whether an event is a part of the answer that callers see as it arrives. */
export function isShown({ type }: ModelEvent): boolean {
  return type === "text-delta" || type === "tool-use-start";
}
