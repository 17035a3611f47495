import type { LoadResult } from "../load/job.ts";
import { memoryOf, processorTime } from "../processes/figures.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { type Contender, type ContenderName, delayUpstream, type Mode } from "./contenders.ts";
import type { Bench } from "./scenario.ts";

/** One way of asking. */
export interface Cell {
  readonly delayMs: 0 | 50;
  readonly mode: Mode;
  readonly concurrency: 1 | 32;
}

/** What one contender did in one round. */
export interface Sample {
  readonly load: LoadResult;
  /** Of the server's process, in microseconds. */
  readonly cpuPerRequest: number;
}

export interface OverheadResult {
  readonly cells: readonly {
    readonly cell: Cell;
    /** The samples of each contender, round by round. */
    readonly samples: ReadonlyMap<ContenderName, readonly Sample[]>;
  }[];
  /** Peak resident memory in bytes. */
  readonly peakMemory: ReadonlyMap<ContenderName, number>;
  readonly problems: readonly string[];
}

export const overheadCells: readonly Cell[] = ([0, 50] as const).flatMap((delayMs) =>
  (["json", "stream"] as const).flatMap((mode) =>
    ([1, 32] as const).map((concurrency) => ({ delayMs, mode, concurrency }))
  )
);

/** Requests of one slice at the most. */
const mostRequests = 20_000;

/** Measures what each contender adds: A B C …, A B C …, for each way of asking. */
export async function measureOverhead(
  contenders: readonly Contender[],
  upstream: ServerProcess,
  { generator, progress, signal, plan: { overhead: plan } }: Bench,
): Promise<OverheadResult> {
  const problems: string[] = [];
  const cells = overheadCells.map((cell) => ({
    cell,
    samples: new Map(contenders.map(({ name }) => [name, [] as Sample[]])),
  }));
  const slice = async (contender: Contender, cell: Cell, durationMs: number) => {
    signal.throwIfAborted();
    const asking = contender.ask(cell.mode);
    if (asking === null) return null;
    const { origin, pid } = contender.server;
    const { concurrency } = cell;
    const before = processorTime(pid);
    const load = await generator.run({ origin, ...asking, concurrency, durationMs, mostRequests });
    const cpuPerRequest = (processorTime(pid) - before) / 1000 / load.count;
    if (load.errorCount > 0) {
      problems.push(`${contender.name}, ${describeCell(cell)}: ${load.errors[0]}`);
    }
    return { load, cpuPerRequest };
  };

  for (const contender of contenders) {
    progress(`overhead: warming up ${contender.name}`);
    for (const cell of overheadCells.filter(({ delayMs }) => delayMs === 0)) {
      await slice(contender, cell, plan.warmUpMs);
    }
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const { cell, samples } of cells) {
      progress(`overhead: round ${round + 1} of ${plan.rounds}, ${describeCell(cell)}`);
      await delayUpstream(upstream, cell.delayMs);
      for (const contender of contenders) {
        const sample = await slice(contender, cell, plan.sliceMs);
        if (sample !== null) samples.get(contender.name)?.push(sample);
      }
    }
  }
  await delayUpstream(upstream, 0);
  const peakMemory = new Map(
    contenders.map(({ name, server }) => [name, memoryOf(server.pid).peak]),
  );
  return { cells, peakMemory, problems };
}

export function describeCell({ delayMs, mode, concurrency }: Cell): string {
  const kind = mode === "json" ? "JSON" : "streaming";
  return `${delayMs} ms to first byte, ${kind}, ${concurrency} at a time`;
}
