import type { Usage } from "../core/answer.ts";
import { AppError, type ErrorCode } from "../core/app_error.ts";
import type { ContentBlock } from "../core/content.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import { unknownUsage } from "../formats/usage.ts";
import { tokensOf, tokensSent } from "../formats/token_estimate.ts";

/** Tokens of a call, told by the model or estimated. */
export interface CountedUsage {
  readonly usage: Usage;
  /** Whether a count is an estimate, because the model did not tell it. */
  readonly estimated: boolean;
}

/** The usage of a call that was never sent, or was refused before the model had done anything. */
export const nothingUsed: CountedUsage = { usage: unknownUsage, estimated: false };

/** AWS, or our own code, refuses such a call before the model does anything; it is not billed. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "bedrock_not_configured",
  "registry_invalid",
  "invalid_request",
  "bedrock_credentials_rejected",
  "bedrock_access_denied",
  "bedrock_model_unavailable",
  "bedrock_model_end_of_life",
  "bedrock_request_refused",
  "bedrock_refusal_unknown",
  "bedrock_throttled",
  "bedrock_quota_exhausted",
  "input_too_long",
  "modality_not_supported",
]);

/** Whether a call that failed like this was surely not billed. When in doubt, it was. */
export function isUnbilled(error: unknown): boolean {
  return error instanceof AppError && (error.unprocessed || refusals.has(error.code));
}

/**
 * Tokens of a call that a model has worked on, with an estimate for each count that it did not tell:
 * the input by what was sent, the output by what has come.
 *
 * @param told what the model told; null: nothing
 */
export function countUsage(
  request: ModelRequest,
  told: Usage | null,
  blocks: readonly ContentBlock[],
): CountedUsage {
  const usage = told ?? unknownUsage;
  const come = () => blocks.length === 0 ? 0 : tokensOf({ blocks });
  return {
    usage: {
      inputTokens: usage.inputTokens ?? tokensSent(request),
      outputTokens: usage.outputTokens ?? come(),
      cacheReadTokens: usage.cacheReadTokens ?? 0,
      cacheWriteTokens: usage.cacheWriteTokens ?? 0,
      cacheWrite1hTokens: usage.cacheWrite1hTokens ?? 0,
      thinkingTokens: usage.thinkingTokens,
    },
    // A count of cached tokens that is missing means that there were none.
    estimated: usage.inputTokens === null || usage.outputTokens === null,
  };
}
