import { type AnsweredRun, callUntilAnswered, type FailedRun } from "./call_until_answered.ts";
import { eventsUntil } from "./events_until.ts";
import { isThinking } from "./reply.ts";
import { type RunEvent, type RunOutcome, startOf } from "./run_event.ts";
import type { RunDependencies, RunRequest } from "./run_request.ts";
import { completeRun, failedRun } from "./stop_run.ts";
import { breakStream, completeStream } from "./stream_end.ts";

/**
 * Puts a question to the models of the registry until one answers or none can. Knows nothing of
 * storage, and never throws: what fails is told by the last event.
 *
 * Events that came together are given together: what is kept of an answer that breaks is then
 * exactly what was given of it, and a slow reader meets the deadline once, not event by event.
 */
export async function* run(
  request: RunRequest,
  dependencies: RunDependencies,
): AsyncGenerator<readonly RunEvent[], void, void> {
  const { breaker, now } = dependencies;
  const elapsed = () => now() - request.startedAt;
  const called = yield* eventsUntil<RunEvent, AnsweredRun | FailedRun>(
    (tell) => callUntilAnswered(request, dependencies, elapsed, tell),
    hangUp,
  );
  if (called.kind === "failed") {
    yield [failedRun(called, elapsed())];
    return;
  }
  const { reply } = called;
  if (reply.kind === "whole") {
    yield [completeRun(called, reply.answer, elapsed())];
    return;
  }
  // Here and not in a generator of its own: each event would pass through one more.
  try {
    const start: RunEvent = {
      type: "start",
      start: startOf(called.facts, called.selection, reply.call),
    };
    yield [start, ...reply.first];
    let { hasThought } = reply;
    while (true) {
      request.signal?.throwIfAborted();
      const next = await reply.rest.next();
      if (next.done) break;
      if (!hasThought && next.value.some(isThinking)) {
        hasThought = true;
        yield [{ type: "thinking", modelId: called.selection.model.model_id }, ...next.value];
      } else yield next.value;
    }
    yield [completeStream(called, reply, breaker, elapsed())];
  } catch (error) {
    yield [breakStream(called, reply, error, { breaker, userId: request.userId }, elapsed())];
  } finally {
    reply.stream.close();
  }
}

/** Ends a call whose answer has no reader. */
function hangUp(called: AnsweredRun | FailedRun): void {
  if (called.kind === "answered" && called.reply.kind === "stream") called.reply.stream.close();
}

/** The outcome of a run whose other events are of no interest. */
export async function outcomeOf(
  groups: AsyncIterable<readonly RunEvent[]>,
): Promise<RunOutcome> {
  for await (const events of groups) {
    const last = events.at(-1);
    if (last?.type === "stop") return last.outcome;
  }
  throw new TypeError("a run ended without a stop");
}
