import type { TokenCounter } from "../bedrock/count_tokens.ts";
import { AppError } from "../core/app_error.ts";
import { isTextType, mediaOf } from "../core/content.ts";
import type { AskedCall } from "../dialects/dialect.ts";
import type { Surface } from "../core/surface.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import { estimateTokens, tokensAsked, tokensOfPrompt } from "../formats/token_estimate.ts";
import { respondJson } from "../http/respond.ts";
import type { Handler } from "../http/serve.ts";
import type { Registry } from "../registry/registry.ts";
import { planRun, type RunQuestion } from "../runs/run_plan.ts";
import { beginCall, questionOf, readRequest, requireUsable } from "./begin_call.ts";
import { callHeaders, idHeaders } from "./call_headers.ts";
import type { CallOptions } from "./call_options.ts";

/** What a count of tokens depends on besides what a call does. */
export interface CountOptions extends CallOptions {
  /** Has Bedrock count, for the models whose row says that it can. */
  readonly countTokens: TokenCounter;
  /** Told why Bedrock did not count. */
  readonly reportUncounted: (modelId: string, error: unknown) => void;
}

/** Tokens of a prompt, and who counted them. */
interface Count {
  readonly tokens: number;
  readonly by: "bedrock" | "estimate";
}

/**
 * Counts the tokens of what the model that would answer would be sent. An estimate is on the high
 * side: a count that is too low would have its client send too much. It is no call: nothing is in
 * the ledger.
 *
 * @param read reads a request whose tokens are to be counted
 */
export function createCountHandler(
  surface: Surface,
  read: (body: unknown, headers: Headers) => AskedCall,
  options: CountOptions,
): Handler {
  return async (request, context) => {
    const { caller, body } = await readRequest(request, surface, options);
    const asked = read(body, request.headers);
    requireUsable(asked);
    const { clientLabel } = asked;
    const open = await beginCall({ caller, surface, clientLabel, context }, options);
    const question = questionOf(asked, open);
    const plan = planRun(open.registry, question, null);
    const { model, reason } = plan.selected;
    const prompt = fitting(() => plan.requestFor(model).request);
    const { tokens, by } = prompt === null
      ? { tokens: tokensOfLong(question, open.registry), by: "estimate" }
      : await count(prompt, request.signal, options);
    return respondJson({ input_tokens: tokens }, 200, {
      ...idHeaders(context.requestId),
      ...callHeaders(asked, {
        model_id: model.model_id,
        reason,
        registry_version: open.begun.registryVersion,
        fallback_code: null,
        answer_tokens_left: null,
      }),
      "x-switchboard-token-count": by,
    });
  };
}

async function count(
  request: ModelRequest,
  signal: AbortSignal,
  { countTokens, reportUncounted }: CountOptions,
): Promise<Count> {
  const { model } = request;
  if (model.capabilities.count_tokens) {
    try {
      return { tokens: await countTokens(request, signal), by: "bedrock" };
    } catch (error) {
      reportUncounted(model.model_id, error);
    }
  }
  return { tokens: estimate(request), by: "estimate" };
}

/** @throws {AppError} `not_found` where an estimate could be far too low */
function estimate(request: ModelRequest): number {
  const media = request.messages.flatMap(({ blocks }) => mediaOf(blocks));
  if (media.some(({ type, mediaType }) => type === "document" && !isTextType(mediaType))) {
    throw new AppError("not_found", "The tokens of documents cannot be counted for this model.", {
      hint: "Count without them. A page of a PDF has some thousands of tokens.",
    });
  }
  return tokensOfPrompt(request);
}

/** Null where it is too long to be sent: what its client wants to know is how long. */
function fitting(prepare: () => ModelRequest): ModelRequest | null {
  try {
    return prepare();
  } catch (error) {
    if (error instanceof AppError && error.code === "input_too_long") return null;
    throw error;
  }
}

function tokensOfLong(
  { system = [], history, question, tools = [], assistantType }: RunQuestion,
  { assistants }: Registry,
): number {
  const assistant = assistants.find((row) => row.assistant_type === assistantType);
  return estimateTokens(assistant?.system_prompt ?? "") +
    tokensAsked({ system, messages: [...history, question], tools });
}
