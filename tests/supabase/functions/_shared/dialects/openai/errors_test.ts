import { expect } from "@std/expect";
import {
  AppError,
  errorCodes,
} from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import { openaiDialect } from "../../../../../../supabase/functions/_shared/dialects/openai/openai.ts";
import { operatorsWords } from "../../../../../support/operators_words.ts";
import type { ClientError } from "./ask.ts";

const describe = (error: AppError, audience: "user" | "operator" = "user") => {
  const { status, headers, body } = openaiDialect.describeError(error, audience, "an-id");
  return { status, headers, ...(body as { error: ClientError }).error };
};

/** Codes that a call can end with: status, type, code, and whether clients send it again. */
const table: readonly (readonly [
  code: AppError["code"],
  status: number,
  type: string,
  openaiCode: string | null,
  retried: boolean,
])[] = [
  ["invalid_json", 400, "invalid_request_error", null, false],
  ["invalid_request", 400, "invalid_request_error", null, false],
  ["modality_not_supported", 400, "invalid_request_error", null, false],
  ["input_too_long", 400, "invalid_request_error", "context_length_exceeded", false],
  ["body_too_large", 413, "invalid_request_error", "request_too_large", false],
  ["missing_credentials", 401, "invalid_request_error", "invalid_api_key", false],
  ["invalid_credentials", 401, "invalid_request_error", "invalid_api_key", false],
  ["forbidden", 403, "invalid_request_error", "insufficient_permissions", false],
  ["key_scope", 403, "invalid_request_error", "insufficient_permissions", false],
  ["model_not_found", 404, "invalid_request_error", "model_not_found", false],
  ["model_not_available", 404, "invalid_request_error", "model_not_found", false],
  ["model_retired", 404, "invalid_request_error", "model_not_found", false],
  ["assistant_inactive", 404, "invalid_request_error", "model_not_found", false],
  ["not_found", 404, "invalid_request_error", null, false],
  ["method_not_allowed", 405, "invalid_request_error", null, false],
  ["request_timeout", 408, "invalid_request_error", "timeout", true],
  ["bedrock_request_refused", 400, "invalid_request_error", null, false],
  ["bedrock_refusal_unknown", 400, "invalid_request_error", null, false],
  ["bedrock_throttled", 429, "rate_limit_error", "rate_limit_exceeded", true],
  ["bedrock_quota_exhausted", 429, "insufficient_quota", "insufficient_quota", false],
  ["bedrock_not_configured", 503, "api_error", "bedrock_not_configured", false],
  ["bedrock_credentials_rejected", 502, "api_error", "bedrock_credentials_rejected", false],
  ["bedrock_access_denied", 502, "api_error", "bedrock_access_denied", false],
  ["bedrock_model_unavailable", 502, "api_error", "bedrock_model_unavailable", false],
  ["bedrock_model_end_of_life", 502, "api_error", "bedrock_model_end_of_life", false],
  ["bedrock_model_error", 502, "api_error", "bedrock_model_error", true],
  ["bedrock_bad_response", 502, "api_error", "bedrock_bad_response", true],
  ["bedrock_stream_truncated", 502, "api_error", "bedrock_stream_truncated", true],
  ["bedrock_stream_corrupt", 502, "api_error", "bedrock_stream_corrupt", true],
  ["bedrock_unknown_frame", 502, "api_error", "bedrock_unknown_frame", true],
  ["malformed_output", 502, "api_error", "malformed_output", true],
  ["bedrock_unavailable", 503, "service_unavailable_error", "server_is_overloaded", true],
  ["model_suspended", 503, "service_unavailable_error", "server_is_overloaded", true],
  ["no_model_available", 503, "service_unavailable_error", "server_is_overloaded", true],
  ["database_unavailable", 503, "service_unavailable_error", "server_is_overloaded", true],
  ["auth_unavailable", 503, "service_unavailable_error", "server_is_overloaded", true],
  ["bedrock_timeout", 504, "api_error", "timeout", true],
  ["internal_error", 500, "api_error", "internal_error", false],
  ["limit_exceeded", 429, "rate_limit_error", "limit_exceeded", false],
  ["price_unknown", 403, "invalid_request_error", "insufficient_permissions", false],
];

for (const [code, status, type, openaiCode, retried] of table) {
  Deno.test(`describeError() tells ${code} as ${status} ${type}`, () => {
    expect(describe(new AppError(code))).toMatchObject({
      status,
      type,
      code: openaiCode,
      headers: { "x-should-retry": String(retried) },
    });
  });
}

Deno.test("describeError() gives every code an error that clients can read, and no 409", () => {
  for (const code of errorCodes) {
    const { status, headers, message, type, param } = describe(new AppError(code));
    expect({ code, status }).not.toEqual({ code, status: 409 });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers["x-should-retry"]).toMatch(/^(true|false)$/);
    expect([typeof message, typeof type]).toEqual(["string", "string"]);
    expect(param === null || typeof param === "string").toBe(true);
    expect(message).not.toMatch(operatorsWords);
  }
});

Deno.test("describeError() tells when to come back only within the time that clients wait", () => {
  const after = (retryAfterSeconds: number) =>
    describe(new AppError("bedrock_throttled", undefined, { retryAfterSeconds })).headers;
  expect(after(7)).toEqual({ "x-should-retry": "true", "retry-after": "7" });
  expect(after(60)).toEqual({ "x-should-retry": "true", "retry-after": "60" });
  expect(after(61)).toEqual({ "x-should-retry": "false" });
  // AWS tells none as a rule.
  expect(describe(new AppError("bedrock_throttled")).headers["retry-after"]).toBe("5");
  expect(describe(new AppError("model_suspended")).headers["retry-after"]).toBe("10");
  // The end of a limit's window is told where it is near.
  const limited = (retryAfterSeconds?: number) =>
    describe(new AppError("limit_exceeded", undefined, { retryAfterSeconds })).headers;
  expect(limited(23)).toEqual({ "x-should-retry": "true", "retry-after": "23" });
  expect(limited()).toEqual({ "x-should-retry": "false" });
  const used = new AppError("bedrock_quota_exhausted", undefined, { retryAfterSeconds: 7 });
  expect(describe(used).headers).toEqual({ "x-should-retry": "false" });
});

Deno.test("describeError() names the field at fault as the API does", () => {
  const param = (param: string) =>
    describe(new AppError("invalid_request", "No.", { param })).param;
  expect(param("messages.0.content.12.image_url.url"))
    .toBe("messages[0].content[12].image_url.url");
  expect(param("tools.3")).toBe("tools[3]");
  expect(param("max_tokens")).toBe("max_tokens");
  expect(describe(new AppError("model_not_found")).param).toBe("model");
  expect(describe(new AppError("input_too_long")).param).toBe("messages");
  expect(describe(new AppError("invalid_request")).param).toBeNull();
});

Deno.test("describeError() gives the words of the model's side, to users too", () => {
  const upstreamText = "messages.1.content.0: Invalid `signature` in `thinking` block";
  const refused = new AppError("bedrock_request_refused", "Ours.", { upstreamText });
  expect(describe(refused)).toMatchObject({ message: upstreamText });
});

Deno.test("describeError() tells operators what to do, and users only what concerns them", () => {
  const denied = new AppError("bedrock_access_denied", "IAM denies it.", { hint: "Allow it." });
  expect(describe(denied, "operator").message).toBe("IAM denies it. Allow it.");
  expect(describe(denied).message).not.toMatch(/IAM|Allow/);
});
