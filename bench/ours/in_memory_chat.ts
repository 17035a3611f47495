/** `chat` with its database replaced by memory. */
import { RegistryCache } from "../../supabase/functions/_shared/registry/registry_cache.ts";
import { registrySchema } from "../../supabase/functions/_shared/registry/registry.ts";
import { InMemoryTurns } from "./in_memory_turns.ts";
import { chatAround, environment } from "./chat_around.ts";

const registry = registrySchema.parse(JSON.parse(Deno.env.get("REGISTRY") ?? "null"));

export default chatAround({
  turns: new InMemoryTurns(registry),
  registry: new RegistryCache({
    load: () => Promise.resolve(registry),
    ttlMs: environment.registryTtlMs,
    now: () => performance.now(),
    reportStale: () => {},
  }),
});
