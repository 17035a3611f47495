/** What a code means. */
export interface CodeMeaning {
  /** Who can do something about it. */
  readonly audience: "user" | "operator";
  /** Of the HTTP answer. */
  readonly status: number;
  /** Whether the same request may succeed when it is sent again unchanged. */
  readonly retryable: boolean;
  /** Used when the place that failed gives none. */
  readonly message: string;
}

function forUsers(status: number, retryable: boolean, message: string): CodeMeaning {
  return { audience: "user", status, retryable, message };
}

function forOperators(status: number, retryable: boolean, message: string): CodeMeaning {
  return { audience: "operator", status, retryable, message };
}

/** Every code, and what it means. */
export const errorTable = {
  // The request
  invalid_json: forUsers(400, false, "The request body is not valid JSON."),
  invalid_request: forUsers(400, false, "The request is not valid."),
  body_too_large: forUsers(413, false, "The request body is too large."),
  request_timeout: forUsers(408, true, "The request body did not arrive in time."),
  method_not_allowed: forUsers(405, false, "Method not allowed."),
  not_found: forUsers(404, false, "Not found."),

  // The caller
  missing_credentials: forUsers(401, false, "The request has no credentials."),
  invalid_credentials: forUsers(401, false, "The credentials are not valid."),
  forbidden: forUsers(403, false, "The caller is not allowed to do this."),
  insufficient_aal: forUsers(403, false, "A second factor is required."),
  function_outside_geographies: forUsers(
    403,
    false,
    "The function runs in a region that is not allowed.",
  ),
  key_scope: forUsers(403, false, "The caller may not use this."),
  key_not_found: forOperators(404, false, "API key not found."),
  key_not_active: forOperators(409, false, "The API key is revoked, has expired or is replaced."),

  limit_exceeded: forUsers(429, true, "A limit is reached."),
  limit_not_found: forOperators(404, false, "Limit not found."),
  alert_not_found: forOperators(404, false, "Alert not found."),
  legal_hold: forOperators(409, false, "The user's data is under a legal hold."),

  // A second person
  approval_required: forOperators(409, false, "A second person has to approve this."),
  person_required: forOperators(403, false, "A person has to do this."),
  second_person_required: forOperators(403, false, "Another platform admin has to do this."),
  proposal_not_found: forOperators(404, false, "Proposal not found."),
  proposal_not_open: forOperators(409, false, "The proposal is decided on, or has expired."),
  nothing_to_sign: forOperators(409, false, "The entry needs no signature."),

  // The registry
  model_not_found: forUsers(404, false, "Model not found."),
  model_not_available: forUsers(409, false, "The model is not available."),
  model_retired: forUsers(409, false, "The model is retired."),
  modality_not_supported: forUsers(400, false, "The model does not take such content."),
  model_is_default: forOperators(409, false, "The model is the default."),
  successor_required: forOperators(409, false, "The model is in use and has no successor."),
  model_outside_geographies: forOperators(
    409,
    false,
    "Calls of the model may leave the allowed geographies.",
  ),
  provider_retains_data: forOperators(
    409,
    false,
    "The model's provider keeps traffic, which is not allowed here.",
  ),
  model_exists: forOperators(409, false, "The model is already registered."),
  alias_taken: forOperators(409, false, "The name belongs to another model."),
  model_not_listed: forOperators(404, false, "The model is not in AWS's catalog."),
  price_unknown: forOperators(409, false, "The model's price is not known."),
  probe_failed: forOperators(502, true, "The model failed its probe."),
  probe_not_valid: forOperators(409, false, "The probe does not hold for this switch."),
  evaluation_required: forOperators(
    409,
    false,
    "The assistant requires an evaluation that the model has not passed.",
  ),
  rollout_reverted: forOperators(409, false, "The rollout of the model was taken back."),
  rollout_active: forOperators(409, false, "A rollout is under way."),
  rollout_not_found: forOperators(404, false, "Rollout not found."),
  rollout_ended: forOperators(409, false, "The rollout has ended."),
  registry_changed: forOperators(409, false, "The registry has changed since."),
  registry_locked: forOperators(409, true, "Another transaction has locked the registry."),
  assistant_not_found: forOperators(404, false, "Assistant not found."),
  user_not_found: forOperators(404, false, "User not found."),
  email_not_confirmed: forOperators(409, false, "The user's address is not confirmed."),
  last_platform_admin: forOperators(409, false, "The user is the last platform admin."),
  own_role: forOperators(409, false, "It is the operator's own role."),
  assistant_exists: forOperators(409, false, "There is such an assistant already."),
  switch_not_found: forOperators(404, false, "Switch not found."),
  rollback_impossible: forOperators(409, false, "The rollback is not possible."),
  last_available_model: forOperators(409, false, "It is the last available model."),
  no_model_available: forOperators(503, true, "No model is available."),
  registry_invalid: forOperators(500, false, "The registry has an invalid row."),

  // The conversation
  conversation_not_found: forUsers(404, false, "Conversation not found."),
  conversation_pinned: forUsers(409, false, "The conversation is pinned to another model."),
  assistant_inactive: forOperators(409, false, "The assistant is not active."),
  assistant_not_allowed: forUsers(
    403,
    false,
    "The conversation is with an assistant that is not that of the user's role.",
  ),
  turn_not_found: forOperators(404, false, "Turn not found."),
  request_id_reused: forUsers(409, false, "The request_id belongs to another request."),
  turn_abandoned: forOperators(500, true, "The instance stopped before the answer was stored."),
  turn_in_progress: forUsers(409, true, "The turn is still running."),

  client_disconnected: forUsers(
    499,
    true,
    "The client disconnected before the answer was complete.",
  ),

  // Bedrock
  model_suspended: forOperators(503, true, "The model keeps failing and is suspended."),
  bedrock_not_configured: forOperators(503, false, "The functions have no AWS credentials."),
  bedrock_credentials_rejected: forOperators(
    502,
    false,
    "AWS rejected the functions' credentials.",
  ),
  bedrock_access_denied: forOperators(502, false, "AWS denied access to the model."),
  bedrock_model_unavailable: forOperators(
    502,
    false,
    "AWS does not offer the model in this region.",
  ),
  bedrock_model_end_of_life: forOperators(502, false, "AWS has retired the model."),
  bedrock_request_refused: forOperators(502, false, "The model refused the request."),
  bedrock_refusal_unknown: forOperators(
    502,
    false,
    "AWS refused the request for a reason that is not known here.",
  ),
  malformed_output: forUsers(502, true, "The model's answer does not fit the schema."),
  bedrock_throttled: forOperators(429, true, "The model is throttled."),
  bedrock_quota_exhausted: forOperators(429, false, "The model's quota is used up."),
  bedrock_model_error: forOperators(502, true, "The model failed."),
  bedrock_bad_response: forOperators(502, true, "The model's response is invalid."),
  bedrock_stream_truncated: forOperators(
    502,
    true,
    "The model's stream ended before the answer was complete.",
  ),
  bedrock_stream_corrupt: forOperators(502, true, "The model's stream is corrupt."),
  bedrock_unknown_frame: forOperators(502, true, "The model's stream has an unknown event."),
  bedrock_unavailable: forOperators(503, true, "Bedrock is unreachable."),
  bedrock_timeout: forOperators(504, true, "The model did not answer in time."),
  input_too_long: forUsers(413, false, "The conversation is too long for the model."),

  // The project and the rest
  database_unavailable: forOperators(503, true, "The database is unreachable."),
  auth_unavailable: forOperators(503, true, "The Auth server is unreachable."),
  storage_unavailable: forOperators(503, true, "Storage is unreachable."),
  database_error: forOperators(500, false, "The database refused the request."),
  internal_error: forOperators(500, false, "Internal error."),
};
