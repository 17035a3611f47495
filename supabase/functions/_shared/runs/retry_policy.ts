import type { ErrorCode } from "../core/app_error.ts";

/** What is done about a failed call of a model. */
export interface RetryRule {
  /** How often the same model is called, the first time included. */
  readonly tries: number;
  /**
   * Which other models may answer instead: any, none, or one of another maker, which may take what
   * this one does not; `unless_due`: any, where the model that failed stands in for another itself.
   */
  readonly fallback: "any" | "another_maker" | "unless_due" | "none";
  /**
   * What it says of the model: nothing (`none`), that it fails at times (`passing`), or that it
   * will fail again just the same (`lasting`).
   */
  readonly verdict: "none" | "passing" | "lasting";
}

const throttled: RetryRule = { tries: 3, fallback: "any", verdict: "passing" };
const broken: RetryRule = { tries: 2, fallback: "any", verdict: "passing" };
const slow: RetryRule = { tries: 1, fallback: "any", verdict: "passing" };
const denied: RetryRule = { tries: 1, fallback: "any", verdict: "lasting" };
/** AWS gave a reason that we do not know, which may be the request's or the model's. */
const unexplained: RetryRule = { tries: 1, fallback: "another_maker", verdict: "none" };
/** The model was not called: a limit leaves too little for it. */
const unaffordable: RetryRule = { tries: 1, fallback: "unless_due", verdict: "none" };
/** The request or the functions are at fault: no model would fare better. */
const ours: RetryRule = { tries: 1, fallback: "none", verdict: "none" };

const rules: Partial<Record<ErrorCode, RetryRule>> = {
  bedrock_throttled: throttled,
  bedrock_unavailable: throttled,
  bedrock_model_error: broken,
  bedrock_bad_response: broken,
  bedrock_stream_truncated: broken,
  bedrock_stream_corrupt: broken,
  bedrock_unknown_frame: broken,
  // A second try would wait as long again.
  bedrock_timeout: slow,
  // "Too many tokens per day": trying again is useless until the day is over.
  bedrock_quota_exhausted: denied,
  bedrock_access_denied: denied,
  bedrock_model_unavailable: denied,
  bedrock_model_end_of_life: denied,
  bedrock_refusal_unknown: unexplained,
  limit_exceeded: unaffordable,
  price_unknown: unaffordable,
};

/** What to do about a call that failed with `code`. */
export function retryRule(code: ErrorCode): RetryRule {
  return rules[code] ?? ours;
}

/**
 * Milliseconds to wait before the next try: full jitter on an exponential, or what the other side
 * asked for if that is longer.
 *
 * @param tries how often the model has been called so far, from 1
 * @param random from 0 to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(
  tries: number,
  baseMs: number,
  retryAfterSeconds: number | undefined,
  random: number,
): number {
  const exponential = Math.min(baseMs * 2 ** (tries - 1), 10 * baseMs);
  return Math.max(random * exponential, (retryAfterSeconds ?? 0) * 1000);
}
