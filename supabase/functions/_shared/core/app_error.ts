/**
 * What every code means: who can do something about it, the HTTP status, whether the same request
 * may succeed when it is sent again unchanged, and the message used when the place that failed
 * gives none.
 */
const errorTable = {
  // The request
  invalid_json: ["callers", 400, false, "The request body is not valid JSON."],
  invalid_request: ["callers", 400, false, "The request is not valid."],
  body_too_large: ["callers", 413, false, "The request body is too large."],
  method_not_allowed: ["callers", 405, false, "Method not allowed."],
  not_found: ["callers", 404, false, "Not found."],

  // The caller
  missing_credentials: ["callers", 401, false, "The request has no credentials."],
  invalid_credentials: ["callers", 401, false, "The credentials are not valid."],
  forbidden: ["callers", 403, false, "The caller is not allowed to do this."],

  // The registry
  model_not_found: ["callers", 404, false, "Model not found."],
  model_not_available: ["callers", 409, false, "The model is not available."],
  model_retired: ["callers", 409, false, "The model is retired."],
  model_is_default: ["operators", 409, false, "The model is the default."],
  model_outside_geographies: [
    "operators",
    409,
    false,
    "Calls of the model may leave the allowed geographies.",
  ],
  model_exists: ["operators", 409, false, "The model is already registered."],
  model_not_listed: ["operators", 404, false, "The model is not in AWS's catalog."],
  price_unknown: ["operators", 409, false, "The model's price is not known."],
  probe_failed: ["operators", 502, true, "The model failed its probe."],
  registry_changed: ["operators", 409, false, "The registry has changed since."],
  assistant_not_found: ["operators", 404, false, "Assistant not found."],
  switch_not_found: ["operators", 404, false, "Switch not found."],
  rollback_impossible: ["operators", 409, false, "The rollback is not possible."],
  last_available_model: ["operators", 409, false, "It is the last available model."],
  no_model_available: ["operators", 503, true, "No model is available."],
  registry_invalid: ["operators", 500, false, "The registry has an invalid row."],

  // The conversation
  conversation_not_found: ["callers", 404, false, "Conversation not found."],
  conversation_pinned: ["callers", 409, false, "The conversation is pinned to another model."],
  assistant_inactive: ["operators", 409, false, "The assistant is not active."],
  request_id_reused: ["callers", 409, false, "The request_id belongs to another request."],
  turn_abandoned: ["operators", 500, true, "The instance stopped before the answer was stored."],
  turn_in_progress: ["callers", 409, true, "The turn is still running."],

  client_disconnected: [
    "callers",
    499,
    true,
    "The client disconnected before the answer was complete.",
  ],

  // Bedrock
  model_suspended: ["operators", 503, true, "The model keeps failing and is suspended."],
  bedrock_not_configured: ["operators", 503, false, "The functions have no AWS credentials."],
  bedrock_credentials_rejected: [
    "operators",
    502,
    false,
    "AWS rejected the functions' credentials.",
  ],
  bedrock_access_denied: ["operators", 502, false, "AWS denied access to the model."],
  bedrock_model_unavailable: [
    "operators",
    502,
    false,
    "AWS does not offer the model in this region.",
  ],
  bedrock_model_end_of_life: ["operators", 502, false, "AWS has retired the model."],
  bedrock_request_refused: ["operators", 502, false, "The model refused the request."],
  bedrock_refusal_unknown: [
    "operators",
    502,
    false,
    "AWS refused the request for a reason that is not known here.",
  ],
  bedrock_throttled: ["operators", 429, true, "The model is throttled."],
  bedrock_quota_exhausted: ["operators", 429, false, "The model's quota is used up."],
  bedrock_model_error: ["operators", 502, true, "The model failed."],
  bedrock_bad_response: ["operators", 502, true, "The model's response is invalid."],
  bedrock_stream_truncated: [
    "operators",
    502,
    true,
    "The model's stream ended before the answer was complete.",
  ],
  bedrock_stream_corrupt: ["operators", 502, true, "The model's stream is corrupt."],
  bedrock_unknown_frame: ["operators", 502, true, "The model's stream has an unknown event."],
  bedrock_unavailable: ["operators", 503, true, "Bedrock is unreachable."],
  bedrock_timeout: ["operators", 504, true, "The model did not answer in time."],
  input_too_long: ["callers", 413, false, "The conversation is too long for the model."],

  // The project and the rest
  database_unavailable: ["operators", 503, true, "The database is unreachable."],
  auth_unavailable: ["operators", 503, true, "The Auth server is unreachable."],
  database_error: ["operators", 500, false, "The database refused the request."],
  internal_error: ["operators", 500, false, "Internal error."],
} as const satisfies Record<
  string,
  readonly [whose: "callers" | "operators", status: number, retryable: boolean, message: string]
>;

/** All that users are told, besides the code, where only operators can do something. */
const messageForUsers = "The request cannot be answered at present.";

/** Every code that an error answer can carry. */
export type ErrorCode = keyof typeof errorTable;

/** Whether `value` is one of the codes, for codes that come from outside (the database). */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorTable, value);
}

/** The codes, for documentation and tests. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** Who reads an error: an operator reads everything; a user, what users can act on. */
export type Audience = "user" | "operator";

/** What may accompany an {@linkcode AppError}. */
export interface AppErrorOptions extends ErrorOptions {
  /** What those can do about it who can. */
  readonly hint?: string | undefined;
  /** Seconds after which a retry may succeed, where the other side said so. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * An expected failure. The message and the hint go to callers and to the log, so they never hold a
 * token, a prompt or an upstream stack; `cause` is for the log only. Which callers read them is the
 * code's matter: {@linkcode AppError.shownTo}.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The other side's id of the call that failed, for the log and its support. */
  upstreamRequestId: string | undefined;

  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? errorTable[code][3], options);
    this.code = code;
    this.hint = options.hint;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The HTTP status of the answer. */
  get status(): number {
    return errorTable[this.code][1];
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return errorTable[this.code][2];
  }

  /** Whether only operators can do something about it; users are not told what. */
  get isForOperators(): boolean {
    return errorTable[this.code][0] === "operators";
  }

  /** The words for a reader. */
  shownTo(audience: Audience): { readonly message: string; readonly hint?: string } {
    if (audience === "user" && this.isForOperators) {
      return {
        message: messageForUsers,
        ...(this.retryable && { hint: "Try again in a minute." }),
      };
    }
    return { message: this.message, ...(this.hint !== undefined && { hint: this.hint }) };
  }
}
