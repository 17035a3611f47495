import type { RunningStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { startDelayProxy } from "../processes/start_delay_proxy.ts";
import { functionsEnv, startFunctionServer } from "../servers/function_servers.ts";

/** Where a round trip lies: nowhere, before a function that is pinned to the database, or behind it. */
export const places = ["near", "pinned", "unpinned"] as const;
export type Place = typeof places[number];

/** The functions that are asked. */
export const farFunctions = ["chat", "openai"] as const;
export type FarFunction = typeof farFunctions[number];

/** Origins of a function, by the place of its caller and its database. */
export type Origins = Readonly<Record<Place, string>>;

export interface FarPlaces extends AsyncDisposable {
  readonly origins: Readonly<Record<FarFunction, Origins>>;
  /** The upstream's, through a proxy: what the proxy's own work takes shows there. */
  readonly upstreamAway: string;
  /** Starts a process that has answered nothing yet, for a caller at this place. */
  startCold(
    name: FarFunction,
    place: Place,
  ): Promise<AsyncDisposable & { readonly origin: string }>;
}

/**
 * Starts processes of the functions beside the database and far from it. One process beside it
 * answers callers that are near and, through a proxy, others that are not.
 */
export async function startPlaces(
  stack: RunningStack,
  upstream: ServerProcess,
  roundTripMs: number,
): Promise<FarPlaces> {
  await using cleanUp = new AsyncDisposableStack();
  const database = await startDelayProxy(stack.apiUrl, roundTripMs);
  cleanUp.defer(() => database.stop());
  const beside = functionsEnv(stack, upstream);
  const apart = { ...beside, SUPABASE_URL: database.origin };

  const start = async (servers: AsyncDisposableStack, name: FarFunction, place: Place) => {
    const env = place === "unpinned" ? apart : beside;
    const server = await startFunctionServer(name, env);
    servers.defer(() => server.stop());
    return server;
  };
  const putAway = async (servers: AsyncDisposableStack, origin: string) => {
    const proxy = await startDelayProxy(origin, roundTripMs);
    servers.defer(() => proxy.stop());
    return proxy.origin;
  };
  const originsOf = async (name: FarFunction): Promise<Origins> => {
    const near = (await start(cleanUp, name, "near")).origin;
    const unpinned = (await start(cleanUp, name, "unpinned")).origin;
    return { near, pinned: await putAway(cleanUp, near), unpinned };
  };

  const origins = { chat: await originsOf("chat"), openai: await originsOf("openai") };
  const upstreamAway = await putAway(cleanUp, upstream.origin);
  const kept = cleanUp.move();
  return {
    origins,
    upstreamAway,
    async startCold(name, place) {
      await using servers = new AsyncDisposableStack();
      const { origin } = await start(servers, name, place);
      const reached = place === "pinned" ? await putAway(servers, origin) : origin;
      const running = servers.move();
      return { origin: reached, [Symbol.asyncDispose]: () => running.disposeAsync() };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
