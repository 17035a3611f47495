import { createBedrockClients } from "../bedrock/bedrock_client.ts";
import { readBedrockConfig } from "../bedrock/bedrock_config.ts";
import { createTokenCounter } from "../bedrock/count_tokens.ts";
import { codeOf } from "../core/app_error.ts";
import type { AskedCall, Dialect } from "../dialects/dialect.ts";
import { apiKeyHints, createAuthenticator } from "../http/authenticate.ts";
import type { AnswerError, Handler } from "../http/serve.ts";
import type { CircuitBreaker } from "../runs/circuit_breaker.ts";
import { createModelCaller } from "../runs/model_caller.ts";
import { telemetryOfRun } from "../runs/telemetry_of_run.ts";
import { continueInBackground } from "../runtime/background.ts";
import type { Environment } from "../runtime/environment.ts";
import { describeCauses, logToConsole } from "../runtime/log.ts";
import { maskWords } from "../runtime/mask_words.ts";
import { sleep } from "../runtime/sleep.ts";
import { createCallHandler } from "./answer_call.ts";
import type { CallOptions } from "./call_options.ts";
import type { CountOptions } from "./count_call.ts";
import { createModelHandler, createModelsHandler } from "./list_models.ts";
import { refuseCall } from "./refuse_call.ts";

/** What calls begin with and choose their models from; in memory in the benchmark. */
export interface CallParts
  extends Pick<CallOptions, "calls" | "registry" | "modelEnded" | "requireAllowedRegion"> {
  readonly environment: Environment;
  /** Looks up the settings of the calls of models, when they are first needed. */
  readonly readEnv: (name: string) => string | undefined;
  /** Carries the calls of models, and the requests for the keys that tokens are signed with. */
  readonly fetch: typeof globalThis.fetch;
  /** Uses the same clock. */
  readonly breaker: CircuitBreaker;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** What a function of a dialect is made of. */
export interface Calls {
  readonly answer: Handler;
  readonly listModels: Handler;
  /** Of a path with a rest, which is the model's name. */
  readonly describeModel: Handler;
  readonly answerError: AnswerError;
  readonly options: CountOptions;
}

/** Milliseconds of silence that clients and proxies bear. */
export const longestSilenceMs = 10_000;

/** Puts together everything that is the same wherever calls begin, and for both dialects. */
export function createCalls<Asked extends AskedCall>(
  dialect: Dialect<Asked>,
  parts: CallParts,
): Calls {
  const options = optionsOf(parts);
  return {
    answer: createCallHandler(dialect, options),
    listModels: createModelsHandler(dialect.surface, options),
    describeModel: createModelHandler(dialect.surface, options),
    answerError: (error, context) => refuseCall(dialect, error, context),
    options,
  };
}

function optionsOf(parts: CallParts): CountOptions {
  const { environment, readEnv, fetch, now, ...kept } = parts;
  const bedrock = createBedrockClients(() => readBedrockConfig(readEnv), fetch);
  return {
    ...kept,
    now,
    ...createModelCaller(bedrock, now),
    countTokens: createTokenCounter(bedrock),
    reportUncounted: (modelId, error) =>
      logToConsole("tokens-estimated", { model_id: modelId, code: codeOf(error) }),
    authenticate: createAuthenticator(environment, fetch, apiKeyHints),
    functionRegion: environment.functionRegion,
    retryBaseMs: environment.retryBaseMs,
    timeoutMs: environment.chatTimeoutMs,
    silenceMs: longestSilenceMs,
    sleep,
    random: Math.random,
    today: () => new Date(),
    continueInBackground,
    report: (call, ended) =>
      logToConsole("call", {
        ...telemetryOfRun(call),
        ...ended !== undefined && { detail: maskWords(describeCauses(ended.error), ended.words) },
      }),
    reportFault: (id, error) =>
      logToConsole("answer-broken", { request_id: id, detail: describeCauses(error) }),
    reportLoss: (id, error) =>
      logToConsole("call-lost", { request_id: id, detail: describeCauses(error) }),
  };
}
