/**
 * Baseline: `chat` without registry versions. It reads the registry again after
 * `REGISTRY_KEPT_MS`, regardless of changes.
 */
import type { RegistryState } from "../../supabase/functions/_shared/registry/registry.ts";
import { TurnStore } from "../../supabase/functions/_shared/conversations/turn_store.ts";
import { createRpcClient } from "../../supabase/functions/_shared/database/rpc_client.ts";
import {
  type CachedRegistry,
  RegistryCache,
} from "../../supabase/functions/_shared/registry/registry_cache.ts";
import { readRegistry } from "../../supabase/functions/_shared/registry/registry_store.ts";
import { chatAround } from "./chat_around.ts";
import { environment } from "./parts.ts";

const database = createRpcClient({
  url: environment.supabaseUrl,
  secretKey: environment.secretKeys[0].key,
  fetch,
});

class TimedRegistry extends RegistryCache {
  readonly #keptMs: number;
  /** As if it had been read so long ago, the first time: not all instances begin together. */
  #firstAgeMs = Number(Deno.env.get("REGISTRY_FIRST_AGE_MS"));
  #kept: { readonly registry: CachedRegistry; readonly since: number } | null = null;

  constructor(keptMs: number) {
    super({
      load: () => readRegistry(database, { region: "eu-central-1" }),
      ttlMs: environment.registryTtlMs,
      now: () => performance.now(),
      reportStale: () => {},
    });
    this.#keptMs = keptMs;
  }

  override async get(asked: RegistryState): Promise<CachedRegistry> {
    const now = performance.now();
    if (this.#kept === null || now - this.#kept.since >= this.#keptMs) {
      this.#kept = { registry: await super.get(asked), since: now - this.#firstAgeMs };
      this.#firstAgeMs = 0;
    }
    return this.#kept.registry;
  }
}

export default chatAround({
  turns: new TurnStore(database, environment.functionRegion),
  registry: new TimedRegistry(Number(Deno.env.get("REGISTRY_KEPT_MS"))),
});
