import { z } from "zod";
import type { ModelAnswer, PartialAnswer, Usage } from "../core/answer.ts";
import type { ErrorCode } from "../core/app_error.ts";
import { unknownUsage } from "../formats/usage.ts";
import type { Selection } from "../selection/selection.ts";
import type { Fallback } from "./model_attempts.ts";
import type { SentHistory } from "./run_plan.ts";

const count = z.number().nullable();
const name = z.string().nullable();

const tokens = z.int().nonnegative().nullable();

/** Tokens of a run; null where the model did not report them. */
export const tokenFigures = {
  /** Without those that were read from a cache. */
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_tokens: tokens,
  cache_write_tokens: tokens,
};

/**
 * What is stored of a run with its answer and in the ledger. The names are those of the columns of
 * `switchboard.run_record`; null where a figure is not known.
 */
export const storedFigures = {
  status: z.enum(["complete", "partial", "failed"]),
  error_code: name,
  reason: name,
  /** With a fallback, the model that should have answered, and the code of why it did not. */
  requested_model: name,
  fallback_code: name,
  registry_version: count,
  stop_reason: name,
  /** The provider's own word for it. */
  provider_stop_reason: name,
  /** AWS's id of the call that answered or failed. */
  bedrock_request_id: name,
  ...tokenFigures,
  /** Milliseconds from receiving the request to the end of the answer. */
  response_time_ms: count,
  /** Milliseconds from receiving the request to the first text or tool call. */
  time_to_first_token_ms: count,
};

const tokenFiguresSchema = z.object(tokenFigures);
const storedFiguresSchema = z.object(storedFigures);

export type TokenFigures = Readonly<z.infer<typeof tokenFiguresSchema>>;
export type StoredFigures = Readonly<z.infer<typeof storedFiguresSchema>>;

/** These figures alone, of something that has more. */
export function tokenFiguresOf(holder: TokenFigures): TokenFigures {
  return tokenFiguresSchema.parse(holder);
}

export function storedFiguresOf(holder: StoredFigures): StoredFigures {
  return storedFiguresSchema.parse(holder);
}

/**
 * The one record of a run: its log line, ledger row, stored message, JSON answer and the stream's
 * `done` derive from it. Ids, names and figures, never a word of the conversation.
 */
export interface RunRecord extends StoredFigures {
  /** The model that answered or, of a failure, whose error it is; null where none was chosen. */
  readonly model_id: string | null;
  // The rest goes to the log only.
  /** Whether the model was chosen from a registry that may be out of date. */
  readonly registry_stale: boolean;
  readonly streamed: boolean;
  /** Calls of models, all together. */
  readonly attempts: number;
  readonly messages_sent: number | null;
  readonly messages_left_out: number | null;
}

/** What is known of a run, however far it came. */
export interface RunFacts {
  readonly streamed: boolean;
  readonly registryVersion: number;
  readonly registryStale: boolean;
  /** The model that should answer; null until the run is planned. */
  readonly selected: Selection | null;
  /** The model that answered or, where none did, whose error it is. */
  readonly selection: Selection | null;
  readonly fallback: Fallback | null;
  readonly attempts: number;
}

/** What is known of the last call of the selected model. */
export interface CallFacts {
  readonly history: SentHistory;
  readonly requestId: string | null;
  /** What a stream reported that broke before its first text; it is paid for, too. */
  readonly usage: Usage | null;
}

/** What came of a run. */
export type RunResult =
  | { readonly status: "complete"; readonly answer: ModelAnswer }
  /** The answer was cut short; what has come is kept. */
  | { readonly status: "partial"; readonly answer: PartialAnswer; readonly errorCode: ErrorCode }
  /** No text has come; `usage` is what the model reported before, null if nothing. */
  | { readonly status: "failed"; readonly errorCode: ErrorCode; readonly usage: Usage | null };

/** Milliseconds since the request was received, rounded. */
export interface RunTimes {
  readonly responseTimeMs: number;
  readonly timeToFirstTokenMs: number | null;
}

/** Writes the record of a run. */
export function recordRun(
  facts: RunFacts,
  call: CallFacts | null,
  result: RunResult,
  times: RunTimes,
): RunRecord {
  const usage = (result.status === "failed" ? result.usage : result.answer.usage) ?? unknownUsage;
  return {
    status: result.status,
    error_code: result.status === "complete" ? null : result.errorCode,
    model_id: facts.selection?.model.model_id ?? null,
    reason: facts.fallback === null ? facts.selection?.reason ?? null : "fallback",
    requested_model: facts.fallback?.requestedModelId ?? null,
    fallback_code: facts.fallback?.code ?? null,
    registry_version: facts.registryVersion,
    stop_reason: result.status === "complete" ? result.answer.stopReason : null,
    provider_stop_reason: result.status === "complete" ? result.answer.providerStopReason : null,
    bedrock_request_id: call?.requestId ?? null,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    response_time_ms: times.responseTimeMs,
    time_to_first_token_ms: times.timeToFirstTokenMs,
    registry_stale: facts.registryStale,
    streamed: facts.streamed,
    attempts: facts.attempts,
    messages_sent: call?.history.messagesSent ?? null,
    messages_left_out: call?.history.messagesLeftOut ?? null,
  };
}
