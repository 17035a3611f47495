import type { LoadResult } from "../load/job.ts";
import { memoryOf, processorTime } from "../processes/figures.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import type { MeasuredServer, ServerName } from "../servers/measured_servers.ts";
import type { Mode } from "../servers/request_sets.ts";
import { delayUpstream } from "../upstream/start_upstream.ts";
import type { Bench } from "./scenario.ts";

/** One kind of request. */
export interface Cell {
  readonly delayMs: 0 | 50;
  readonly mode: Mode;
  readonly concurrency: 1 | 32;
}

/** One round of one server. */
export interface Sample {
  readonly load: LoadResult;
  /** Of the server's process, in microseconds. */
  readonly cpuPerRequest: number;
}

export interface OverheadResult {
  readonly cells: readonly {
    readonly cell: Cell;
    /** The samples of each server, round by round. */
    readonly samples: ReadonlyMap<ServerName, readonly Sample[]>;
  }[];
  /** Peak resident memory in bytes. */
  readonly peakMemory: ReadonlyMap<ServerName, number>;
  /** The measurements with failed requests. */
  readonly failures: readonly string[];
}

export const overheadCells: readonly Cell[] = ([0, 50] as const).flatMap((delayMs) =>
  (["json", "stream"] as const).flatMap((mode) =>
    ([1, 32] as const).map((concurrency) => ({ delayMs, mode, concurrency }))
  )
);

/** Requests of one slice at the most. */
const mostRequests = 20_000;

/** Measures what each server adds: A B C …, A B C …, for each kind of request. */
export async function measureOverhead(
  servers: readonly MeasuredServer[],
  upstream: ServerProcess,
  { generator, progress, signal, plan: { overhead: plan } }: Bench,
): Promise<OverheadResult> {
  const failures: string[] = [];
  const cells = overheadCells.map((cell) => ({
    cell,
    samples: new Map(servers.map(({ name }) => [name, [] as Sample[]])),
  }));
  const slice = async (measured: MeasuredServer, cell: Cell, durationMs: number) => {
    signal.throwIfAborted();
    const requests = measured.requests(cell.mode);
    if (requests === null) return null;
    const { origin, pid } = measured.server;
    const { concurrency } = cell;
    const before = processorTime(pid);
    const load = await generator.run({
      origin,
      ...requests,
      concurrency,
      durationMs,
      mostRequests,
    });
    const cpuPerRequest = (processorTime(pid) - before) / 1000 / load.count;
    if (load.errorCount > 0) {
      failures.push(
        `${measured.name} (${describeCell(cell)}): ${load.errorCount} of ` +
          `${load.count + load.errorCount} requests failed, the first with ${load.errors[0]}`,
      );
    }
    return { load, cpuPerRequest };
  };

  for (const server of servers) {
    progress(`overhead: warming up ${server.name}`);
    for (const cell of overheadCells.filter(({ delayMs }) => delayMs === 0)) {
      await slice(server, cell, plan.warmUpMs);
    }
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const { cell, samples } of cells) {
      progress(`overhead: round ${round + 1} of ${plan.rounds}, ${describeCell(cell)}`);
      await delayUpstream(upstream, cell.delayMs);
      for (const server of servers) {
        const sample = await slice(server, cell, plan.sliceMs);
        if (sample !== null) samples.get(server.name)?.push(sample);
      }
    }
  }
  await delayUpstream(upstream, 0);
  const peakMemory = new Map(
    servers.map(({ name, server }) => [name, memoryOf(server.pid).peak]),
  );
  return { cells, peakMemory, failures };
}

export function describeCell({ delayMs, mode, concurrency }: Cell): string {
  const kind = mode === "json" ? "JSON" : "streaming";
  return `${delayMs} ms to first byte, ${kind}, ${concurrency} at a time`;
}
