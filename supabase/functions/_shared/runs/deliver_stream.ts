import { AppError } from "../core/app_error.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { isShown, type StreamReply } from "./call_models.ts";
import type { AnsweredRun } from "./call_until_answered.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { retryRule } from "./retry_policy.ts";
import { type RunEvent, startOf } from "./run_event.ts";
import type { RunRequest } from "./run_request.ts";
import { brokenRun, codeOf, completeRun } from "./stop_run.ts";

/** Gives a stream's events and how it ended, and tells the breaker of it. */
export async function* deliverStream(
  called: AnsweredRun,
  reply: StreamReply,
  { stream: signal, timeoutMs }: Pick<RunRequest, "stream" | "timeoutMs">,
  breaker: CircuitBreaker,
  elapsed: () => number,
): AsyncGenerator<RunEvent, void, void> {
  const { model_id: modelId } = called.selection.model;
  try {
    yield { type: "start", start: startOf(called.facts, called.selection) };
    for await (const event of eventsOf(reply)) {
      // A reader that takes its time must not keep the run from its end, event by event.
      if (isShown(event) && elapsed() > timeoutMs) throw tooLate(timeoutMs);
      yield event;
      signal?.throwIfAborted();
    }
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

async function* eventsOf(
  { first, rest }: StreamReply,
): AsyncGenerator<ModelEvent, void, void> {
  let events = first;
  while (true) {
    yield* events;
    const next = await rest.next();
    if (next.done) return;
    events = next.value;
  }
}

function tooLate(timeoutMs: number): AppError {
  return new AppError(
    "bedrock_timeout",
    `The answer was not read within ${timeoutMs / 1000} s.`,
    { hint: "Read the stream faster, or raise CHAT_TIMEOUT_MS." },
  );
}
