import type { BedrockRuntimeClientConfig } from "@aws-sdk/client-bedrock-runtime";

type RetryStrategy = Exclude<BedrockRuntimeClientConfig["retryStrategy"], undefined>;

const onlyTry = { getRetryCount: () => 0, getRetryDelay: () => 0 };
const noOther = new Error("What is tried again is decided elsewhere.");

/**
 * The SDK's retries, without any: what is tried again, and when, is decided in `model_attempts.ts`. The
 * SDK's own strategy with one attempt keeps accounts of what it never does.
 */
export const oneTry = {
  acquireInitialRetryToken: () => Promise.resolve(onlyTry),
  refreshRetryTokenForRetry: () => Promise.reject(noOther),
  recordSuccess() {},
} as RetryStrategy;
