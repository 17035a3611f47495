/** What `chat` streams, as docs/api.md describes it. */

export interface AnsweringModel {
  readonly model_id: string | null;
  readonly model_name: string | null;
  readonly reason: string | null;
  /** Which should have answered, and why it did not; only with a fallback. */
  readonly requested_model?: string | null;
  readonly fallback_code?: string | null;
}

export interface TurnUsage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly cost_usd: number | null;
}

export interface TurnStart {
  readonly conversation_id: string;
  readonly model: AnsweringModel;
  readonly registry_version: number;
}

export interface TurnDone {
  readonly conversation_id: string;
  readonly message: { readonly content: string; readonly status: string };
  readonly model: AnsweringModel;
  readonly usage: TurnUsage;
  readonly registry_version: number;
  readonly registry?: "stale";
  readonly persisted?: false;
  readonly response_time_ms: number | null;
}

export interface TurnError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly request_id: string;
  readonly retryable: boolean;
  readonly stored: { readonly status: string; readonly characters: number };
}

export type ChatEvent =
  | { readonly type: "turn-start"; readonly data: TurnStart }
  | { readonly type: "text-delta"; readonly data: { readonly text: string } }
  | { readonly type: "usage"; readonly data: TurnUsage }
  | { readonly type: "done"; readonly data: TurnDone }
  | { readonly type: "error"; readonly data: TurnError };

export interface ChatRequest {
  readonly message: string;
  readonly request_id: string;
  readonly conversation_id?: string;
  readonly model_id?: string;
}
