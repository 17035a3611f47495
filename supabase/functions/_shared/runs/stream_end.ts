import { codeOf } from "../core/app_error.ts";
import type { StreamReply } from "./reply.ts";
import type { AnsweredRun } from "./call_until_answered.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { retryRule } from "./retry_policy.ts";
import type { RunEvent } from "./run_event.ts";
import { brokenRun, completeRun } from "./stop_run.ts";

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

/**
 * Ends a run whose stream broke, and tells the breaker what that says of the model: nothing, where
 * an answer that had begun only took too long.
 */
export function breakStream(
  called: AnsweredRun,
  reply: StreamReply,
  error: unknown,
  { breaker, userId }: { readonly breaker: CircuitBreaker; readonly userId: string },
  elapsedMs: number,
): RunEvent {
  const { model_id: modelId } = called.selection.model;
  const code = codeOf(error);
  const { verdict } = retryRule(code);
  if (verdict === "none" || code === "bedrock_timeout") breaker.released(modelId);
  else breaker.failed(modelId, verdict, userId);
  return brokenRun(called, reply, error, elapsedMs);
}
