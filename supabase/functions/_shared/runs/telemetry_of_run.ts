import type { LogFields } from "../runtime/log.ts";
import {
  operationName,
  ownPrefix,
  providerName,
  telemetryNames,
} from "../runtime/telemetry_names.ts";
import type { TraceContext } from "../runtime/trace_context.ts";
import type { RunReport } from "./run_report.ts";

/** A run as the log tells it, with what surrounds it. */
export interface LoggedRun extends Omit<RunReport, "outcome"> {
  readonly request_id: string;
  readonly outcome: RunReport["outcome"] | "repeated";
  readonly conversation_id?: string;
  readonly trace: TraceContext | null;
}

/**
 * The fields of its log line, in the names of OpenTelemetry's conventions; those that are not known
 * are left out. Of a run that began with a model and was answered by another, the request names the
 * one that was due.
 */
export function telemetryOfRun({ request_id, trace, ...report }: LoggedRun): LogFields {
  const {
    conversation_id,
    model_id,
    requested_model,
    error_code,
    outcome,
    streamed,
    stop_reason,
    time_to_first_token_ms: firstTokenMs,
    bedrock_request_id,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_write_tokens,
    thinking_tokens,
    ...own
  } = report;
  const hasAnswer = outcome !== "failed";
  const named = telemetryNames;
  return known({
    request_id,
    ...trace,
    [named.operation]: operationName,
    [named.provider]: providerName,
    [named.conversationId]: conversation_id ?? null,
    [named.requestModel]: requested_model ?? model_id,
    [named.requestStream]: streamed,
    [named.responseModel]: hasAnswer ? model_id : null,
    [named.finishReasons]: finishReasons(outcome, stop_reason),
    // Of a plain answer, which comes as a whole, that of its first byte.
    [named.timeToFirstChunk]: firstTokenMs === null ? null : firstTokenMs / 1000,
    // The conventions count cached tokens in; the ledger and Bedrock do not.
    [named.inputTokens]: input_tokens === null
      ? null
      : input_tokens + (cache_read_tokens ?? 0) + (cache_write_tokens ?? 0),
    [named.outputTokens]: output_tokens,
    [named.cacheReadTokens]: cache_read_tokens,
    [named.cacheWriteTokens]: cache_write_tokens,
    [named.reasoningTokens]: thinking_tokens,
    [named.errorType]: error_code,
    [named.awsRequestId]: bedrock_request_id,
    ...Object.fromEntries(
      Object.entries({ outcome, ...own }).map(([name, value]) => [`${ownPrefix}${name}`, value]),
    ),
  });
}

function finishReasons(
  outcome: LoggedRun["outcome"],
  stopReason: string | null,
): readonly string[] | null {
  if (outcome === "partial") return ["error"];
  return stopReason === null ? null : [stopReason];
}

function known(fields: Readonly<Record<string, LogFields[string] | undefined>>): LogFields {
  const present = Object.entries(fields).filter(([, value]) =>
    value !== null && value !== undefined
  );
  return Object.fromEntries(present) as LogFields;
}
