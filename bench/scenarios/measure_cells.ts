import { type Contestant, measureRounds } from "../comparison/measure_rounds.ts";
import type { Values } from "../comparison/interval.ts";
import {
  addStart,
  type Report,
  type Sample,
  type Samples,
  takeSample,
} from "../comparison/sample.ts";
import type { CellsPlan } from "../plan.ts";
import { memoryOf, processorTime } from "../processes/figures.ts";
import type { MeasuredServer, ServerName, StartedServers } from "../servers/measured_servers.ts";
import type { Mode } from "../servers/request_sets.ts";
import type { Bench } from "./scenario.ts";

/** One kind of request. */
export interface Cell {
  readonly mode: Mode;
  /** Requests at a time. */
  readonly concurrency: 1 | 32;
}

export interface CellResult {
  readonly cells: readonly {
    readonly cell: Cell;
    readonly samples: ReadonlyMap<ServerName, Samples>;
  }[];
  /** Peak resident memory in bytes, start by start. */
  readonly peakMemory: ReadonlyMap<ServerName, Values>;
  /** The measurements with failed requests. */
  readonly failures: readonly string[];
}

/** Requests of one slice at the most. */
const mostRequests = 20_000;

/**
 * Measures servers with each kind of request, and starts them several times, since two starts of
 * the same server differ.
 */
export async function measureCells(
  bench: Bench,
  { name, plan, cells, start }: {
    /** Of the scenario, for the progress. */
    readonly name: string;
    readonly plan: CellsPlan;
    readonly cells: readonly Cell[];
    readonly start: () => Promise<StartedServers>;
  },
): Promise<CellResult> {
  const { progress, signal } = bench;
  const failures: string[] = [];
  const report: Report = (failure) => failures.push(failure);
  const results = cells.map((cell) => ({
    cell,
    samples: new Map<ServerName, (readonly Sample[])[]>(),
  }));
  const peakMemory = new Map<ServerName, number[][]>();
  for (let started = 1; started <= plan.starts; started++) {
    const during = `${name}: start ${started} of ${plan.starts}`;
    progress(`${during}, warming up`);
    await using running = await start();
    const { servers } = running;
    for (const cell of cells) {
      for (const contestant of contestantsOf(bench, plan, servers, cell, report).values()) {
        signal.throwIfAborted();
        await contestant.measure(plan.warmUpMs);
      }
    }
    for (const { cell, samples } of results) {
      progress(`${during}, ${describeCell(cell)}`);
      const contestants = contestantsOf(bench, plan, servers, cell, report);
      addStart(samples, await measureRounds(contestants, { ...plan, signal, seed: started }));
    }
    for (const { name, server } of servers) {
      peakMemory.set(name, [...peakMemory.get(name) ?? [], [memoryOf(server.pid).peak]]);
    }
  }
  return { cells: results, peakMemory, failures };
}

function contestantsOf(
  { generator }: Bench,
  { sliceMs, loadedSliceMs }: CellsPlan,
  servers: readonly MeasuredServer[],
  cell: Cell,
  report: Report,
) {
  const { concurrency } = cell;
  return new Map(servers.flatMap(({ name, server: { origin, pid }, requests }) => {
    const set = requests(cell.mode);
    if (set === null) return [];
    const job = { origin, ...set, concurrency, mostRequests };
    const named = `${name} (${describeCell(cell)})`;
    const contestant: Contestant = {
      sliceMs: concurrency === 1 ? sliceMs : loadedSliceMs,
      measure: (durationMs) =>
        takeSample(generator, { ...job, durationMs }, () => processorTime(pid), report, named),
    };
    return [[name, contestant] as const];
  }));
}

const kinds: Readonly<Record<Mode, string>> = {
  json: "JSON",
  stream: "streaming",
  paced: "streaming at a model's pace",
  tools: "JSON with tools",
  streamedTools: "streaming with tools",
};

export function describeCell({ mode, concurrency }: Cell): string {
  return `${kinds[mode]}, ${concurrency} at a time`;
}
