import { LoadGenerator } from "../load/load_generator.ts";
import { figure, measured, table } from "../results/table.ts";
import { processorTime } from "../processes/figures.ts";
import { postgresTime, postmasterOf } from "../processes/postgres_time.ts";
import { type RunningStack, startBenchStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { median } from "../stats.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { type BenchUser, signUpUsers } from "../users.ts";
import { startChat } from "../servers/function_servers.ts";
import { chatRequests } from "../servers/request_sets.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { directTurns } from "./direct_turns.ts";
import type { Bench, Scenario } from "./scenario.ts";

const introduction = `
Whole turns as JSON from a model that answers at once, 32 at a time in each process of \`chat\`. The
columns on the right say how many of the machine's cores each part keeps busy: where one process of
JavaScript comes to 1, it is what saturates. _Postgres alone_ are the two calls of a turn over
connections of their own, without functions and API server.
`;

/** Concurrent requests to each process. */
const concurrency = 32;

interface Sample {
  readonly turnsPerSecond: number;
  /** Cores that each part keeps busy. */
  readonly cores: Readonly<Record<"chat" | "API" | "Postgres" | "upstream", number>>;
}

/** Scenario 5: turns per second, and the part that limits them. */
export const ceiling: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  const { connections, processes, rounds, sliceMs } = bench.plan.ceiling;
  const most = Math.max(...processes);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const generators = Array.from({ length: most }, () => new LoadGenerator());
  cleanUp.defer(async () => {
    await Promise.all(generators.map((generator) => generator.stop()));
  });

  const byConnections: string[][] = [];
  const byProcesses: string[][] = [];
  const alone: string[][] = [];
  const failures: string[] = [];
  const usual = connections.find((count) => count >= 10) ?? connections.at(-1);
  for (const count of connections) {
    bench.progress(`ceiling: ${count} connections`);
    await using project = await startCeilingProject(count, upstream, count === usual ? most : 2);
    const setting = { bench, project, upstream, generators, failures };
    byConnections.push(row(String(count), await sample(setting, Math.min(2, most))));
    if (count !== usual) continue;
    for (const number of processes) {
      bench.progress(`ceiling: ${number} processes`);
      byProcesses.push(row(String(number), await sample(setting, number)));
    }
    for (const direct of connections) {
      bench.progress(`ceiling: Postgres alone, ${direct} connections`);
      const rates: number[] = [];
      for (let round = 0; round < rounds; round++) {
        bench.signal.throwIfAborted();
        rates.push(await directTurns(project.stack.dbUrl, project.users, direct, sliceMs));
      }
      alone.push([String(direct), measured([rates])]);
    }
  }
  const head = ["turns/s", "chat", "API", "Postgres", "upstream"];
  return {
    title: "Concurrency ceiling",
    lines: [
      introduction,
      ...table(["connections of the API, 2 processes", ...head], byConnections),
      ...table([`processes, ${usual} connections`, ...head], byProcesses),
      ...table(["Postgres alone, connections", "turns/s"], alone),
    ],
    targets: [],
    failures,
  };
};

async function startCeilingProject(
  connections: number,
  upstream: ServerProcess,
  processes: number,
): Promise<
  & { readonly stack: RunningStack; readonly users: readonly BenchUser[] }
  & { readonly chats: readonly ServerProcess[]; readonly postmaster: number }
  & AsyncDisposable
> {
  await using cleanUp = new AsyncDisposableStack();
  const stack = await startBenchStack(connections);
  cleanUp.defer(() => stack.stop());
  const users = await signUpUsers(stack, concurrency);
  const chats: ServerProcess[] = [];
  for (let n = 0; n < processes; n++) {
    const chat = await startChat(stack, upstream);
    cleanUp.defer(() => chat.stop());
    chats.push(chat);
  }
  const postmaster = await postmasterOf(stack.sql);
  const kept = cleanUp.move();
  return {
    stack,
    users,
    chats,
    postmaster,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Setting {
  readonly bench: Bench;
  readonly project: Awaited<ReturnType<typeof startCeilingProject>>;
  readonly upstream: ServerProcess;
  readonly generators: readonly LoadGenerator[];
  readonly failures: string[];
}

/** Loads the first `processes` of the project; the first round warms up. */
async function sample(
  { bench, project, upstream, generators, failures }: Setting,
  processes: number,
): Promise<readonly Sample[]> {
  const { rounds, sliceMs: durationMs } = bench.plan.ceiling;
  const { stack, chats, postmaster } = project;
  const loaded = chats.slice(0, processes);
  const requests = chatRequests(project.users.map(({ token }) => token))("json");
  const times = () => ({
    chat: loaded.reduce((sum, { pid }) => sum + processorTime(pid), 0),
    API: processorTime(stack.pid),
    Postgres: postgresTime(postmaster),
    upstream: processorTime(upstream.pid),
  });
  const samples: Sample[] = [];
  for (let round = 0; round <= rounds; round++) {
    bench.signal.throwIfAborted();
    const before = times();
    const startedAt = performance.now();
    const loads = await Promise.all(
      loaded.map(({ origin }, n) =>
        generators[n]!.run({ ...requests, origin, concurrency, durationMs, mostRequests: 20_000 })
      ),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const after = times();
    const error = loads.flatMap(({ errors }) => errors)[0];
    if (error !== undefined) {
      failures.push(`chat in ${processes} processes: requests failed, the first with ${error}`);
    }
    const busy = (part: keyof typeof before) => (after[part] - before[part]) / 1e9 / seconds;
    if (round === 0) continue;
    samples.push({
      turnsPerSecond: loads.reduce((sum, { count }) => sum + count, 0) / seconds,
      cores: {
        chat: busy("chat"),
        API: busy("API"),
        Postgres: busy("Postgres"),
        upstream: busy("upstream"),
      },
    });
  }
  return samples;
}

function row(name: string, samples: readonly Sample[]): string[] {
  const cores = (part: keyof Sample["cores"]) =>
    figure(median(samples.map((sample) => sample.cores[part])));
  return [
    name,
    measured([samples.map(({ turnsPerSecond }) => turnsPerSecond)]),
    ...[cores("chat"), cores("API"), cores("Postgres"), cores("upstream")],
  ];
}
