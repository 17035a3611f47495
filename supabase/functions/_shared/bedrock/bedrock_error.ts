import { AppError, type ErrorCode } from "../core/app_error.ts";
import { bedrockErrorRules } from "./bedrock_error_rules.ts";
import { type BedrockFault, readFault } from "./bedrock_fault.ts";

/**
 * Refusals of a request for what is in it. Who sent it can act on AWS's own words, and some clients
 * do so by themselves.
 */
const ofRequests: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "bedrock_request_refused",
  "bedrock_refusal_unknown",
  "input_too_long",
  "invalid_request",
  "modality_not_supported",
]);

/**
 * Turns whatever a call of Bedrock throws into an {@linkcode AppError}. Its message and hint never
 * quote AWS, whose texts can hold account numbers and parts of a request; the error itself is the
 * `cause`, for the log. Of a request that is refused, `upstreamText` has AWS's words.
 *
 * An error that is neither AWS's nor the network's is a fault of the functions: `internal_error`.
 */
export function toBedrockError(error: unknown, modelId: string): AppError {
  if (error instanceof AppError) return error;
  const fault = readFault(error);
  const { retryAfterSeconds } = fault;
  const rule = bedrockErrorRules.find((rule) =>
    rule.texts?.some((text) => fault.text.includes(text)) ||
    rule.names?.includes(fault.name) ||
    (fault.status !== null && rule.statuses?.includes(fault.status))
  );
  if (rule !== undefined) {
    return new AppError(rule.code, rule.message(modelId, fault), {
      hint: rule.hint,
      retryAfterSeconds,
      refusedHistory: rule.refusedHistory,
      upstreamText: upstreamTextOf(rule.code, fault),
      unprocessed: rule.code === "bedrock_unavailable" && fault.status !== null,
      cause: error,
    });
  }
  return withoutRule(fault, error);
}

/** Only a validation's: a denial, and a proxy's page, are no matter of the request. */
function upstreamTextOf(
  code: ErrorCode,
  { name, status, words }: BedrockFault,
): string | undefined {
  const isValidation = name === "ValidationException" && (status === null || status === 400);
  return isValidation && ofRequests.has(code) && words?.trim() ? words : undefined;
}

function withoutRule(fault: BedrockFault, cause: unknown): AppError {
  const { status, retryAfterSeconds } = fault;
  if (status !== null && status >= 500) {
    return new AppError("bedrock_unavailable", `Bedrock answered with status ${status}.`, {
      hint: "Try again in a minute.",
      retryAfterSeconds,
      cause,
    });
  }
  if (status !== null && status >= 300) {
    return new AppError("bedrock_refusal_unknown", `Bedrock answered with status ${status}.`, {
      hint: "AWS's reason is in the functions' log.",
      cause,
    });
  }
  if (fault.isNetwork || fault.name === "AbortError") {
    return new AppError("bedrock_unavailable", "The connection to Bedrock failed.", {
      hint: "Check the region, AWS_ENDPOINT_URL_BEDROCK_RUNTIME and the network, then try again.",
      unprocessed: fault.isConnecting,
      cause,
    });
  }
  // With a status of success, what failed is reading the body: a proxy's page, or half an answer.
  if (status !== null || fault.name === "SyntaxError") {
    return new AppError(
      "bedrock_bad_response",
      "The response of Bedrock's endpoint is invalid.",
      {
        hint: "Check AWS_ENDPOINT_URL_BEDROCK_RUNTIME and the proxies in between.",
        cause,
      },
    );
  }
  return new AppError("internal_error", undefined, { cause });
}
