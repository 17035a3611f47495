import { toBedrockError } from "../bedrock/bedrock_error.ts";
import { AppError, type ErrorCode } from "../core/app_error.ts";

const permissions = "Allow bedrock:ListFoundationModels and bedrock:ListInferenceProfiles on " +
  'resource "*" for the principal whose keys the functions use.';
const endpoint = "Check BEDROCK_REGION and AWS_ENDPOINT_URL_BEDROCK.";

/** Messages of codes that mean something else for the lists than for calls of models. */
const meanings: Readonly<
  Partial<
    Record<ErrorCode, readonly [message: (action: string, region: string) => string, hint: string]>
  >
> = {
  bedrock_access_denied: [
    (action, region) => `IAM does not allow ${action} in ${region}.`,
    permissions,
  ],
  bedrock_throttled: [
    (action, region) => `AWS throttles ${action} in ${region}.`,
    "Try again in a minute.",
  ],
  bedrock_model_unavailable: [
    (action, region) => `The endpoint of ${region} does not support ${action}.`,
    endpoint,
  ],
  bedrock_refusal_unknown: [
    (action, region) => `AWS refused ${action} in ${region}.`,
    "AWS's reason is in the functions' log.",
  ],
  bedrock_timeout: [
    (action, region) => `AWS did not answer ${action} in ${region} in time.`,
    "Try again in a minute.",
  ],
  bedrock_unavailable: [
    (action, region) => `Bedrock's control plane in ${region} cannot be reached for ${action}.`,
    `Try again in a minute. ${endpoint}`,
  ],
  bedrock_bad_response: [
    (action, region) => `The answer to ${action} in ${region} cannot be read.`,
    endpoint,
  ],
};

/**
 * Turns an error of the lists of models into an {@linkcode AppError}. As with calls of models, its
 * message and hint never quote AWS; the error itself is the `cause`, for the log.
 *
 * @param action The IAM action, such as `bedrock:ListFoundationModels`.
 */
export function toCatalogError(error: unknown, action: string, region: string): AppError {
  if (error instanceof AppError) return error;
  const known = toBedrockError(error, action);
  const meaning = meanings[known.code];
  if (meaning === undefined) return known;
  const [message, hint] = meaning;
  const { retryAfterSeconds } = known;
  return new AppError(known.code, message(action, region), {
    hint,
    retryAfterSeconds,
    cause: error,
  });
}
