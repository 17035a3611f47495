import { createBedrockClients } from "../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import { readBedrockConfig } from "../../supabase/functions/_shared/bedrock/bedrock_config.ts";
import { CircuitBreaker } from "../../supabase/functions/_shared/bedrock/circuit_breaker.ts";
import { invokeModel } from "../../supabase/functions/_shared/bedrock/invoke_model.ts";
import { streamModel } from "../../supabase/functions/_shared/bedrock/stream_model.ts";
import { TurnRunner } from "../../supabase/functions/_shared/conversations/turn_runner.ts";
import { createAuthenticator } from "../../supabase/functions/_shared/http/authenticate.ts";
import type { TurnOptions } from "../../supabase/functions/_shared/conversations/turn.ts";
import { continueInBackground } from "../../supabase/functions/_shared/http/background.ts";
import { readEnvironment } from "../../supabase/functions/_shared/http/environment.ts";
import { logToConsole } from "../../supabase/functions/_shared/http/log.ts";
import { serve } from "../../supabase/functions/_shared/http/serve.ts";
import { sleep } from "../../supabase/functions/_shared/http/sleep.ts";
import type { RegistryCache } from "../../supabase/functions/_shared/registry/registry_cache.ts";
import { createChatHandler } from "../../supabase/functions/chat/handler.ts";

const variables = Deno.env.toObject();

export const environment = readEnvironment(variables);
const bedrock = createBedrockClients(() => readBedrockConfig((name) => variables[name]), fetch);
const now = () => performance.now();

/**
 * `chat` with some of its parts exchanged, and nothing else: the same handler, check of tokens,
 * choice of the model, calls, retries, log and answers. Wired as `supabase/functions/chat/index.ts`.
 */
export function wireChat(parts: {
  readonly turns: TurnOptions["turns"];
  readonly registry: RegistryCache;
}): { fetch(request: Request): Promise<Response> } {
  const turns = new TurnRunner({
    ...parts,
    callModel: (request, timeoutMs) =>
      invokeModel({
        client: bedrock.forRegion(request.model.region),
        request,
        limits: { firstByteMs: timeoutMs, totalMs: timeoutMs },
        now,
      }),
    streamModel: (request, limits, signal) =>
      streamModel({
        client: bedrock.forRegion(request.model.region),
        request,
        limits,
        signal,
        now,
      }),
    breaker: new CircuitBreaker({ now }),
    modelEnded: () => {},
    retryBaseMs: environment.retryBaseMs,
    timeoutMs: environment.chatTimeoutMs,
    historyTokens: environment.chatHistoryTokens,
    sleep,
    random: Math.random,
    now,
    today: () => new Date(),
    randomId: () => crypto.randomUUID(),
    continueInBackground,
    report: (turn) => logToConsole("turn", { ...turn, detail: null }),
    reportLoss: (questionId) =>
      logToConsole("turn-lost", { question_id: questionId, detail: null }),
  });

  const handler = createChatHandler({
    authenticate: createAuthenticator(environment, fetch),
    turns,
    now,
    continueInBackground,
  });

  return { fetch: serve("chat", { "": { POST: handler } }, logToConsole) };
}
