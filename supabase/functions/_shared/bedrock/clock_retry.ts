import type { BedrockRuntimeClientConfig } from "@aws-sdk/client-bedrock-runtime";

type RetryStrategy = Exclude<BedrockRuntimeClientConfig["retryStrategy"], undefined>;

const firstTry = { getRetryCount: () => 0, getRetryDelay: () => 0 };
const secondTry = { getRetryCount: () => 1, getRetryDelay: () => 0 };
const noOther = new Error("What is tried again is decided elsewhere.");

/**
 * The SDK's retries, but for one: none, since what is tried again, and when, is decided in
 * `model_attempts.ts`. Where AWS refuses a signature because the clocks differ, the SDK learns the
 * difference from the answer and signs again; only the SDK can do that, so it may once.
 */
export const clockRetry = {
  acquireInitialRetryToken: () => Promise.resolve(firstTry),
  refreshRetryTokenForRetry: (token, { error }) =>
    token === firstTry && isClockCorrected(error)
      ? Promise.resolve(secondTry)
      : Promise.reject(noOther),
  recordSuccess() {},
} as RetryStrategy;

/** How the SDK marks an error from which it has learnt what time AWS has. */
function isClockCorrected(error: unknown): boolean {
  return typeof error === "object" && error !== null && "$metadata" in error &&
    (error.$metadata as { clockSkewCorrected?: boolean }).clockSkewCorrected === true;
}
