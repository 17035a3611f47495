import { measureRounds } from "../comparison/measure_rounds.ts";
import { addStart } from "../comparison/sample.ts";
import type { KeptLoad } from "../load/kept_connection.ts";
import {
  type FarContestants,
  farModes,
  type FarName,
  type FarProject,
  farRequests,
  refusedContestants,
  seldomContestants,
  usualContestants,
} from "./far_contestants.ts";
import { farFunctions, type FarPlaces, startPlaces } from "./far_places.ts";
import { setLimits } from "./set_limits.ts";
import { followDefault } from "./switch_models.ts";

/** By the start of the servers, then by round. */
export type FarResult = ReadonlyMap<FarName, readonly (readonly KeptLoad[])[]>;

/** Measures all kinds of requests at all places, one request at a time. */
export async function measureFar(project: FarProject): Promise<FarResult> {
  const { bench: { plan: { far: plan }, progress, signal }, stack, upstream } = project;
  const result = new Map<FarName, (readonly KeptLoad[])[]>();
  await followDefault(stack);
  for (let seed = 1; seed <= plan.starts; seed++) {
    const during = `far: start ${seed} of ${plan.starts}`;
    const measure = async (contestants: FarContestants, rounds: number) =>
      addStart(result, await measureRounds(contestants, { rounds, signal, seed }));
    progress(`${during}, warming up`);
    await using running = await startPlaces(stack, upstream, plan.roundTripMs);
    using connections = new DisposableStack();
    await warmUp(project, running);
    const usual = usualContestants(project, running, connections);
    await askOnce(usual);
    progress(`${during}, requests`);
    await measure(usual, plan.rounds);
    progress(`${during}, after switches, and first requests`);
    await measure(seldomContestants(project, running, usual), plan.seldomRounds);
    progress(`${during}, refused requests`);
    const refused = await refusedContestants(project, running, connections);
    // The first after a change of limits reads the registry.
    await askOnce(refused);
    await measure(refused, plan.seldomRounds);
    await setLimits(stack.sql, []);
  }
  return result;
}

/** A function far from its database answers too few requests in its rounds to be warm by itself. */
async function warmUp(project: FarProject, { origins }: FarPlaces): Promise<void> {
  const { bench: { generator, signal, plan } } = project;
  for (const name of farFunctions) {
    for (const place of ["near", "unpinned"] as const) {
      for (const mode of farModes) {
        signal.throwIfAborted();
        await generator.run({
          origin: origins[name][place],
          ...farRequests(project, name, mode),
          concurrency: 16,
          durationMs: plan.far.warmUpMs,
          mostRequests: 10_000,
        });
      }
    }
  }
}

async function askOnce(contestants: FarContestants): Promise<void> {
  for (const { measure } of contestants.values()) await measure(0);
}
