import { readBedrockRegion } from "../_shared/bedrock/bedrock_config.ts";
import { TurnStore } from "../_shared/conversations/turn_store.ts";
import { describeUnreadable } from "../_shared/database/read_leniently.ts";
import { createRpcClient } from "../_shared/database/rpc_client.ts";
import { ObjectStore } from "../_shared/media/object_store.ts";
import { RegistryCache } from "../_shared/registry/registry_cache.ts";
import { readRegistry } from "../_shared/registry/registry_store.ts";
import { CircuitBreaker } from "../_shared/runs/circuit_breaker.ts";
import { continueInBackground } from "../_shared/runtime/background.ts";
import { readEnvironment } from "../_shared/runtime/environment.ts";
import { describeCauses, logToConsole } from "../_shared/runtime/log.ts";
import { isPlatformUser } from "../_shared/switching/is_platform_user.ts";
import { recordRetirement } from "../_shared/switching/record_retirement.ts";
import { createChat } from "./create_chat.ts";

const variables = Deno.env.toObject();
const environment = readEnvironment(variables);
const readEnv = (name: string) => variables[name];
const database = createRpcClient({
  url: environment.supabaseUrl,
  secretKey: environment.secretKeys[0].key,
  fetch,
});
const now = () => performance.now();
const breaker = new CircuitBreaker({ now });

export default createChat({
  environment,
  readEnv,
  fetch,
  breaker,
  now,
  turns: new TurnStore(database),
  objects: new ObjectStore({
    url: environment.supabaseUrl,
    secretKey: environment.secretKeys[0].key,
    publicKey: environment.publicKeys[0]?.key ?? null,
    fetch,
  }),
  isOperator: (userId) => isPlatformUser(database, userId),
  registry: new RegistryCache({
    load: async () => {
      // A row that names no region is called in ours, which has to be an allowed one.
      const registry = await readRegistry(database, {
        region: readBedrockRegion(readEnv),
        reportUnreadable: (rows) =>
          logToConsole("rows-unreadable", { detail: describeUnreadable(rows) }),
      });
      // A switch holds for the very next request, whatever this instance thought of the model.
      breaker.reset();
      return registry;
    },
    ttlMs: environment.registryTtlMs,
    now,
    reportStale: (error) => logToConsole("registry-stale", { detail: describeCauses(error) }),
  }),
  modelEnded: (modelId) =>
    continueInBackground(
      recordRetirement(database, modelId).catch((error) =>
        logToConsole("retirement-lost", { model_id: modelId, detail: describeCauses(error) })
      ),
    ),
});
