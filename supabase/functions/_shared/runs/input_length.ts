/** What is too long for a model, with the figures where they are known. */
import { AppError } from "../core/app_error.ts";
import type { Asked, ModelRequest } from "../formats/model_format.ts";
import { tokensAsked, tokensSent } from "../formats/token_estimate.ts";
import type { Model } from "../registry/model.ts";
import { textTokensOf } from "./history_window.ts";

/**
 * How often the estimate, which is from above, must exceed what a model takes before it is refused
 * without a call. English text comes to less than one and a half.
 */
const surely = 2;

/**
 * Refuses what is far too long for a model, media aside. Whatever may fit is the model's to judge.
 *
 * @throws {AppError} `input_too_long`
 */
export function requireFittingText(model: Model, asked: Asked): void {
  const tokens = tokensAsked({ ...asked, messages: [] }) + textTokensOf(asked.messages);
  if (tokens > surely * model.context_window) throw tooLong(model, tokens);
}

/** The error with the tokens of the request, where it lacks them and the estimate bears it out. */
export function withLength(error: unknown, request: ModelRequest): unknown {
  if (!(error instanceof AppError) || error.code !== "input_too_long") return error;
  const tokens = tokensSent(request);
  if (/[0-9] >/.test(error.message) || tokens <= request.model.context_window) return error;
  const told = tooLong(request.model, tokens, error);
  told.upstreamRequestId = error.upstreamRequestId;
  return told;
}

function tooLong(
  { model_id, context_window }: Model,
  tokens: number,
  { upstreamText, cause }: Pick<AppError, "upstreamText" | "cause"> = {
    upstreamText: undefined,
    cause: undefined,
  },
): AppError {
  return new AppError(
    "input_too_long",
    `The conversation is too long for "${model_id}": ` +
      `about ${tokens} tokens > ${context_window} maximum.`,
    { hint: "Begin a new conversation, or send a shorter message.", upstreamText, cause },
  );
}
