import { ratios, type Values } from "../comparison/interval.ts";
import { reportFailures } from "../comparison/sample.ts";
import { atMost, type Target } from "../comparison/target.ts";
import { startComparedProject } from "../servers/compared_project.ts";
import { memoryOf, processorTime } from "../processes/figures.ts";
import { figure, measured, table } from "../results/table.ts";
import {
  type MeasuredServer,
  type ServerName,
  startStreamingServers,
} from "../servers/measured_servers.ts";
import { chunkCount, chunkIntervalMs } from "../upstream/paced_streams.ts";
import type { Bench, Scenario } from "./scenario.ts";

const introduction = `
Streams as a model writes them: a chunk of 3 to 8 tokens every ${chunkIntervalMs} ms, for ${
  chunkCount * chunkIntervalMs / 1000
} seconds, and so many of them open at once. _Delay_ is from the moment at which the upstream sends a
chunk to the moment at which the client has it, each second of the run by itself; CPU and memory are
the server's, the memory what it grew by while the streams were open. The AWS SDK server sends by
\`fetch\` here: over its own HTTP/2, on Deno 2.9.6, it takes a stream that pauses for one that has ended.
`;

/** One start of one server, with so many streams. */
interface StreamFigures {
  /** Milliseconds, second by second. */
  readonly p50: readonly number[];
  readonly p99: readonly number[];
  /** Of a chunk, in microseconds, second by second. */
  readonly cpu: readonly number[];
  /** Of a stream, in kilobytes. */
  readonly memory: number;
}

type Key = `${ServerName}, ${number}`;
type Results = ReadonlyMap<Key, readonly StreamFigures[]>;

/** What an open stream costs, and how late its chunks are. */
export const streams: Scenario = async (bench) => {
  bench.progress("streams: starting the stack");
  const { starts, concurrencies } = bench.plan.streams;
  await using project = await startComparedProject();
  const failures: string[] = [];
  const results = new Map<Key, StreamFigures[]>();
  for (let start = 1; start <= starts; start++) {
    await using started = await startStreamingServers(project);
    const { servers } = started;
    for (const concurrency of concurrencies) {
      bench.progress(`streams: start ${start} of ${starts}, ${concurrency} at a time`);
      for (const server of start % 2 === 0 ? servers : servers.toReversed()) {
        bench.signal.throwIfAborted();
        const key: Key = `${server.name}, ${concurrency}`;
        const figures = await measureStreams(bench, server, concurrency, failures);
        results.set(key, [...results.get(key) ?? [], figures]);
      }
    }
  }
  return {
    title: "Streams at a model's pace",
    lines: [introduction, ...concurrencies.flatMap((count) => streamTable(results, count))],
    targets: concurrencies.flatMap((count) => streamTargets(results, count)),
    failures,
  };
};

/** How often the process is looked at, in milliseconds. */
const lookEveryMs = 1_000;
/** What so many streams send in that time. */
const chunksOf = (concurrency: number, ms: number) => concurrency * ms / chunkIntervalMs;

async function measureStreams(
  { generator }: Bench,
  { name, server: { origin, pid }, requests }: MeasuredServer,
  concurrency: number,
  failures: string[],
): Promise<StreamFigures> {
  const set = requests("paced");
  if (set === null) throw new Error(`${name} has no streams at a model's pace.`);
  // Compiled and connected before it is measured.
  const warm = { ...set, origin, concurrency: 8, durationMs: 300, mostRequests: 200 };
  const quick = requests("stream");
  if (quick !== null) await generator.run({ ...warm, ...quick });
  const before = memoryOf(pid).now;
  let most = before;
  const looks: { at: number; cpu: number }[] = [];
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(pid).now);
    looks.push({ at: performance.now(), cpu: processorTime(pid) });
  }, lookEveryMs);
  try {
    const load = await generator.runStreams({ ...set, origin, concurrency });
    reportFailures(`${name}, ${concurrency} streams`, load, (failure) => failures.push(failure));
    return {
      p50: load.delays.map(({ p50 }) => p50),
      p99: load.delays.map(({ p99 }) => p99),
      // Without the first second, in which the streams begin, and what comes after their end.
      cpu: looks.slice(1, chunkCount * chunkIntervalMs / lookEveryMs).map(({ at, cpu }, n) =>
        (cpu - looks[n]!.cpu) / 1000 / chunksOf(concurrency, at - looks[n]!.at)
      ),
      memory: (most - before) / 1000 / concurrency,
    };
  } finally {
    clearInterval(timer);
  }
}

const names: readonly ServerName[] = [
  "AWS SDK server, by fetch",
  "Portkey",
  "chat, in memory",
  "openai, in memory",
];

function valuesOf(
  results: Results,
  name: ServerName,
  count: number,
  of: (figures: StreamFigures) => readonly number[],
): Values {
  return (results.get(`${name}, ${count}`) ?? []).map(of);
}

function streamTable(results: Results, count: number): string[] {
  return table(
    [`${count} at a time`, "delay p50 ms", "delay p99 ms", "CPU µs/chunk", "memory kB/stream"],
    names.map((name) => {
      const of = (figures: (of: StreamFigures) => readonly number[]) =>
        measured(valuesOf(results, name, count, figures), figure);
      return [
        name,
        of(({ p50 }) => p50),
        of(({ p99 }) => p99),
        of(({ cpu }) => cpu),
        of(({ memory }) => [memory]),
      ];
    }),
  );
}

function streamTargets(results: Results, count: number): Target[] {
  return (["chat, in memory", "openai, in memory"] as const).flatMap((name) => {
    const cpu = (of: ServerName) => valuesOf(results, of, count, ({ cpu }) => cpu);
    return [
      atMost(
        `${name}, ${count} streams: a chunk is at most 5 ms late (p99 of a second)`,
        5,
        valuesOf(results, name, count, ({ p99 }) => p99),
      ),
      atMost(
        `${name}, ${count} streams: no more CPU for a chunk than the AWS SDK server`,
        1,
        ratios(cpu(name), cpu("AWS SDK server, by fetch")),
      ),
    ];
  });
}
