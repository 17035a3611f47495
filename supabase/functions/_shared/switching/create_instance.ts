import { readBedrockRegion } from "../bedrock/bedrock_config.ts";
import { describeUnreadable } from "../database/read_leniently.ts";
import { createRpcClient, type RpcClient } from "../database/rpc_client.ts";
import {
  createPresentRegionGuard,
  createRegionGuard,
  type RegionGuard,
} from "../registry/function_region.ts";
import { RegistryCache } from "../registry/registry_cache.ts";
import { readRegistry } from "../registry/registry_store.ts";
import { CircuitBreaker } from "../runs/circuit_breaker.ts";
import { continueInBackground } from "../runtime/background.ts";
import { type Environment, readEnvironment } from "../runtime/environment.ts";
import { describeCauses, logToConsole } from "../runtime/log.ts";
import { recordModelEnd } from "./record_model_end.ts";

/** What an instance of a function that asks models keeps between requests. */
export interface Instance {
  readonly environment: Environment;
  /** Looks up the settings of the calls of models, when they are first needed. */
  readonly readEnv: (name: string) => string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly database: RpcClient;
  readonly breaker: CircuitBreaker;
  readonly registry: RegistryCache;
  readonly requireAllowedRegion: RegionGuard;
  /** The same, by the registry as it is now. */
  readonly requireRegionNow: RegionGuard;
  /** Notes that a call was told that AWS has ended a model, in the background. */
  readonly modelEnded: (modelId: string) => void;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** @throws {Error} as `readEnvironment` does */
export function createInstance(
  variables: Readonly<Record<string, string>>,
  fetch: typeof globalThis.fetch,
): Instance {
  const environment = readEnvironment(variables);
  const readEnv = (name: string) => variables[name];
  const now = () => performance.now();
  const breaker = new CircuitBreaker({ now });
  const { supabaseUrl: url, secretKeys, registryTtlMs: ttlMs } = environment;
  const database = createRpcClient({ url, secretKey: secretKeys[0].key, fetch });
  const registry = new RegistryCache({
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
    ttlMs,
    now,
    reportStale: (error) => logToConsole("registry-stale", { detail: describeCauses(error) }),
  });
  const modelEnded = (modelId: string) =>
    continueInBackground(
      recordModelEnd(database, modelId).catch((error) =>
        logToConsole("retirement-lost", { model_id: modelId, detail: describeCauses(error) })
      ),
    );
  return {
    ...{ environment, readEnv, fetch, database, breaker, registry, modelEnded, now },
    requireAllowedRegion: createRegionGuard(environment.functionRegion, registry),
    requireRegionNow: createPresentRegionGuard(environment.functionRegion, registry),
  };
}
