import type { ServerProcess } from "../processes/server_process.ts";
import { startVariant } from "../servers/function_servers.ts";
import { signUpUsers } from "../users.ts";
import type { SwitchedProject } from "./measure_switches.ts";
import { askersOf, type SeenAnswer } from "./switch_askers.ts";
import { PacedLoad } from "./switch_load.ts";
import { inOrder, reachedAfter, staleAnswers } from "./switch_times.ts";

/** What one switch came to where the registry is kept for a time. */
export interface TimedRegistry {
  /** Milliseconds for which it is kept. */
  readonly keptMs: number;
  readonly processes: number;
  /** Milliseconds until every process had answered by the switch; Infinity: not while watched. */
  readonly reachedMs: number;
  readonly stale: number;
}

/** Questions a second to each process. */
export const timedPerSecond = 5;

const hourMs = 3_600_000;

/** One switch, seen by processes that poll the registry, and by processes that keep it for an hour. */
export async function measureTimedRegistry(
  project: SwitchedProject,
): Promise<readonly TimedRegistry[]> {
  await using cleanUp = new AsyncDisposableStack();
  const { bench, stack, operate } = project;
  const { pollMs, timedProcesses } = bench.plan.switching;
  bench.progress("switching: the same where the registry is polled, or kept for an hour");
  const users = await signUpUsers(stack, timedProcesses);
  const kept = [pollMs, hourMs];
  const servers = await Promise.all(
    kept.flatMap((keptMs) =>
      Array.from({ length: timedProcesses }, (_, n) => startTimed(project, keptMs, n, cleanUp))
    ),
  );
  const askers = askersOf(
    servers.map((server) => ({ ...server, name: "chat" })),
    users.map(({ token }) => token),
  );
  // Each has read the registry before the switch.
  await Promise.all(askers.map((ask) => ask()));
  const load = new PacedLoad(askers, timedPerSecond * servers.length);
  const made = await operate();
  await load.rounds(Math.ceil(timedPerSecond * watchedMs(pollMs) / 1000));
  await load.stop();
  return kept.map((keptMs, which) => {
    const isOne = ({ process }: SeenAnswer) => Math.floor(process / timedProcesses) === which;
    const answers = inOrder(load.answers.filter(isOne));
    return {
      keptMs,
      processes: timedProcesses,
      reachedMs: reachedAfter(made, answers, timedProcesses),
      stale: staleAnswers(answers, [made]).length,
    };
  });
}

/** Longer than the poll, so that it reaches every process. */
const watchedMs = (pollMs: number) => pollMs + 2_000;

/** Processes do not all begin together, so each has read the registry at another time. */
async function startTimed(
  { bench, stack, upstream }: SwitchedProject,
  keptMs: number,
  n: number,
  cleanUp: AsyncDisposableStack,
): Promise<ServerProcess> {
  const { pollMs, timedProcesses } = bench.plan.switching;
  const server = await startVariant("chat", "timed_registry_chat.ts", stack, upstream, {
    REGISTRY_KEPT_MS: String(keptMs),
    REGISTRY_FIRST_AGE_MS: String(Math.round(pollMs * n / timedProcesses)),
  });
  cleanUp.defer(() => server.stop());
  return server;
}
