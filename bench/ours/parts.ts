/** What our functions are put together from, wherever they keep what they store. */
import { RegistryCache } from "../../supabase/functions/_shared/registry/registry_cache.ts";
import {
  type Registry,
  registrySchema,
} from "../../supabase/functions/_shared/registry/registry.ts";
import { CircuitBreaker } from "../../supabase/functions/_shared/runs/circuit_breaker.ts";
import { readEnvironment } from "../../supabase/functions/_shared/runtime/environment.ts";

const variables = Deno.env.toObject();

export const environment = readEnvironment(variables);
const now = () => performance.now();

export const parts = {
  environment,
  fetch,
  now,
  readEnv: (name: string): string | undefined => variables[name],
  breaker: new CircuitBreaker({ now }),
  modelEnded: (): void => {},
  requireAllowedRegion: () => Promise.resolve(),
};

/** The registry that the variable `REGISTRY` holds, and a cache that never reads another one. */
export function registryInMemory(): { readonly rows: Registry; readonly registry: RegistryCache } {
  const rows = registrySchema.parse(JSON.parse(variables.REGISTRY ?? "null"));
  const registry = new RegistryCache({
    load: () => Promise.resolve(rows),
    ttlMs: environment.registryTtlMs,
    now,
    reportStale: () => {},
  });
  return { rows, registry };
}
