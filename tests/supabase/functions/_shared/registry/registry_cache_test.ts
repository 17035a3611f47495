import { expect } from "@std/expect";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { registryOf } from "../selection/registry_of.ts";
import { RegistryCache } from "../../../../../supabase/functions/_shared/registry/registry_cache.ts";

const hour = 3_600_000;

/** A registry in a database that can be switched, restored and go away, and a clock. */
function world() {
  const state = {
    version: 1,
    history: "first",
    loads: 0,
    away: false,
    time: 0,
    reported: [] as unknown[],
  };
  const load = async (): Promise<Registry> => {
    state.loads += 1;
    const { version } = state;
    const hash = hashOf(version, state.history);
    await Promise.resolve();
    if (state.away) throw new Error("away");
    return { ...registryOf({}), version, hash };
  };
  const cache = new RegistryCache({
    load,
    ttlMs: hour,
    now: () => state.time,
    reportStale: (error) => void state.reported.push(error),
  });
  return {
    state,
    cache: {
      get: (version: number) => cache.get({ version, hash: hashOf(version, state.history) }),
    },
  };
}

const hashOf = (version: number, history: string) => `${version} of ${history}`;

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

Deno.test("RegistryCache loads the same version of another history, as after a restored backup", async () => {
  const { state, cache } = world();
  state.version = 7;
  await cache.get(7);
  state.history = "second";
  expect((await cache.get(7)).registry).toMatchObject({ version: 7, hash: "7 of second" });
  await cache.get(7);
  expect(state.loads).toBe(2);
});

Deno.test("RegistryCache does not answer with a load that began before a restored backup", async () => {
  const { state, cache } = world();
  state.version = 9;
  const before = cache.get(9);
  state.version = 7;
  state.history = "second";
  const after = cache.get(7);
  expect((await before).registry.version).toBe(9);
  expect((await after).registry).toMatchObject({ version: 7, hash: "7 of second" });
});

Deno.test("RegistryCache serves no version of a lost history while the database is away", async () => {
  const { state, cache } = world();
  state.version = 9;
  await cache.get(9);
  state.history = "second";
  state.away = true;
  await expect(cache.get(9)).rejects.toThrow("away");
  await expect(cache.get(7)).rejects.toThrow("away");
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
  expect(await cache.get(2)).toMatchObject({ registry: { version: 2 }, stale: false });
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
