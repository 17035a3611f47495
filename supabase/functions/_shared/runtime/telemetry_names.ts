/**
 * Names of OpenTelemetry's semantic conventions in the log lines of turns and calls. What the
 * conventions have no name for is `switchboard.` and the name that the record of a run has for it.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */

/** The versions that the names are from; those of generative AI are in status Development. */
export const conventions = {
  "gen_ai.*": "semantic-conventions-genai v0.1.0",
  "error.type, aws.request_id": "semantic-conventions v1.37.0",
  "trace_id, span_id": "Trace Context in non-OTLP Log Formats v1.0",
} as const;

export const telemetryNames = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  requestStream: "gen_ai.request.stream",
  responseModel: "gen_ai.response.model",
  finishReasons: "gen_ai.response.finish_reasons",
  timeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  conversationId: "gen_ai.conversation.id",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  cacheWriteTokens: "gen_ai.usage.cache_write.input_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  errorType: "error.type",
  awsRequestId: "aws.request_id",
} as const;

/** What stands before names of our own. */
export const ownPrefix = "switchboard.";

/** What the conventions have as values. */
export const operationName = "chat";
export const providerName = "aws.bedrock";
