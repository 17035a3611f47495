import { z } from "zod";
import type { ModelAnswer, PartialAnswer } from "../core/answer.ts";
import type { ErrorCode } from "../core/app_error.ts";
import type { LeftOut, ModelRequest } from "../formats/model_format.ts";
import { placesOfModel } from "../registry/residency.ts";
import type { Selection } from "../selection/selection.ts";
import type { Assignment } from "../selection/rollout_side.ts";
import { type CountedUsage, countUsage, nothingUsed } from "./call_usage.ts";
import type { Fallback } from "./model_attempts.ts";
import type { SentHistory } from "./history_window.ts";

const count = z.number().nullable();
const name = z.string().nullable();

/** Where a call of a model was sent, and where it may have been processed. */
const callPlaces = {
  /** The AWS region that was called; null where none was. */
  model_region: name,
  /** Every geography where the call may have been processed; null where none was made. */
  model_geographies: z.array(z.string()).nullable(),
};

const tokens = z.int().nonnegative().nullable();

/**
 * Tokens of a run, estimated where a model did not report them; null where no model worked on the
 * turn.
 */
export const tokenFigures = {
  /** Without those that were read from a cache. */
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_tokens: tokens,
  /** All that was written to the prompt cache. */
  cache_write_tokens: tokens,
  /** The part of `cache_write_tokens` that is kept for an hour. */
  cache_write_1h_tokens: tokens,
  /** The part of `output_tokens` that was thinking; null where the model does not tell it. */
  thinking_tokens: tokens,
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
  /** Whether a count of tokens is an estimate, because the model did not tell it. */
  usage_estimated: z.boolean().nullable(),
  /** Milliseconds from receiving the request to the end of the answer. */
  response_time_ms: count,
  /** Milliseconds from receiving the request to the first text or tool call. */
  time_to_first_token_ms: count,
  /** Most tokens of the answer that a limit left; null: none cut it. */
  answer_tokens_left: tokens,
  /** Most USD that the run was allowed to cost; null: no hard limit in USD. */
  granted_usd: count,
  /** The rollout that the run counts for; null: none. */
  rollout_id: count,
  /** Whether the `canary` or the `former` model was due. */
  rollout_side: z.enum(["canary", "former"]).nullable(),
  /** Percent of the units that went to the canary when this one was assigned. */
  rollout_share: count,
  /** The AWS region that the function ran in; null where the platform does not say. */
  function_region: name,
  /** Of the call that answered or failed. */
  ...callPlaces,
  /** The name that the model's row had. */
  model_name: name,
  /** When the answer, or of a stream its first piece, was there, in ISO 8601; null: none came. */
  generated_at: name,
  /** Hash of the assistant's prompt and settings; null without an assistant. */
  prompt_hash: name,
};

const callPlacesSchema = z.object(callPlaces);
const tokenFiguresSchema = z.object(tokenFigures);
const storedFiguresSchema = z.object(storedFigures);

/** Where a call of a model was sent, and where it may have been processed. */
export type CallPlaces = Readonly<z.infer<typeof callPlacesSchema>>;
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
  /** Calls that came to nothing beside the one that answered or failed, and are billed. */
  readonly unanswered_calls: readonly UnansweredCall[];
  /** What was assigned to that side; of it, the ledger keeps a keyed hash, and the log nothing. */
  readonly rollout_unit: string | null;
  // The rest goes to the log only.
  /** Whether the model was chosen from a registry that may be out of date. */
  readonly registry_stale: boolean;
  readonly streamed: boolean;
  /** Calls of models, all together. */
  readonly attempts: number;
  readonly messages_sent: number | null;
  readonly messages_left_out: number | null;
  /** Blocks of the messages sent that the model did not see, by kind; null where no model was called. */
  readonly blocks_left_out: LeftOut | null;
}

/** A call without an answer, as the ledger has it. */
export interface UnansweredCall extends TokenFigures, CallPlaces {
  readonly model_id: string;
  readonly error_code: ErrorCode | null;
  readonly bedrock_request_id: string | null;
  readonly usage_estimated: boolean;
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
  readonly unansweredCalls: readonly UnansweredCall[];
  /** Most USD that it was allowed to cost; null: no hard limit in USD. */
  readonly grantedUsd: number | null;
  /** The AWS region that the function runs in; null where the platform does not say. */
  readonly functionRegion: string | null;
  /** The rollout that it counts for; null: none. */
  readonly assignment: Assignment | null;
  /** Of the assistant, in the registry that the run was planned from. */
  readonly promptHash: string | null;
  /** When a model had begun to answer; null where none has. */
  readonly generatedAt: string | null;
}

/** What is known of a call. */
export interface CallFacts {
  readonly request: ModelRequest;
  readonly history: SentHistory;
  /** Most tokens of the answer that a limit left; null: none cut it. */
  readonly answerTokensLeft: number | null;
  /** AWS's id of the call. */
  requestId: string | null;
  /** Why it failed; null while it has not. */
  errorCode: ErrorCode | null;
  /** What a call used that failed before its first text. */
  counted: CountedUsage;
}

/** What came of a run. */
export type RunResult =
  | { readonly status: "complete"; readonly answer: ModelAnswer }
  /** The answer was cut short; what has come is kept. */
  | { readonly status: "partial"; readonly answer: PartialAnswer; readonly errorCode: ErrorCode }
  /** No text has come; what was used is paid all the same. */
  | { readonly status: "failed"; readonly errorCode: ErrorCode; readonly counted: CountedUsage };

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
    ...usageColumns(usageOf(call, result)),
    response_time_ms: times.responseTimeMs,
    time_to_first_token_ms: times.timeToFirstTokenMs,
    answer_tokens_left: call?.answerTokensLeft ?? null,
    granted_usd: facts.grantedUsd,
    rollout_id: facts.assignment?.rolloutId ?? null,
    rollout_side: facts.assignment?.side ?? null,
    rollout_share: facts.assignment?.share ?? null,
    model_name: facts.selection?.model.model_name ?? null,
    generated_at: result.status === "failed" ? null : facts.generatedAt,
    prompt_hash: facts.promptHash,
    rollout_unit: facts.assignment?.unit ?? null,
    function_region: facts.functionRegion,
    ...placesOf(call),
    unanswered_calls: facts.unansweredCalls,
    registry_stale: facts.registryStale,
    streamed: facts.streamed,
    attempts: facts.attempts,
    messages_sent: call?.history.messagesSent ?? null,
    messages_left_out: call?.history.messagesLeftOut ?? null,
    blocks_left_out: call?.history.leftOut ?? null,
  };
}

function placesOf(call: CallFacts | null): CallPlaces {
  if (call === null) return { model_region: null, model_geographies: null };
  const { model } = call.request;
  return { model_region: model.region, model_geographies: placesOfModel(model) };
}

function usageOf(call: CallFacts | null, result: RunResult): CountedUsage {
  if (result.status === "failed") return result.counted;
  if (call === null) return nothingUsed;
  return countUsage(call.request, result.answer.usage, result.answer.blocks);
}

function usageColumns({ usage, estimated }: CountedUsage) {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    thinking_tokens: usage.thinkingTokens,
    usage_estimated: estimated,
  };
}

/** The record of a call that came to nothing. */
export function unansweredCallOf(call: CallFacts): UnansweredCall {
  return {
    model_id: call.request.model.model_id,
    error_code: call.errorCode,
    bedrock_request_id: call.requestId,
    ...placesOf(call),
    ...usageColumns(call.counted),
  };
}
