import type { LoadResult } from "../load/job.ts";
import { LoadGenerator } from "../load/load_generator.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { chatRequests } from "../servers/request_sets.ts";
import type { BenchUser } from "../users.ts";
import type { Bench } from "./scenario.ts";
import { highLimits, type LimitRow, projectLimit, setLimits } from "./set_limits.ts";

/** One round under one setting. */
export interface LimitSample {
  /** Milliseconds, and so is the next. */
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  /** Of everything that has a part in a turn, in microseconds. */
  readonly cpu: number;
}

/** The limits under which turns are measured. */
export const settings: Readonly<Record<string, readonly LimitRow[]>> = {
  "no limit": [],
  "the first rows' limits": highLimits,
  "a hard limit of the project": [projectLimit],
};

export const concurrencies = [1, 32] as const;
export type Concurrency = typeof concurrencies[number];

/** Requests a second of the user who is refused. */
export const refusedPerSecond = 100;

/** What is measured: one process of `chat`, and those who ask it. */
export interface LimitedProject {
  readonly bench: Bench;
  readonly stack: RunningStack;
  readonly chat: ServerProcess;
  readonly users: readonly BenchUser[];
  /** Processor time of everything that has a part in a turn, in nanoseconds. */
  readonly processorTime: () => number;
  /** Gets what spoils a measurement. */
  readonly report: (failure: string) => void;
}

/** Round by round, of each setting and concurrency. */
export type LimitCosts = readonly {
  readonly name: string;
  readonly concurrency: Concurrency;
  readonly samples: LimitSample[];
}[];

/** Turns under each setting in turn, round by round. */
export async function measureCosts(project: LimitedProject): Promise<LimitCosts> {
  const { plan: { limits: plan }, progress } = project.bench;
  const costs = Object.keys(settings).flatMap((name) =>
    concurrencies.map((concurrency) => ({ name, concurrency, samples: [] as LimitSample[] }))
  );
  for (let round = 0; round <= plan.rounds; round++) {
    const isWarmUp = round === 0;
    progress(`limits: ${isWarmUp ? "warming up" : `round ${round} of ${plan.rounds}`}`);
    for (const [name, rows] of Object.entries(settings)) {
      await changeLimits(project, rows);
      for (const each of costs.filter((cost) => cost.name === name)) {
        const durationMs = isWarmUp ? plan.warmUpMs : plan.sliceMs;
        const sample = await measureSlice(project, name, each.concurrency, durationMs);
        if (!isWarmUp) each.samples.push(sample);
      }
    }
  }
  return costs;
}

/** Users who ask one at a time, alone and beside another who is refused. */
export async function measureBeside(
  project: LimitedProject,
  refused: BenchUser,
): Promise<Readonly<Record<"alone" | "beside", readonly LimitSample[]>>> {
  const { bench, chat, report } = project;
  const { rounds, besideMs } = bench.plan.limits;
  await changeLimits(project, [
    { scope: "user", user_id: refused.id, unit: "turns", amount: 0, period: "total" },
  ]);
  const noise = new LoadGenerator();
  const job = {
    ...chatRequests([refused.token])("json"),
    origin: chat.origin,
    status: 429,
    expect: "limit_exceeded",
    concurrency: 16,
    perSecond: refusedPerSecond,
    durationMs: besideMs,
    mostRequests: 20_000,
  };
  const alone: LimitSample[] = [];
  const beside: LimitSample[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      bench.progress(`limits: beside a user who is refused, round ${round} of ${rounds}`);
      alone.push(await measureSlice(project, "others alone", 1, besideMs));
      const [refusals, sample] = await Promise.all([
        noise.run(job),
        measureSlice(project, "others beside a user who is refused", 1, besideMs),
      ]);
      reportFailures("the user who is refused", refusals, report);
      beside.push(sample);
    }
  } finally {
    await noise.stop();
  }
  return { alone, beside };
}

const jobOf = ({ chat, users }: LimitedProject) => ({
  ...chatRequests(users.map(({ token }) => token))("json"),
  origin: chat.origin,
  mostRequests: 20_000,
});

/** The first request after a change reads the registry, whatever is measured. */
async function changeLimits(project: LimitedProject, rows: readonly LimitRow[]): Promise<void> {
  const { bench: { generator }, stack } = project;
  await setLimits(stack.sql, rows);
  const job = { ...jobOf(project), concurrency: 1, durationMs: 30_000, mostRequests: 1 };
  await generator.run(job);
}

async function measureSlice(
  project: LimitedProject,
  name: string,
  concurrency: Concurrency,
  durationMs: number,
): Promise<LimitSample> {
  const { bench: { generator, signal }, processorTime, report } = project;
  signal.throwIfAborted();
  const before = processorTime();
  const load = await generator.run({ ...jobOf(project), concurrency, durationMs });
  reportFailures(name, load, report);
  const { total: { p50, p99 }, count, seconds } = load;
  const cpu = (processorTime() - before) / 1000 / count;
  return { p50, p99, perSecond: count / seconds, cpu };
}

function reportFailures(
  name: string,
  { count, errorCount, errors }: LoadResult,
  report: (failure: string) => void,
): void {
  if (errorCount === 0) return;
  report(
    `${name}: ${errorCount} of ${count + errorCount} requests failed, the first with ${errors[0]}`,
  );
}
