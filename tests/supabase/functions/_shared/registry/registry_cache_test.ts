import { expect } from "@std/expect";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { RegistryCache } from "../../../../../supabase/functions/_shared/registry/registry_cache.ts";

const hour = 3_600_000;

/** A registry in a database that can be switched and can go away, and a clock. */
function world() {
  const state = {
    version: 1,
    loads: 0,
    away: false,
    time: 0,
    reported: [] as unknown[],
  };
  const load = async (): Promise<Registry> => {
    state.loads += 1;
    const { version } = state;
    await Promise.resolve();
    if (state.away) throw new Error("away");
    return {
      version,
      settings: { allowed_geographies: [] },
      models: [],
      assistants: [],
    };
  };
  const cache = new RegistryCache({
    load,
    ttlMs: hour,
    now: () => state.time,
    reportStale: (error) => void state.reported.push(error),
  });
  return { state, cache };
}

Deno.test("RegistryCache loads an unchanged version once", async () => {
  const { state, cache } = world();
  for (let turn = 0; turn < 5; turn++) {
    const { registry, stale } = await cache.get(1);
    expect([registry.version, stale]).toEqual([1, false]);
  }
  expect(state.loads).toBe(1);
});

Deno.test("RegistryCache loads a new version before it answers", async () => {
  const { state, cache } = world();
  await cache.get(1);
  state.version = 2;
  expect((await cache.get(2)).registry.version).toBe(2);
  expect(state.loads).toBe(2);
});

Deno.test("RegistryCache loads again when the version went back, as after a restored backup", async () => {
  const { state, cache } = world();
  state.version = 7;
  await cache.get(7);
  state.version = 3;
  expect((await cache.get(3)).registry.version).toBe(3);
});

Deno.test("RegistryCache loads once for many turns at once", async () => {
  const { state, cache } = world();
  await Promise.all(Array.from({ length: 20 }, () => cache.get(1)));
  expect(state.loads).toBe(1);
});

Deno.test("RegistryCache does not answer with a load that began before the switch", async () => {
  const { state, cache } = world();
  const before = cache.get(1);
  state.version = 2;
  const after = cache.get(2);
  expect((await before).registry.version).toBe(1);
  expect((await after).registry.version).toBe(2);
});

Deno.test("RegistryCache answers with the last registry, marked stale, while the database is away", async () => {
  const { state, cache } = world();
  await cache.get(1);
  state.away = true;
  const { registry, stale } = await cache.get(2);
  expect([registry.version, stale]).toEqual([1, true]);
  expect(state.reported).toEqual([new Error("away")]);
  state.away = false;
  state.version = 2;
  expect(await cache.get(2)).toMatchObject({
    registry: { version: 2 },
    stale: false,
  });
});

Deno.test("RegistryCache uses no registry that is older than its time to live", async () => {
  const { state, cache } = world();
  await cache.get(1);
  state.time = hour;
  await cache.get(1);
  expect(state.loads).toBe(2);
  state.away = true;
  state.time = 2 * hour;
  await expect(cache.get(1)).rejects.toThrow("away");
});

Deno.test("RegistryCache says what failed when there is nothing to fall back to, and recovers", async () => {
  const { state, cache } = world();
  state.away = true;
  await expect(cache.get(1)).rejects.toThrow("away");
  state.away = false;
  expect((await cache.get(1)).stale).toBe(false);
});
