import { createBedrockClients } from "../_shared/bedrock/bedrock_client.ts";
import { readBedrockConfig } from "../_shared/bedrock/bedrock_config.ts";
import { beginTurn } from "../_shared/conversations/begin_turn.ts";
import type { TurnOptions } from "../_shared/conversations/turn_options.ts";
import { createAuthenticator } from "../_shared/http/authenticate.ts";
import { serve } from "../_shared/http/serve.ts";
import type { CircuitBreaker } from "../_shared/runs/circuit_breaker.ts";
import { createModelCaller } from "../_shared/runs/model_caller.ts";
import { telemetryOfRun } from "../_shared/runs/telemetry_of_run.ts";
import { continueInBackground } from "../_shared/runtime/background.ts";
import type { Environment } from "../_shared/runtime/environment.ts";
import { describeCauses, logToConsole } from "../_shared/runtime/log.ts";
import { maskWords } from "../_shared/runtime/mask_words.ts";
import { sleep } from "../_shared/runtime/sleep.ts";
import { createExportHandler, type ExportDependencies } from "./export_handler.ts";
import { type ChatDependencies, createChatHandler } from "./handler.ts";

/** What `chat` keeps its turns and its choice of models in; in memory in the benchmark. */
export interface ChatParts
  extends
    Pick<TurnOptions, "turns" | "objects" | "registry" | "modelEnded">,
    Pick<ChatDependencies, "isOperator" | "requireAllowedRegion">,
    Pick<ExportDependencies, "requireRegionNow" | "readExportPage"> {
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

/** Puts the function together with everything that is the same wherever turns are kept. */
export function createChat(parts: ChatParts): { fetch(request: Request): Promise<Response> } {
  const {
    environment,
    readEnv,
    fetch,
    now,
    isOperator,
    requireAllowedRegion,
    requireRegionNow,
    readExportPage,
    ...kept
  } = parts;
  const bedrock = createBedrockClients(() => readBedrockConfig(readEnv), fetch);
  const options: TurnOptions = {
    ...kept,
    now,
    ...createModelCaller(bedrock, now),
    functionRegion: environment.functionRegion,
    retryBaseMs: environment.retryBaseMs,
    timeoutMs: environment.chatTimeoutMs,
    historyTokens: environment.chatHistoryTokens,
    sleep,
    random: Math.random,
    today: () => new Date(),
    randomId: () => crypto.randomUUID(),
    continueInBackground,
    report: (turn, ended) =>
      logToConsole("turn", {
        ...telemetryOfRun(turn),
        ...ended !== undefined && { detail: maskWords(describeCauses(ended.error), ended.words) },
      }),
    reportLoss: (questionId, error) =>
      logToConsole("turn-lost", {
        question_id: questionId,
        detail: describeCauses(error),
      }),
    reportMediaLoss: (questionId, count, error) =>
      logToConsole("media-lost", {
        question_id: questionId,
        count,
        detail: describeCauses(error),
      }),
  };
  const authenticate = createAuthenticator(environment, fetch);
  const { objects } = options;
  const handler = createChatHandler({
    authenticate,
    requireAllowedRegion,
    objects,
    beginTurn: (request, startedAt) => beginTurn(request, startedAt, options),
    isOperator,
    now,
    continueInBackground,
  });
  const exporting = createExportHandler({
    authenticate,
    requireRegionNow,
    readExportPage,
    objects,
    log: logToConsole,
  });
  return {
    fetch: serve({ "": { POST: handler }, "/export": { GET: exporting } }, logToConsole),
  };
}
