import type { RunRecord } from "../../../../../supabase/functions/_shared/runs/run_record.ts";

/** The record of a run that a model has answered, but for what a test changes. */
export function runRecord(change: Partial<RunRecord> = {}): RunRecord {
  return {
    status: "complete",
    error_code: null,
    model_id: "vendor.first-v1:0",
    reason: "default",
    requested_model: null,
    fallback_code: null,
    registry_version: 7,
    stop_reason: "end_turn",
    provider_stop_reason: "end_turn",
    bedrock_request_id: "call-1",
    input_tokens: 3,
    output_tokens: 2,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    thinking_tokens: null,
    usage_estimated: false,
    response_time_ms: 0,
    time_to_first_token_ms: 0,
    answer_tokens_left: null,
    granted_usd: null,
    unanswered_calls: [],
    registry_stale: false,
    streamed: false,
    attempts: 1,
    messages_sent: 0,
    messages_left_out: 0,
    blocks_left_out: {},
    ...change,
  };
}
