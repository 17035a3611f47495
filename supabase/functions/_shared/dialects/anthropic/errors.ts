import type { AppError, Audience, ErrorCode } from "../../core/app_error.ts";
import type { DialectError } from "../dialect.ts";
import { retryHeaders } from "../retry_headers.ts";

/** The API's words for what went wrong. @see https://platform.claude.com/docs/en/api/errors */
type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "api_error"
  | "timeout_error"
  | "overloaded_error";

type Meaning = readonly [status: number, type: ErrorType];

const invalid: Meaning = [400, "invalid_request_error"];
const unauthenticated: Meaning = [401, "authentication_error"];
const forbidden: Meaning = [403, "permission_error"];
const missing: Meaning = [404, "not_found_error"];
const limited: Meaning = [429, "rate_limit_error"];
const failed: Meaning = [500, "api_error"];
const misconfigured: Meaning = [502, "api_error"];
const overloaded: Meaning = [529, "overloaded_error"];

/** Status and type of every code. There is no 409, which clients take for worth a retry. */
export const anthropicErrors: Readonly<Record<ErrorCode, Meaning>> = {
  invalid_json: invalid,
  invalid_request: invalid,
  body_too_large: [413, "request_too_large"],
  request_timeout: [408, "timeout_error"],
  method_not_allowed: [405, "not_found_error"],
  not_found: missing,

  missing_credentials: unauthenticated,
  invalid_credentials: unauthenticated,
  forbidden,
  insufficient_aal: forbidden,
  function_outside_geographies: forbidden,
  key_scope: forbidden,
  key_not_found: missing,
  key_not_active: forbidden,
  limit_exceeded: limited,
  limit_not_found: missing,
  alert_not_found: missing,
  legal_hold: invalid,

  approval_required: invalid,
  person_required: forbidden,
  second_person_required: forbidden,
  proposal_not_found: missing,
  proposal_not_open: invalid,
  nothing_to_sign: invalid,

  model_not_found: missing,
  model_not_available: missing,
  model_retired: missing,
  modality_not_supported: invalid,
  model_is_default: invalid,
  successor_required: invalid,
  model_outside_geographies: forbidden,
  provider_retains_data: forbidden,
  model_exists: invalid,
  alias_taken: invalid,
  model_not_listed: missing,
  price_unknown: forbidden,
  probe_failed: failed,
  probe_not_valid: invalid,
  evaluation_required: invalid,
  rollout_reverted: invalid,
  rollout_active: invalid,
  rollout_not_found: invalid,
  rollout_ended: invalid,
  registry_changed: invalid,
  registry_locked: overloaded,
  assistant_not_found: missing,
  user_not_found: missing,
  email_not_confirmed: invalid,
  last_platform_admin: invalid,
  own_role: invalid,
  assistant_exists: invalid,
  switch_not_found: missing,
  rollback_impossible: invalid,
  last_available_model: invalid,
  no_model_available: overloaded,
  registry_invalid: failed,

  conversation_not_found: missing,
  conversation_pinned: invalid,
  assistant_inactive: missing,
  assistant_not_allowed: forbidden,
  turn_not_found: missing,
  request_id_reused: invalid,
  turn_abandoned: failed,
  turn_in_progress: overloaded,

  client_disconnected: [499, "api_error"],

  model_suspended: overloaded,
  bedrock_not_configured: [503, "api_error"],
  bedrock_credentials_rejected: misconfigured,
  bedrock_access_denied: misconfigured,
  bedrock_model_unavailable: misconfigured,
  bedrock_model_end_of_life: misconfigured,
  bedrock_request_refused: invalid,
  bedrock_refusal_unknown: invalid,
  malformed_output: failed,
  bedrock_throttled: limited,
  bedrock_quota_exhausted: limited,
  bedrock_model_error: failed,
  bedrock_bad_response: failed,
  bedrock_stream_truncated: failed,
  bedrock_stream_corrupt: failed,
  bedrock_unknown_frame: failed,
  bedrock_unavailable: overloaded,
  bedrock_timeout: [504, "timeout_error"],
  input_too_long: invalid,

  database_unavailable: overloaded,
  auth_unavailable: overloaded,
  storage_unavailable: overloaded,
  database_error: failed,
  internal_error: failed,
};

/** An error in the API's envelope. */
export function describeError(
  error: AppError,
  audience: Audience,
  requestId: string,
): DialectError {
  const [status, type] = anthropicErrors[error.code];
  return {
    status,
    headers: retryHeaders(error),
    body: {
      type: "error",
      error: { type, message: messageOf(error, audience) },
      request_id: requestId,
    },
  };
}

/** What clients look for to shorten a conversation. */
const tooLong = "prompt is too long";
const saysTooLong = /prompt is too long|exceed context limit/i;

/** The other side's own words, by which some clients mend their next request; else ours. */
function messageOf(error: AppError, audience: Audience): string {
  const { upstreamText } = error;
  const { message, hint } = error.shownTo(audience);
  const ours = hint === undefined ? message : `${message} ${hint}`;
  if (error.code === "input_too_long") {
    if (upstreamText !== undefined && saysTooLong.test(upstreamText)) return upstreamText;
    const [figures] = /\d+ tokens > \d+ maximum/.exec(message) ?? [];
    return `${tooLong}: ${figures ?? ours}`;
  }
  return upstreamText ?? ours;
}
