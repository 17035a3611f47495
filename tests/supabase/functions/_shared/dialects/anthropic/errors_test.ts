import { expect } from "@std/expect";
import {
  AppError,
  type AppErrorOptions,
  type ErrorCode,
  errorCodes,
} from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import { anthropicDialect } from "../../../../../../supabase/functions/_shared/dialects/anthropic/anthropic.ts";

function described(code: ErrorCode, options: AppErrorOptions = {}, message?: string) {
  const error = new AppError(code, message, options);
  const { status, headers, body } = anthropicDialect.describeError(error, "operator", "req");
  return { status, headers, ...(body as { error: { type: string; message: string } }).error };
}

/** The types of the API, with the statuses that its clients tell them by. */
const statuses: Readonly<Record<string, readonly number[]>> = {
  invalid_request_error: [400],
  authentication_error: [401],
  permission_error: [403],
  not_found_error: [404, 405],
  request_too_large: [413],
  rate_limit_error: [429],
  api_error: [499, 500, 502, 503],
  timeout_error: [408, 504],
  overloaded_error: [529],
};

Deno.test("describeError() gives every code a status of its type, and says whether to retry", () => {
  for (const code of errorCodes) {
    const { status, type, headers } = described(code);
    expect([code, statuses[type]?.includes(status)]).toEqual([code, true]);
    expect(headers["x-should-retry"]).toBe(String(new AppError(code).retryable));
  }
});

Deno.test("describeError() writes the API's envelope", () => {
  const error = new AppError("model_not_found", "There is no such model.", {
    hint: "Ask for one.",
  });
  expect(anthropicDialect.describeError(error, "user", "req-1").body).toEqual({
    type: "error",
    error: { type: "not_found_error", message: "There is no such model. Ask for one." },
    request_id: "req-1",
  });
});

Deno.test("describeError() maps what its clients act on", () => {
  const cases: readonly (readonly [ErrorCode, number, string])[] = [
    ["invalid_request", 400, "invalid_request_error"],
    ["bedrock_request_refused", 400, "invalid_request_error"],
    ["invalid_credentials", 401, "authentication_error"],
    ["key_scope", 403, "permission_error"],
    ["model_not_available", 404, "not_found_error"],
    ["body_too_large", 413, "request_too_large"],
    ["bedrock_throttled", 429, "rate_limit_error"],
    ["limit_exceeded", 429, "rate_limit_error"],
    ["price_unknown", 403, "permission_error"],
    ["bedrock_access_denied", 502, "api_error"],
    ["bedrock_timeout", 504, "timeout_error"],
    ["bedrock_unavailable", 529, "overloaded_error"],
  ];
  for (const [code, status, type] of cases) expect(described(code)).toMatchObject({ status, type });
});

Deno.test("describeError() has a client wait a minute at most, and only for what may succeed", () => {
  const wait = (code: ErrorCode, retryAfterSeconds: number) =>
    described(code, { retryAfterSeconds }).headers["retry-after"];
  expect(wait("bedrock_throttled", 7)).toBe("7");
  expect(wait("bedrock_throttled", 3_600)).toBeUndefined();
  expect(wait("limit_exceeded", 23)).toBe("23");
  expect(described("limit_exceeded").headers)
    .toEqual({ "x-should-retry": "false" });
  expect(wait("bedrock_quota_exhausted", 7)).toBeUndefined();
});

Deno.test("describeError() gives the words of a refusal as they came", () => {
  const upstreamText = "messages.1.content.0.thinking: each thinking block must contain thinking";
  expect(described("bedrock_request_refused", { upstreamText }).message).toBe(upstreamText);
});

Deno.test("describeError() says that the prompt is too long as clients look for it", () => {
  const message = (options: AppErrorOptions, own?: string) =>
    described("input_too_long", options, own).message;
  const upstreamText = "prompt is too long: 210000 tokens > 200000 maximum";
  expect(message({ upstreamText })).toBe(upstreamText);
  const limits = "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000";
  expect(message({ upstreamText: limits })).toBe(limits);
  expect(message({}, 'Too long for "a": about 210000 tokens > 200000 maximum.'))
    .toBe("prompt is too long: 210000 tokens > 200000 maximum");
  expect(message({ upstreamText: "Input is too long for requested model." }, "Too long."))
    .toBe("prompt is too long: Too long.");
});
