import type { AppError, ErrorCode } from "../core/app_error.ts";

/** Most seconds that a client is told to wait: told more, some ask again at once, others in hours. */
const longestWait = 60;

/** Seconds to wait where AWS tells none. */
const usualWaits: Partial<Record<ErrorCode, number>> = {
  bedrock_throttled: 5,
  // As long as a model is first left out.
  model_suspended: 10,
};

/**
 * Whether a client is to send its request again, and when. Both makers' clients decide by these
 * headers, and without them by the status, which would have them repeat what cannot get better.
 */
export function retryHeaders(
  { code, retryable, retryAfterSeconds }: AppError,
): Readonly<Record<string, string>> {
  const seconds = retryAfterSeconds ?? usualWaits[code];
  const isSoon = seconds === undefined || seconds <= longestWait;
  return {
    "x-should-retry": String(retryable && isSoon),
    ...(retryable && isSoon && seconds !== undefined && { "retry-after": String(seconds) }),
  };
}
