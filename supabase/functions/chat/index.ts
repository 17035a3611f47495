import { createBedrockClients } from "../_shared/bedrock/bedrock_client.ts";
import { readBedrockConfig, readBedrockRegion } from "../_shared/bedrock/bedrock_config.ts";
import { CircuitBreaker } from "../_shared/bedrock/circuit_breaker.ts";
import { invokeModel } from "../_shared/bedrock/invoke_model.ts";
import { streamModel } from "../_shared/bedrock/stream_model.ts";
import { TurnRunner } from "../_shared/conversations/turn_runner.ts";
import { TurnStore } from "../_shared/conversations/turn_store.ts";
import { createRpcClient } from "../_shared/database/rpc_client.ts";
import { createAuthenticator } from "../_shared/http/authenticate.ts";
import { continueInBackground } from "../_shared/http/background.ts";
import { maskWords } from "../_shared/http/mask_words.ts";
import { readEnvironment } from "../_shared/http/environment.ts";
import { describeCauses, logToConsole } from "../_shared/http/log.ts";
import { serve } from "../_shared/http/serve.ts";
import { sleep } from "../_shared/http/sleep.ts";
import { recordRetirement } from "../_shared/registry/record_retirement.ts";
import { RegistryCache } from "../_shared/registry/registry_cache.ts";
import { readRegistry } from "../_shared/registry/registry_store.ts";
import { createChatHandler } from "./handler.ts";

const variables = Deno.env.toObject();
const environment = readEnvironment(variables);
const database = createRpcClient({
  url: environment.supabaseUrl,
  secretKey: environment.secretKeys[0],
  fetch,
});
const readEnv = (name: string) => variables[name];
const bedrock = createBedrockClients(() => readBedrockConfig(readEnv), fetch);
const now = () => performance.now();
const breaker = new CircuitBreaker({ now });

const turns = new TurnRunner({
  turns: new TurnStore(database),
  registry: new RegistryCache({
    load: async () => {
      // A row that names no region is called in ours, which has to be an allowed one.
      const registry = await readRegistry(database, { region: readBedrockRegion(readEnv) });
      // A switch holds for the very next request, whatever this instance thought of the model.
      breaker.reset();
      return registry;
    },
    ttlMs: environment.registryTtlMs,
    now,
    reportStale: (error) => logToConsole("registry-stale", { detail: describeCauses(error) }),
  }),
  callModel: (request, timeoutMs) =>
    invokeModel({
      client: bedrock.forRegion(request.model.region),
      request,
      // Bedrock sends nothing before the whole answer is there, so the first byte may take as long.
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
  breaker,
  modelEnded: (modelId) =>
    continueInBackground(
      recordRetirement(database, modelId).catch((error) =>
        logToConsole("retirement-lost", { model_id: modelId, detail: describeCauses(error) })
      ),
    ),
  retryBaseMs: environment.retryBaseMs,
  timeoutMs: environment.chatTimeoutMs,
  historyTokens: environment.chatHistoryTokens,
  sleep,
  random: Math.random,
  now,
  today: () => new Date(),
  randomId: () => crypto.randomUUID(),
  continueInBackground,
  report: (turn, ended) =>
    logToConsole("turn", {
      ...turn,
      detail: ended === undefined ? null : maskWords(describeCauses(ended.error), ended.words),
    }),
  reportLoss: (questionId, error) =>
    logToConsole("turn-lost", {
      question_id: questionId,
      detail: describeCauses(error),
    }),
});

const handler = createChatHandler({
  authenticate: createAuthenticator(environment, fetch),
  turns,
  now,
  continueInBackground,
});

export default { fetch: serve("chat", { "": { POST: handler } }, logToConsole) };
