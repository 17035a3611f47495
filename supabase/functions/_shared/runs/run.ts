import { callUntilAnswered } from "./call_until_answered.ts";
import { deliverStream } from "./deliver_stream.ts";
import type { RunEvent, RunOutcome } from "./run_event.ts";
import type { RunDependencies, RunRequest } from "./run_request.ts";
import { completeRun, failedRun } from "./stop_run.ts";

/**
 * Puts a question to the models of the registry until one answers or none can. Knows nothing of
 * storage, and never throws: what fails is told by the last event.
 */
export async function* run(
  request: RunRequest,
  dependencies: RunDependencies,
): AsyncGenerator<RunEvent, void, void> {
  const elapsed = () => dependencies.now() - request.startedAt;
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
  yield* deliverStream(called, reply, request, dependencies.breaker, elapsed);
}

/** The outcome of a run whose other events are of no interest. */
export async function outcomeOf(events: AsyncIterable<RunEvent>): Promise<RunOutcome> {
  for await (const event of events) {
    if (event.type === "stop") return event.outcome;
  }
  throw new TypeError("a run ended without a stop");
}
