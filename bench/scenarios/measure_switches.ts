import type { Plan } from "../plan.ts";
import type { Report } from "../comparison/sample.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { createApiKey, signUpUsers } from "../users.ts";
import type { Bench } from "./scenario.ts";
import { type Asker, askersOf, type SeenAnswer, startFunctions } from "./switch_askers.ts";
import { ClosedLoad, PacedLoad, saturatingRate } from "./switch_load.ts";
import type { CommittedSwitch, Operator } from "./switch_models.ts";
import { canaryOfHealth, startRollout } from "./switch_rollout.ts";
import { inOrder, type SwitchBlock } from "./switch_times.ts";

/** What is switched: a stack, and where its models answer. */
export interface SwitchedProject {
  readonly bench: Bench;
  readonly stack: RunningStack;
  readonly upstream: ServerProcess;
  readonly operate: Operator;
  readonly report: Report;
}

/** Switches seen by some processes under load. */
export interface SwitchSeries {
  readonly name: string;
  readonly processes: number;
  /** Answers a second of the processes when they are saturated. */
  readonly saturating: number;
  /** Those that are timed. */
  readonly blocks: readonly SwitchBlock[];
  /** All of them, in their order. */
  readonly committed: readonly CommittedSwitch[];
  /** In the order in which they were asked for. */
  readonly answers: readonly SeenAnswer[];
  /** Models that are chosen by another rule than the default. */
  readonly ofOwn: readonly string[];
}

/** Milliseconds of a series after which no block begins, as on a machine with other load. */
const mostMs = 300_000;

/** Processes of `chat`, without a rollout and beside one. */
export async function measureChat(project: SwitchedProject): Promise<readonly SwitchSeries[]> {
  await using cleanUp = new AsyncDisposableStack();
  const { bench: { plan: { switching: plan } }, stack, upstream, report } = project;
  const names = Array<"chat">(plan.processes).fill("chat");
  const users = await signUpUsers(stack, 4 * plan.processes);
  const servers = await startFunctions(names, stack, upstream, cleanUp);
  const askers = askersOf(servers, users.map(({ token }) => token));
  const without = await measureSeries(project, {
    name: `${plan.processes} of \`chat\``,
    askers,
    switches: plan.ofChat,
  });
  const endRollout = await startRollout(stack, users);
  const beside = await measureSeries(project, {
    name: `${plan.processes} of \`chat\`, a rollout active`,
    askers,
    switches: plan.besideRollout,
    ofOwn: canaryOfHealth,
  });
  await endRollout(report);
  return [without, beside];
}

/** Two processes of each dialect, which are called with an API key. */
export async function measureDialects(project: SwitchedProject): Promise<SwitchSeries> {
  await using cleanUp = new AsyncDisposableStack();
  const { bench: { plan: { switching: plan } }, stack, upstream } = project;
  const names = ["openai", "anthropic", "openai", "anthropic"] as const;
  const servers = await startFunctions(names, stack, upstream, cleanUp);
  return await measureSeries(project, {
    name: "2 of `openai`, 2 of `anthropic`",
    askers: askersOf(servers, [await createApiKey(stack)]),
    switches: plan.ofDialects,
  });
}

async function measureSeries(
  { bench, operate, report }: SwitchedProject,
  { name, askers, switches, ofOwn = [] }: {
    readonly name: string;
    readonly askers: readonly Asker[];
    readonly switches: number;
    readonly ofOwn?: readonly string[];
  },
): Promise<SwitchSeries> {
  const { plan: { switching: plan }, progress, signal } = bench;
  progress(`switching: ${name}: what saturates them`);
  const saturating = await saturatingRate(askers, plan.saturateMs);
  const startedAt = performance.now();
  const isInTime = () => performance.now() - startedAt < mostMs;
  const paced = new PacedLoad(askers, saturating / 2);
  const blocks: SwitchBlock[] = [];
  try {
    while (blocks.length < plan.blocks && isInTime()) {
      progress(`switching: ${name}: block ${blocks.length + 1} of ${plan.blocks}, at half load`);
      blocks.push(await measureBlock(paced, operate, plan, signal));
    }
  } finally {
    await paced.stop();
  }
  const committed = blocks.flatMap((block) => block.committed);
  const closed = new ClosedLoad(askers);
  try {
    for (; committed.length < switches && isInTime(); await closed.round()) {
      signal.throwIfAborted();
      const made = committed.length;
      if (made % 100 === 0) progress(`switching: ${name}: ${made} of ${switches}, saturated`);
      committed.push(await operate());
    }
  } finally {
    await closed.stop();
  }
  const made = committed.length;
  if (made < switches) report(`${name}: ${made} of ${switches} switches in ${mostMs / 1000} s`);
  const answers = inOrder([...paced.answers, ...closed.answers]);
  return { name, processes: askers.length, saturating, blocks, committed, answers, ofOwn };
}

/** The next switch is made when each process has answered after the last one. */
async function measureBlock(
  load: PacedLoad,
  operate: Operator,
  { ofBlock, quietRounds }: Pick<Plan["switching"], "ofBlock" | "quietRounds">,
  signal: AbortSignal,
): Promise<SwitchBlock> {
  const committed = [];
  for (let n = 0; n < ofBlock; n++) {
    signal.throwIfAborted();
    committed.push(await operate());
    await load.rounds(1);
  }
  const from = performance.now();
  await load.rounds(quietRounds);
  return { committed, quiet: [from, performance.now()] };
}
