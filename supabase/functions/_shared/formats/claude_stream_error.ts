import { AppError, type ErrorCode } from "../core/app_error.ts";

/** @see https://platform.claude.com/docs/en/api/errors */
const codes: ReadonlyMap<unknown, ErrorCode> = new Map<unknown, ErrorCode>([
  ["overloaded_error", "bedrock_unavailable"],
  ["rate_limit_error", "bedrock_throttled"],
  ["timeout_error", "bedrock_timeout"],
  ["request_too_large", "input_too_long"],
  ["invalid_request_error", "bedrock_refusal_unknown"],
  ["authentication_error", "bedrock_credentials_rejected"],
  ["permission_error", "bedrock_access_denied"],
  ["not_found_error", "bedrock_model_unavailable"],
]);

/**
 * Reads an `error` event that Claude writes into its own stream, beside the exceptions of Bedrock.
 * Its text is not quoted, since it may hold parts of the request; where it refuses the request, it is
 * the `upstreamText`.
 */
export function claudeStreamError(type: unknown, message: unknown): AppError {
  const cause = new Error(`${type}: ${message}`);
  const words = typeof message === "string" && message.trim() !== "" ? message : undefined;
  if (words !== undefined && /prompt is too long|exceed context limit/i.test(words)) {
    return new AppError("input_too_long", undefined, {
      hint: "Begin a new conversation, or send a shorter message.",
      upstreamText: words,
      cause,
    });
  }
  return new AppError(codes.get(type) ?? "bedrock_model_error", undefined, {
    hint: "Try again, or use another model.",
    upstreamText: type === "invalid_request_error" ? words : undefined,
    cause,
  });
}
