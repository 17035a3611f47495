import { exactly } from "../comparison/target.ts";
import { figure, table } from "../results/table.ts";
import { startBenchStack } from "../processes/running_stack.ts";
import { quantile } from "../stats.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { signUpUsers } from "../users.ts";
import { startChat, startVariant } from "../servers/function_servers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import type { Bench, Scenario } from "./scenario.ts";
import { type SeenAnswer, SwitchLoad } from "./switch_load.ts";
import { type CommittedSwitch, followDefault, makeSwitch } from "./switch_models.ts";

const introduction = `
Processes of \`chat\` under constant load, one user each, while the default goes to and fro between two
models. _Reached everyone_ is when the last process has given its first answer by the new model,
counted from the moment the operator is told that the switch is made. _Late_ are answers that were
asked for after that moment and chosen by an older registry all the same.
`;

/** Milliseconds after which no switch begins. */
const mostMs = 600_000;

/** Processes of each of the two baselines. */
const baselineProcesses = 4;

/** Scenario 2: the time until a switch reaches every process. */
export const switching: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  const { switches, processes, pollMs } = bench.plan.switching;
  bench.progress("switching: starting the servers");
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  await followDefault(stack);
  const users = await signUpUsers(stack, processes);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());

  const ours = await Promise.all(
    Array.from({ length: processes }, async () => {
      const process = await startChat(stack, upstream);
      cleanUp.defer(() => process.stop());
      return process;
    }),
  );
  const load = new SwitchLoad(ours, users);
  const committed: CommittedSwitch[] = [];
  try {
    await load.allAnsweredSince(0, processes);
    const startedAt = performance.now();
    for (let n = 0; n < switches && performance.now() - startedAt < mostMs; n++) {
      bench.signal.throwIfAborted();
      if (n % 100 === 0) bench.progress(`switching: ${n} of ${switches} switches`);
      const made = await makeSwitch(stack, n);
      committed.push(made);
      await load.allAnsweredSince(made.committedAt, processes);
    }
  } finally {
    await load.stop();
  }

  const late = countLate(load.answers, committed);
  const reached = (way: CommittedSwitch["way"]) =>
    committed.filter((made) => made.way === way)
      .map((made) => reachedAfter(made, load.answers, processes)).toSorted((a, b) => a - b);
  const row = (way: CommittedSwitch["way"]) => {
    const times = reached(way);
    const at = (share: number) => figure(quantile(times, share));
    return [
      `ours, by ${way}`,
      ...[String(times.length), at(0.5), at(0.99), figure(times.at(-1) ?? NaN)],
      String(countLate(load.answers, committed, way)),
    ];
  };
  // Each changes the default once more; a statement that changes nothing is no switch.
  const next = committed.length;
  const poll = await watchTimed(bench, next, pollMs, stack, upstream, users);
  const hour = await watchTimed(bench, next + 1, 3_600_000, stack, upstream, users);
  return {
    title: "A switch reaching everyone",
    lines: [
      introduction,
      ...table(
        ["", "switches", "reached everyone: p50 ms", "p99 ms", "most ms", "late answers"],
        [
          row("REST"),
          row("SQL"),
          [
            `a poll every ${pollMs / 1000} s`,
            "1",
            "",
            "",
            figure(poll.reachedMs),
            String(poll.late),
          ],
          ["a cache of an hour, no version", "1", "", "", "not while watched", String(hour.late)],
        ],
      ),
      `${load.answers.length} answers of ${processes} processes; the two baselines got ten requests a ` +
      `second in ${baselineProcesses} processes, and watched for ${
        figure(watchedMs(pollMs) / 1000)
      } s.`,
      "",
    ],
    targets: [
      exactly("Answers asked for after a switch and by an older registry: 0", 0, late),
    ],
    failures: [],
  };
};

/**
 * From the operator's knowing until the last process's first answer of this registry or a later
 * one.
 */
function reachedAfter(
  { version, committedAt }: CommittedSwitch,
  answers: readonly SeenAnswer[],
  processes: number,
): number {
  const first = new Map<number, number>();
  for (const { process, registryVersion, endedAt } of answers) {
    if (registryVersion >= version && !first.has(process)) first.set(process, endedAt);
    if (first.size === processes) break;
  }
  return Math.max(0, Math.max(...first.values()) - committedAt);
}

function countLate(
  answers: readonly SeenAnswer[],
  committed: readonly CommittedSwitch[],
  way?: CommittedSwitch["way"],
): number {
  return answers.filter(({ sentAt, registryVersion }) => {
    const last = committed.findLast(({ committedAt }) => committedAt <= sentAt);
    if (last === undefined || (way !== undefined && last.way !== way)) return false;
    return registryVersion < last.version;
  }).length;
}

const watchedMs = (pollMs: number) => pollMs + 2_000;

/** One switch, seen by processes that keep the registry for a time. */
async function watchTimed(
  { plan, progress, signal }: Bench,
  switchNumber: number,
  keptMs: number,
  ...[stack, upstream, users]: readonly [
    Awaited<ReturnType<typeof startBenchStack>>,
    Awaited<ReturnType<typeof startUpstream>>,
    Awaited<ReturnType<typeof signUpUsers>>,
  ]
) {
  progress(`switching: the same with a registry that is kept for ${keptMs / 1000} s`);
  await using cleanUp = new AsyncDisposableStack();
  const started = await Promise.all(
    Array.from({ length: baselineProcesses }, async (_, n) => {
      const process = await startVariant("chat", "timed_registry_chat.ts", stack, upstream, {
        REGISTRY_KEPT_MS: String(keptMs),
        REGISTRY_FIRST_AGE_MS: String(Math.round(plan.switching.pollMs * n / baselineProcesses)),
      });
      cleanUp.defer(() => process.stop());
      return process;
    }),
  );
  const load = new SwitchLoad(started, users, 100);
  await load.allAnsweredSince(0, baselineProcesses);
  const made = await makeSwitch(stack, switchNumber);
  const watched = AbortSignal.any([signal, AbortSignal.timeout(watchedMs(plan.switching.pollMs))]);
  await new Promise((resolve) => watched.addEventListener("abort", resolve, { once: true }));
  await load.stop();
  return {
    reachedMs: reachedAfter(made, load.answers, baselineProcesses),
    late: countLate(load.answers, [made]),
  };
}
