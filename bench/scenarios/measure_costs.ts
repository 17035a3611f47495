import { type Contestant, measureRounds } from "../comparison/measure_rounds.ts";
import { type Report, reportFailures, type Sample, takeSample } from "../comparison/sample.ts";
import { LoadGenerator } from "../load/load_generator.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { chatRequests } from "../servers/request_sets.ts";
import type { BenchUser } from "../users.ts";
import { type Condition, type ConditionName, conditions, setCondition } from "./conditions.ts";
import type { Bench } from "./scenario.ts";
import { setLimits } from "./set_limits.ts";

export const concurrencies = [1, 32] as const;
export type Concurrency = typeof concurrencies[number];
export type CostName = `${ConditionName}, ${Concurrency} at a time`;

/** Requests a second of the user who is refused. */
export const refusedPerSecond = 100;

/** One start: a process of `chat`, and those who ask it. */
export interface MeasuredProject {
  readonly bench: Bench;
  /** Of the start, for the order of the rounds. */
  readonly seed: number;
  readonly stack: RunningStack;
  readonly chat: ServerProcess;
  readonly users: readonly BenchUser[];
  /** Processor time of everything that has a part in a turn, in nanoseconds. */
  readonly processorTime: () => number;
  readonly report: Report;
}

/** Turns in each condition, round by round. */
export async function measureCosts(
  project: MeasuredProject,
): Promise<ReadonlyMap<CostName, readonly Sample[]>> {
  const { bench: { plan: { costs: plan }, signal }, seed } = project;
  const contestants = new Map<CostName, Contestant>(
    Object.entries(conditions).flatMap(([name, condition]) =>
      concurrencies.map((concurrency) => {
        const cost = `${name}, ${concurrency} at a time` as CostName;
        return [cost, {
          sliceMs: concurrency === 1 ? plan.sliceMs : plan.loadedSliceMs,
          async measure(durationMs: number) {
            await changeCondition(project, condition);
            return await takeTurns(project, cost, concurrency, durationMs);
          },
        }] as const;
      })
    ),
  );
  for (const contestant of contestants.values()) await contestant.measure(plan.warmUpMs);
  return await measureRounds(contestants, { ...plan, signal, seed });
}

/** Users who ask one at a time, alone and beside another who is refused. */
export async function measureBeside(
  project: MeasuredProject,
  refused: BenchUser,
): Promise<ReadonlyMap<"alone" | "beside", readonly Sample[]>> {
  const {
    bench: { plan: { costs: { besideMs: sliceMs, rounds } }, signal },
    chat,
    report,
    seed,
    stack,
  } = project;
  await changeCondition(project, conditions.nothing);
  await setLimits(stack.sql, [
    { scope: "user", user_id: refused.id, unit: "turns", amount: 0, period: "total" },
  ]);
  const noise = new LoadGenerator();
  try {
    return await measureRounds(
      new Map<"alone" | "beside", Contestant>([
        ["alone", {
          sliceMs,
          measure: (durationMs) => takeTurns(project, "others alone", 1, durationMs),
        }],
        ["beside", {
          sliceMs,
          async measure(durationMs) {
            const [refusals, sample] = await Promise.all([
              noise.run({
                ...chatRequests([refused.token])("json"),
                origin: chat.origin,
                status: 429,
                expect: "limit_exceeded",
                concurrency: 16,
                perSecond: refusedPerSecond,
                durationMs,
                mostRequests: 20_000,
              }),
              takeTurns(project, "others beside a user who is refused", 1, durationMs),
            ]);
            reportFailures("the user who is refused", refusals, report);
            return sample;
          },
        }],
      ]),
      { rounds, signal, seed },
    );
  } finally {
    await noise.stop();
  }
}

const jobOf = ({ chat, users }: MeasuredProject) => ({
  ...chatRequests(users.map(({ token }) => token))("json"),
  origin: chat.origin,
  mostRequests: 20_000,
});

/** The first request after a change reads the registry, whatever is measured. */
async function changeCondition(project: MeasuredProject, condition: Condition): Promise<void> {
  const { bench: { generator }, stack } = project;
  await setCondition(stack.sql, condition);
  await generator.run({ ...jobOf(project), concurrency: 1, durationMs: 30_000, mostRequests: 1 });
}

function takeTurns(
  project: MeasuredProject,
  name: string,
  concurrency: Concurrency,
  durationMs: number,
): Promise<Sample> {
  const { bench: { generator }, processorTime, report } = project;
  const job = { ...jobOf(project), concurrency, durationMs };
  return takeSample(generator, job, processorTime, report, name);
}
