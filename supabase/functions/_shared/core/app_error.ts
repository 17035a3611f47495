/**
 * What every code means to a caller: the HTTP status, whether the same request may succeed when
 * it is sent again unchanged, and the message used when the place that failed gives none.
 */
const errorTable = {
  // The request
  invalid_json: [400, false, "The request body is not valid JSON."],
  invalid_request: [400, false, "The request is not valid."],
  body_too_large: [413, false, "The request body is too large."],
  method_not_allowed: [405, false, "Method not allowed."],
  not_found: [404, false, "Not found."],

  // The caller
  missing_credentials: [401, false, "The request has no credentials."],
  invalid_credentials: [401, false, "The credentials are not valid."],
  forbidden: [403, false, "The caller is not allowed to do this."],

  // The registry
  model_not_found: [404, false, "Model not found."],
  model_not_available: [409, false, "The model is not available."],
  model_retired: [409, false, "The model is retired."],
  model_is_default: [409, false, "The model is the default."],
  model_outside_geographies: [
    409,
    false,
    "Calls of the model may leave the allowed geographies.",
  ],
  model_exists: [409, false, "The model is already registered."],
  model_not_listed: [404, false, "The model is not in AWS's catalog."],
  price_unknown: [409, false, "The model's price is not known."],
  probe_failed: [502, true, "The model failed its probe."],
  registry_changed: [409, false, "The registry has changed since."],
  assistant_not_found: [404, false, "Assistant not found."],
  switch_not_found: [404, false, "Switch not found."],
  rollback_impossible: [409, false, "The rollback is not possible."],
  last_available_model: [409, false, "It is the last available model."],
  no_model_available: [503, true, "No model is available."],
  registry_invalid: [500, false, "The registry has an invalid row."],

  // The conversation
  conversation_not_found: [404, false, "Conversation not found."],
  conversation_pinned: [409, false, "The conversation is pinned to another model."],
  assistant_inactive: [409, false, "The assistant is not active."],
  request_id_reused: [409, false, "The request_id belongs to another request."],
  turn_abandoned: [500, true, "The instance stopped before the answer was stored."],
  turn_in_progress: [409, true, "The turn is still running."],

  client_disconnected: [499, true, "The client disconnected before the answer was complete."],

  // Bedrock
  model_suspended: [503, true, "The model keeps failing and is suspended."],
  bedrock_not_configured: [503, false, "The functions have no AWS credentials."],
  bedrock_credentials_rejected: [502, false, "AWS rejected the functions' credentials."],
  bedrock_access_denied: [502, false, "AWS denied access to the model."],
  bedrock_model_unavailable: [502, false, "AWS does not offer the model in this region."],
  bedrock_model_end_of_life: [502, false, "AWS has retired the model."],
  bedrock_request_refused: [502, false, "The model refused the request."],
  bedrock_throttled: [429, true, "The model is throttled."],
  bedrock_quota_exhausted: [429, false, "The model's quota is used up."],
  bedrock_model_error: [502, true, "The model failed."],
  bedrock_bad_response: [502, true, "The model's response is invalid."],
  bedrock_stream_truncated: [502, true, "The model's stream ended before the answer was complete."],
  bedrock_stream_corrupt: [502, true, "The model's stream is corrupt."],
  bedrock_unknown_frame: [502, true, "The model's stream has an unknown event."],
  bedrock_unavailable: [503, true, "Bedrock is unreachable."],
  bedrock_timeout: [504, true, "The model did not answer in time."],
  input_too_long: [413, false, "The conversation is too long for the model."],

  // The project and the rest
  database_unavailable: [503, true, "The database is unreachable."],
  auth_unavailable: [503, true, "The Auth server is unreachable."],
  database_error: [500, false, "The database refused the request."],
  internal_error: [500, false, "Internal error."],
} as const satisfies Record<string, readonly [status: number, retryable: boolean, message: string]>;

/** Every code that an error answer can carry. */
export type ErrorCode = keyof typeof errorTable;

/** Whether `value` is one of the codes, for codes that come from outside (the database). */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorTable, value);
}

/** The codes, for documentation and tests. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** What may accompany an {@linkcode AppError}. */
export interface AppErrorOptions extends ErrorOptions {
  /** What the caller can do about it. */
  readonly hint?: string | undefined;
  /** Seconds after which a retry may succeed, where the other side said so. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * An expected failure. The message and the hint are shown to the caller, so they never hold a
 * token, a prompt or an upstream stack; `cause` is for the log only.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The other side's id of the call that failed, for the log and its support. */
  upstreamRequestId: string | undefined;

  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? errorTable[code][2], options);
    this.code = code;
    this.hint = options.hint;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The HTTP status of the answer. */
  get status(): number {
    return errorTable[this.code][0];
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return errorTable[this.code][1];
  }
}
