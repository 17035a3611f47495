import type { ModelEvent } from "../core/model_event.ts";
import type { StreamReply } from "./call_models.ts";
import type { AnsweredRun } from "./call_until_answered.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { retryRule } from "./retry_policy.ts";
import { type RunEvent, startOf } from "./run_event.ts";
import { brokenRun, codeOf, completeRun } from "./stop_run.ts";

/** Gives a stream's events and how it ended, and tells the breaker of it. */
export async function* deliverStream(
  called: AnsweredRun,
  reply: StreamReply,
  signal: AbortSignal | null,
  breaker: CircuitBreaker,
  elapsed: () => number,
): AsyncGenerator<RunEvent, void, void> {
  const { model_id: modelId } = called.selection.model;
  try {
    yield { type: "start", start: startOf(called.facts, called.selection) };
    yield* eventsOf(reply, signal);
    const answer = reply.stream.answer();
    breaker.succeeded(modelId);
    yield completeRun(called, answer, elapsed());
  } catch (error) {
    const { verdict } = retryRule(codeOf(error));
    if (verdict === "none") breaker.released(modelId);
    else breaker.failed(modelId, verdict);
    yield brokenRun(called, reply, error, elapsed());
  } finally {
    reply.stream.close();
  }
}

/** A stream's events, until the caller goes away. */
async function* eventsOf(
  { first, rest }: StreamReply,
  signal: AbortSignal | null,
): AsyncGenerator<ModelEvent, void, void> {
  let events = first;
  while (true) {
    for (const event of events) {
      yield event;
      signal?.throwIfAborted();
    }
    const next = await rest.next();
    if (next.done) return;
    events = next.value;
  }
}
