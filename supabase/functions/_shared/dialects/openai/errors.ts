import type { AppError, Audience, ErrorCode } from "../../core/app_error.ts";
import type { DialectError } from "../dialect.ts";
import { retryHeaders } from "../retry_headers.ts";
import { UnsupportedField } from "./refusals.ts";

/** How the API tells an error. @see https://developers.openai.com/api/docs/guides/error-codes */
export interface OpenAIError {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  /** The field that is at fault, where the error names none itself. */
  readonly param?: string;
}

const invalid = refusal(400, null);
const unauthenticated = refusal(401, "invalid_api_key");
const forbidden = refusal(403, "insufficient_permissions");
const unknownModel = { ...refusal(404, "model_not_found"), param: "model" };
const overloaded: OpenAIError = {
  status: 503,
  type: "service_unavailable_error",
  code: "server_is_overloaded",
};

/** Status, type and code of every code of ours. There is no 409, which clients send again. */
export const openaiErrors: Readonly<Record<ErrorCode, OpenAIError>> = {
  invalid_json: invalid,
  invalid_request: invalid,
  body_too_large: refusal(413, "request_too_large"),
  request_timeout: refusal(408, "timeout"),
  method_not_allowed: refusal(405, null),
  not_found: refusal(404, null),

  missing_credentials: unauthenticated,
  invalid_credentials: unauthenticated,
  forbidden,
  insufficient_aal: forbidden,
  function_outside_geographies: forbidden,
  key_scope: forbidden,
  key_not_found: refusal(404, null),
  key_not_active: forbidden,
  limit_exceeded: { status: 429, type: "rate_limit_error", code: "limit_exceeded" },
  limit_not_found: refusal(404, null),
  alert_not_found: refusal(404, null),
  legal_hold: invalid,

  approval_required: invalid,
  person_required: forbidden,
  second_person_required: forbidden,
  proposal_not_found: refusal(404, null),
  proposal_not_open: invalid,
  nothing_to_sign: invalid,

  model_not_found: unknownModel,
  model_not_available: unknownModel,
  model_retired: unknownModel,
  modality_not_supported: invalid,
  model_is_default: invalid,
  successor_required: invalid,
  model_outside_geographies: forbidden,
  provider_retains_data: forbidden,
  model_exists: invalid,
  alias_taken: invalid,
  model_not_listed: unknownModel,
  price_unknown: forbidden,
  probe_failed: failure(502),
  probe_not_valid: invalid,
  evaluation_required: invalid,
  rollout_reverted: invalid,
  rollout_active: invalid,
  rollout_not_found: invalid,
  rollout_ended: invalid,
  registry_changed: invalid,
  registry_locked: overloaded,
  assistant_not_found: unknownModel,
  user_not_found: refusal(404, null),
  email_not_confirmed: invalid,
  last_platform_admin: invalid,
  own_role: invalid,
  assistant_exists: invalid,
  switch_not_found: refusal(404, null),
  rollback_impossible: invalid,
  last_available_model: invalid,
  no_model_available: overloaded,
  registry_invalid: failure(500),

  conversation_not_found: refusal(404, null),
  conversation_pinned: invalid,
  assistant_inactive: unknownModel,
  assistant_not_allowed: forbidden,
  turn_not_found: refusal(404, null),
  request_id_reused: invalid,
  turn_abandoned: failure(500),
  turn_in_progress: overloaded,

  client_disconnected: failure(499),

  model_suspended: overloaded,
  bedrock_not_configured: failure(503),
  bedrock_credentials_rejected: failure(502),
  bedrock_access_denied: failure(502),
  bedrock_model_unavailable: failure(502),
  bedrock_model_end_of_life: failure(502),
  bedrock_request_refused: invalid,
  bedrock_refusal_unknown: invalid,
  malformed_output: failure(502),
  bedrock_throttled: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  bedrock_quota_exhausted: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
  bedrock_model_error: failure(502),
  bedrock_bad_response: failure(502),
  bedrock_stream_truncated: failure(502),
  bedrock_stream_corrupt: failure(502),
  bedrock_unknown_frame: failure(502),
  bedrock_unavailable: overloaded,
  bedrock_timeout: { ...failure(504), code: "timeout" },
  input_too_long: { ...refusal(400, "context_length_exceeded"), param: "messages" },

  database_unavailable: overloaded,
  auth_unavailable: overloaded,
  storage_unavailable: overloaded,
  database_error: failure(500),
  internal_error: failure(500),
};

/** An error in the API's envelope. */
export function describeError(error: AppError, audience: Audience): DialectError {
  const { status, type, code, param = null } = openaiErrors[error.code];
  return {
    status,
    headers: retryHeaders(error),
    body: {
      error: {
        message: messageOf(error, audience),
        type,
        param: error.param === undefined ? param : inBrackets(error.param),
        code: error instanceof UnsupportedField ? error.openaiCode : code ?? ownCode(error, type),
      },
    },
  };
}

/** Where the API has no code: ours, for those who run the functions. */
function ownCode({ code }: AppError, type: string): string | null {
  return type === "api_error" ? code : null;
}

/** The other side's own words where it refused a request; else ours. */
function messageOf(error: AppError, audience: Audience): string {
  const { message, hint } = error.shownTo(audience);
  return error.upstreamText ?? (hint === undefined ? message : `${message} ${hint}`);
}

/** A place as the API writes it: `messages[0].content`. */
function inBrackets(param: string): string {
  return param.replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]");
}

function refusal(status: number, code: string | null): OpenAIError {
  return { status, type: "invalid_request_error", code };
}

function failure(status: number): OpenAIError {
  return { status, type: "api_error", code: null };
}
