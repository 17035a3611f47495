import type { LoadGenerator } from "../load/load_generator.ts";
import type { LoadJob, LoadResult } from "../load/job.ts";
import type { Values } from "./interval.ts";

/** What one server did in one slice of a round. Times are milliseconds. */
export interface Sample {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Median until the first text; NaN where none was looked for. */
  readonly firstText: number;
  readonly perSecond: number;
  /** Processor time of a request, in microseconds. */
  readonly cpu: number;
}

/** Gets what spoils a measurement: requests that failed. */
export type Report = (failure: string) => void;

/** Runs a job and measures the processor time that a function tells, in nanoseconds. */
export async function takeSample(
  generator: LoadGenerator,
  job: LoadJob,
  processorTime: () => number,
  report: Report,
  name: string,
): Promise<Sample> {
  const before = processorTime();
  const load = await generator.run(job);
  const cpu = (processorTime() - before) / 1000 / load.count;
  reportFailures(name, load, report);
  const { total: { p50, p95, p99 }, firstText, count, seconds } = load;
  return { p50, p95, p99, firstText: firstText?.p50 ?? NaN, perSecond: count / seconds, cpu };
}

export function reportFailures(
  name: string,
  { count, errorCount, errors }: Pick<LoadResult, "count" | "errorCount" | "errors">,
  report: Report,
): void {
  if (errorCount === 0) return;
  report(
    `${name}: ${errorCount} of ${count + errorCount} requests failed, the first with ${errors[0]}`,
  );
}

/** The samples of a server: by start, then by round. */
export type Samples = readonly (readonly Sample[])[];

/** Adds the rounds of one more start to those of each server. */
export function addStart<Name, Measured = Sample>(
  samples: Map<Name, (readonly Measured[])[]>,
  rounds: ReadonlyMap<Name, readonly Measured[]>,
): void {
  for (const [name, measured] of rounds) {
    samples.set(name, [...samples.get(name) ?? [], measured]);
  }
}

/** One figure of them. */
export function figureOf(samples: Samples | undefined, figure: keyof Sample): Values {
  return (samples ?? []).map((rounds) => rounds.map((sample) => sample[figure]));
}
