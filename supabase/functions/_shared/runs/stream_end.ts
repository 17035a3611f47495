import { AppError } from "../core/app_error.ts";
import type { StreamReply } from "./call_models.ts";
import type { AnsweredRun } from "./call_until_answered.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { retryRule } from "./retry_policy.ts";
import type { RunEvent } from "./run_event.ts";
import { brokenRun, codeOf, completeRun } from "./stop_run.ts";

/**
 * Ends a run whose stream was read to its end, and tells the breaker.
 *
 * @throws {AppError} `bedrock_stream_truncated` where the answer has no proven end
 */
export function completeStream(
  called: AnsweredRun,
  reply: StreamReply,
  breaker: CircuitBreaker,
  elapsedMs: number,
): RunEvent {
  const answer = reply.stream.answer();
  breaker.succeeded(called.selection.model.model_id);
  return completeRun(called, answer, elapsedMs);
}

/** Ends a run whose stream broke, and tells the breaker what that says of the model. */
export function breakStream(
  called: AnsweredRun,
  reply: StreamReply,
  error: unknown,
  breaker: CircuitBreaker,
  elapsedMs: number,
): RunEvent {
  const { model_id: modelId } = called.selection.model;
  const { verdict } = retryRule(codeOf(error));
  if (verdict === "none") breaker.released(modelId);
  else breaker.failed(modelId, verdict);
  return brokenRun(called, reply, error, elapsedMs);
}

/** The error of a stream that is still being read at the run's deadline. */
export function readTooLate(timeoutMs: number): AppError {
  return new AppError(
    "bedrock_timeout",
    `The answer was not read within ${timeoutMs / 1000} s.`,
    { hint: "Read the stream faster, or raise CHAT_TIMEOUT_MS." },
  );
}
