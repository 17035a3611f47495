/** What the log says of a turn: ids, names and figures, no words. */
export interface TurnReport {
  readonly request_id: string;
  readonly conversation_id: string;
  readonly message_id: string | null;
  readonly outcome: "complete" | "partial" | "failed" | "repeated";
  readonly error_code: string | null;
  readonly assistant_type: string | null;
  readonly model_id: string | null;
  readonly reason: string | null;
  readonly requested_model: string | null;
  readonly fallback_code: string | null;
  readonly registry_version: number | null;
  readonly registry_stale: boolean;
  readonly streamed: boolean;
  readonly persisted: boolean;
  /** Calls of models that the turn took. */
  readonly attempts: number;
  readonly messages_sent: number | null;
  readonly messages_left_out: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly cost_usd: number | null;
  readonly response_time_ms: number | null;
  readonly time_to_first_token_ms: number | null;
}
