import { type Contestant, measureRounds } from "../comparison/measure_rounds.ts";
import { addStart } from "../comparison/sample.ts";
import { KeptConnection, type KeptLoad } from "../load/kept_connection.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import {
  bedrockRequests,
  chatRequests,
  type Mode,
  openaiRequests,
  type RequestSet,
} from "../servers/request_sets.ts";
import type { BenchUser } from "../users.ts";
import { type FarFunction, type FarPlaces, type Place, places, startPlaces } from "./far_places.ts";
import type { Bench } from "./scenario.ts";
import { setLimits } from "./set_limits.ts";
import { followDefault, makeSwitch } from "./switch_models.ts";

export const modes = ["json", "stream"] as const satisfies readonly Mode[];
export type FarMode = typeof modes[number];

/** A request of a function that goes on; the first after a switch, of an instance; one refused. */
export const kinds = ["usual", "switched", "cold", "refused"] as const;
export type Kind = typeof kinds[number];

/** What is measured; the upstream is asked directly. */
export type FarName = `upstream ${FarMode}` | `${FarFunction} ${Kind} ${FarMode} ${Place}`;

/** By the start of the servers, then by round. */
export type FarResult = ReadonlyMap<FarName, readonly (readonly KeptLoad[])[]>;

/** What takes part, and who asks. */
export interface FarProject {
  readonly bench: Bench;
  readonly stack: RunningStack;
  readonly upstream: ServerProcess;
  /** The last one is refused. */
  readonly users: readonly BenchUser[];
  readonly apiKey: string;
  /** Gets what spoils a measurement. */
  readonly report: (failure: string) => void;
}

type Contestants = Map<FarName, Contestant<KeptLoad>>;

/** Requests at a time while processes warm up. */
const warmUpConcurrency = 16;

/** Measures all kinds of requests at all places, one request at a time. */
export async function measureFar(project: FarProject): Promise<FarResult> {
  const { bench: { plan: { far: plan }, progress, signal }, stack, upstream } = project;
  const result = new Map<FarName, (readonly KeptLoad[])[]>();
  const measure = async (contestants: Contestants, rounds: number, start: number) => {
    const options = { rounds, sliceMs: plan.sliceMs, signal, seed: start };
    addStart(result, await measureRounds(contestants, options));
  };
  await followDefault(stack);
  for (let start = 1; start <= plan.starts; start++) {
    const during = `far: start ${start} of ${plan.starts}`;
    progress(`${during}, warming up`);
    await using running = await startPlaces(stack, upstream, plan.roundTripMs);
    await using connections = new AsyncDisposableStack();
    await warmUp(project, running);
    const usual = usualRequests(project, running, connections);
    for (const contestant of usual.values()) await contestant(plan.sliceMs);
    progress(`${during}, requests`);
    await measure(usual, plan.rounds, start);
    progress(`${during}, after switches, and first requests`);
    await measure(seldomRequests(project, running, usual), plan.seldomRounds, start);
    progress(`${during}, refused requests`);
    const refused = await refusedRequests(project, running, connections);
    await measure(refused, plan.seldomRounds, start);
    await setLimits(stack.sql, []);
  }
  return result;
}

/** A function that is far from its database answers few requests in a round, and is slow until then. */
async function warmUp(project: FarProject, { origins }: FarPlaces): Promise<void> {
  const { bench: { generator, signal, plan } } = project;
  for (const name of ["chat", "openai"] as const) {
    for (const place of ["near", "unpinned"] as const) {
      for (const mode of modes) {
        signal.throwIfAborted();
        await generator.run({
          origin: origins[name][place],
          ...requestsOf(project, name, mode),
          concurrency: warmUpConcurrency,
          durationMs: plan.far.warmUpMs,
          mostRequests: 10_000,
        });
      }
    }
  }
}

function requestsOf({ users, apiKey }: FarProject, name: FarFunction, mode: FarMode): RequestSet {
  return name === "chat"
    ? chatRequests(users.slice(0, -1).map(({ token }) => token))(mode)
    : openaiRequests(apiKey)(mode);
}

/** Over a connection that is kept, whose handshake has taken place. */
function connectionOf(
  { bench: { plan } }: FarProject,
  requests: RequestSet & { readonly status?: number },
  origin: string,
  place: Place,
): KeptConnection {
  return new KeptConnection({ ...requests, origin }, place === "pinned" ? plan.far.roundTripMs : 0);
}

function usualRequests(
  project: FarProject,
  { origins }: FarPlaces,
  connections: AsyncDisposableStack,
): Contestants {
  const { upstream, report } = project;
  const contestants: Contestants = new Map();
  const add = (name: FarName, requests: RequestSet, origin: string, place: Place) => {
    const connection = connectionOf(project, requests, origin, place);
    connections.defer(() => connection.close());
    contestants.set(
      name,
      (durationMs) => connection.measure(durationMs, (failure) => report(`${name}: ${failure}`)),
    );
  };
  for (const mode of modes) {
    add(`upstream ${mode}`, bedrockRequests(mode), upstream.origin, "near");
    for (const name of ["chat", "openai"] as const) {
      for (const place of places) {
        const requests = requestsOf(project, name, mode);
        add(`${name} usual ${mode} ${place}`, requests, origins[name][place], place);
      }
    }
  }
  return contestants;
}

/** The first request after a switch, and the first of an instance; each time one, as JSON. */
function seldomRequests(project: FarProject, running: FarPlaces, usual: Contestants): Contestants {
  const { stack, report } = project;
  const contestants: Contestants = new Map();
  let switches = 0;
  for (const name of ["chat", "openai"] as const) {
    for (const place of places) {
      const switched = `${name} switched json ${place}` as const;
      const ask = usual.get(`${name} usual json ${place}`)!;
      contestants.set(switched, async () => {
        await makeSwitch(stack, switches++);
        return await ask(0);
      });
      const cold = `${name} cold json ${place}` as const;
      contestants.set(cold, async () => {
        await using server = await running.startCold(name, place);
        const requests = requestsOf(project, name, "json");
        const connection = connectionOf(project, requests, server.origin, place);
        try {
          return await connection.measure(0, (failure) => report(`${cold}: ${failure}`));
        } finally {
          connection.close();
        }
      });
    }
  }
  return contestants;
}

/** Turns of a user whose limit is used up. */
async function refusedRequests(
  project: FarProject,
  { origins }: FarPlaces,
  connections: AsyncDisposableStack,
): Promise<Contestants> {
  const { stack, users, report } = project;
  const user = users.at(-1);
  if (user === undefined) throw new Error("No user was made.");
  await setLimits(stack.sql, [
    { scope: "user", user_id: user.id, unit: "turns", amount: 0, period: "total" },
  ]);
  const { requests } = chatRequests([user.token])("json");
  const refused = { requests, status: 429, expect: "limit_exceeded" };
  const contestants: Contestants = new Map();
  for (const place of places) {
    const name = `chat refused json ${place}` as const;
    const connection = connectionOf(project, refused, origins.chat[place], place);
    connections.defer(() => connection.close());
    const ask: Contestant<KeptLoad> = (durationMs) =>
      connection.measure(durationMs, (failure) => report(`${name}: ${failure}`));
    // The first one after the limit is set reads the registry.
    await ask(0);
    contestants.set(name, ask);
  }
  return contestants;
}
