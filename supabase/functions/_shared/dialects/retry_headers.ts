import type { AppError } from "../core/app_error.ts";

/** Most seconds that a client is told to wait: told more, some ask again at once, others in hours. */
const longestWait = 60;

/**
 * Whether a client is to send its request again, and when. Both makers' clients decide by these
 * headers, and without them by the status, which would have them repeat what cannot get better.
 */
export function retryHeaders(
  { retryable, retryAfterSeconds: seconds }: AppError,
): Readonly<Record<string, string>> {
  const isSoon = seconds === undefined || seconds <= longestWait;
  return {
    "x-should-retry": String(retryable && isSoon),
    ...(retryable && isSoon && seconds !== undefined && { "retry-after": String(seconds) }),
  };
}
