import type { Contestant } from "../comparison/measure_rounds.ts";
import type { Report } from "../comparison/sample.ts";
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
import {
  type FarFunction,
  farFunctions,
  type FarPlaces,
  type Place,
  places,
} from "./far_places.ts";
import type { Bench } from "./scenario.ts";
import { setLimits } from "./set_limits.ts";
import type { Operator } from "./switch_models.ts";

export const farModes = ["json", "stream"] as const satisfies readonly Mode[];
export type FarMode = typeof farModes[number];

/** A request among others; the first after a switch; the first of an instance; a refused one. */
export type FarKind = "usual" | "switched" | "cold" | "refused";

/** What is measured; the upstream is asked directly, and through the proxy. */
export type FarName =
  | `upstream ${FarMode}`
  | "upstream away"
  | `${FarFunction} ${FarKind} ${FarMode} ${Place}`;

export type FarContestants = Map<FarName, Contestant<KeptLoad>>;

/** What takes part, and who asks. */
export interface FarProject {
  readonly bench: Bench;
  readonly stack: RunningStack;
  readonly upstream: ServerProcess;
  readonly users: readonly BenchUser[];
  /** A user whose limit will be used up. */
  readonly refused: BenchUser;
  readonly apiKey: string;
  readonly operator: Operator;
  readonly report: Report;
}

/** Requests to servers that run; their connections are closed with others. */
export function usualContestants(
  project: FarProject,
  { origins, upstreamAway }: FarPlaces,
  connections: DisposableStack,
): FarContestants {
  const { upstream, bench: { plan: { far: { sliceMs } } } } = project;
  const contestants: FarContestants = new Map();
  const add = (name: FarName, requests: RequestSet, origin: string, place: Place) => {
    const measure = connections.use(connect(project, { name, requests, origin, place })).measure;
    contestants.set(name, { sliceMs, measure });
  };
  for (const mode of farModes) {
    add(`upstream ${mode}`, bedrockRequests(mode), upstream.origin, "near");
    for (const name of farFunctions) {
      for (const place of places) {
        const requests = farRequests(project, name, mode);
        add(`${name} usual ${mode} ${place}`, requests, origins[name][place], place);
      }
    }
  }
  add("upstream away", bedrockRequests("json"), upstreamAway, "pinned");
  return contestants;
}

/** The first request after a switch, and the first of an instance: one each time, as JSON. */
export function seldomContestants(
  project: FarProject,
  running: FarPlaces,
  usual: FarContestants,
): FarContestants {
  const contestants: FarContestants = new Map();
  for (const name of farFunctions) {
    const requests = farRequests(project, name, "json");
    for (const place of places) {
      const measureUsual = usual.get(`${name} usual json ${place}`)?.measure;
      const measureSwitched = async () => {
        await project.operator();
        return await measureUsual?.(0) ?? { total: NaN, firstText: NaN };
      };
      contestants.set(`${name} switched json ${place}`, { sliceMs: 0, measure: measureSwitched });
      const cold = `${name} cold json ${place}` as const;
      const measureCold = async () => {
        await using server = await running.startCold(name, place);
        const { origin } = server;
        using connection = connect(project, { name: cold, requests, origin, place });
        return await connection.measure(0);
      };
      contestants.set(cold, { sliceMs: 0, measure: measureCold });
    }
  }
  return contestants;
}

/** Turns of a user whose limit is used up. */
export async function refusedContestants(
  project: FarProject,
  { origins }: FarPlaces,
  connections: DisposableStack,
): Promise<FarContestants> {
  const { stack, refused, bench: { plan: { far: { sliceMs } } } } = project;
  await setLimits(stack.sql, [
    { scope: "user", user_id: refused.id, unit: "turns", amount: 0, period: "total" },
  ]);
  const { requests } = chatRequests([refused.token])("json");
  const set = { requests, status: 429, expect: "limit_exceeded" };
  return new Map(places.map((place) => {
    const name = `chat refused json ${place}` as const;
    const origin = origins.chat[place];
    const { measure } = connections.use(connect(project, { name, requests: set, origin, place }));
    return [name, { sliceMs, measure }];
  }));
}

export function farRequests(
  { users, apiKey }: FarProject,
  name: FarFunction,
  mode: FarMode,
): RequestSet {
  return name === "chat"
    ? chatRequests(users.map(({ token }) => token))(mode)
    : openaiRequests(apiKey)(mode);
}

/** A connection that is kept, whose handshake is not measured. */
function connect(
  { bench: { plan: { far: { roundTripMs } } }, report }: FarProject,
  { name, requests, origin, place }: {
    readonly name: FarName;
    readonly requests: RequestSet & { readonly status?: number };
    readonly origin: string;
    readonly place: Place;
  },
): Disposable & { readonly measure: (durationMs: number) => Promise<KeptLoad> } {
  const handshakeMs = place === "pinned" ? roundTripMs : 0;
  const connection = new KeptConnection({ ...requests, origin }, handshakeMs);
  return {
    measure: (durationMs) =>
      connection.measure(durationMs, (failure) => report(`${name}: ${failure}`)),
    [Symbol.dispose]: () => connection.close(),
  };
}
