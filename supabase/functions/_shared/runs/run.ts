import { isShown } from "./call_models.ts";
import { callUntilAnswered } from "./call_until_answered.ts";
import { type RunEvent, type RunOutcome, startOf } from "./run_event.ts";
import type { RunDependencies, RunRequest } from "./run_request.ts";
import { completeRun, failedRun } from "./stop_run.ts";
import { breakStream, completeStream, readTooLate } from "./stream_end.ts";

/**
 * Puts a question to the models of the registry until one answers or none can. Knows nothing of
 * storage, and never throws: what fails is told by the last event.
 */
export async function* run(
  request: RunRequest,
  dependencies: RunDependencies,
): AsyncGenerator<RunEvent, void, void> {
  const { breaker, now } = dependencies;
  const elapsed = () => now() - request.startedAt;
  const called = await callUntilAnswered(request, dependencies, elapsed);
  if (called.kind === "failed") {
    yield failedRun(called, elapsed());
    return;
  }
  const { reply } = called;
  if (reply.kind === "whole") {
    yield completeRun(called, reply.answer, elapsed());
    return;
  }
  // Here and not in a generator of its own: each event would pass through one more.
  try {
    yield { type: "start", start: startOf(called.facts, called.selection) };
    let events = reply.first;
    while (true) {
      for (const event of events) {
        // A reader that takes its time must not keep the run from its end, event by event.
        if (isShown(event) && elapsed() > request.timeoutMs) throw readTooLate(request.timeoutMs);
        yield event;
        request.signal?.throwIfAborted();
      }
      const next = await reply.rest.next();
      if (next.done) break;
      events = next.value;
    }
    yield completeStream(called, reply, breaker, elapsed());
  } catch (error) {
    yield breakStream(called, reply, error, { breaker, userId: request.userId }, elapsed());
  } finally {
    reply.stream.close();
  }
}

/** The outcome of a run whose other events are of no interest. */
export async function outcomeOf(events: AsyncIterable<RunEvent>): Promise<RunOutcome> {
  for await (const event of events) {
    if (event.type === "stop") return event.outcome;
  }
  throw new TypeError("a run ended without a stop");
}
