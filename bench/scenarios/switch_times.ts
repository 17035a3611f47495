import { quantile } from "../stats.ts";
import type { SeenAnswer } from "./switch_askers.ts";
import type { CommittedSwitch } from "./switch_models.ts";

/** Some switches under load, and then the same load without any. */
export interface SwitchBlock {
  readonly committed: readonly CommittedSwitch[];
  /** When nothing was switched: beginning and end. */
  readonly quiet: readonly [number, number];
}

/** What is found of a block. Times are milliseconds, from question to first text. */
export interface BlockTimes {
  /** Of each switch: the slowest process's first answer that was asked for after it. */
  readonly switched: readonly number[];
  /** The slowest of one answer of each process, when nothing was switched. */
  readonly quiet: readonly number[];
}

/** Answers in the order in which they were asked for. */
export function inOrder(answers: readonly SeenAnswer[]): readonly SeenAnswer[] {
  return answers.toSorted((a, b) => a.sentAt - b.sentAt);
}

/** @param answers in the order in which they were asked for */
export function timesOf(
  { committed, quiet: [from, to] }: SwitchBlock,
  answers: readonly SeenAnswer[],
  processes: number,
): BlockTimes {
  const inQuiet = answers.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  const rounds = Math.floor(inQuiet.length / processes);
  return {
    switched: committed.map(({ committedAt }) => slowest(firstOfEach(answers, committedAt))),
    quiet: Array.from(
      { length: rounds },
      (_, n) => slowest(inQuiet.slice(n * processes, (n + 1) * processes)),
    ),
  };
}

const slowest = (answers: readonly SeenAnswer[]) =>
  Math.max(...answers.map(({ sentAt, begunAt }) => begunAt - sentAt));

/** The first answer of each process that was asked for at a moment or later. */
function firstOfEach(answers: readonly SeenAnswer[], moment: number): readonly SeenAnswer[] {
  const first = new Map<number, SeenAnswer>();
  for (const answer of answers) {
    if (answer.sentAt >= moment && !first.has(answer.process)) first.set(answer.process, answer);
  }
  return [...first.values()];
}

/** A share of the switches' times, less the median of the times without a switch. */
export function beyondTurn({ switched, quiet }: BlockTimes, share: number): number {
  const at = (times: readonly number[], of: number) =>
    quantile(times.toSorted((a, b) => a - b), of);
  return at(switched, share) - at(quiet, 0.5);
}

/**
 * Answers that were asked for after a switch and chosen by an older registry, or by a model that was
 * not the default of the registry that they name.
 *
 * @param ofOwn models that are chosen by another rule than the default
 */
export function staleAnswers(
  answers: readonly SeenAnswer[],
  committed: readonly CommittedSwitch[],
  ofOwn: readonly string[] = [],
): readonly SeenAnswer[] {
  return answers.filter(({ sentAt, registryVersion, modelId }) => {
    const due = committed.findLast(({ committedAt }) => committedAt <= sentAt);
    if (due === undefined) return false;
    if (registryVersion < due.version) return true;
    const used = committed.findLast(({ version }) => version <= registryVersion);
    return used?.modelId !== modelId && !ofOwn.includes(modelId);
  });
}

/**
 * Of each switch: for how long after it answers went on that had been asked for before, by an older
 * registry; 0 without any.
 */
export function lastOldAnswers(
  answers: readonly SeenAnswer[],
  committed: readonly CommittedSwitch[],
): readonly number[] {
  return committed.map(({ version, committedAt }) => {
    const old = answers.filter(({ sentAt, endedAt, registryVersion }) =>
      sentAt < committedAt && endedAt > committedAt && registryVersion < version
    );
    return Math.max(0, ...old.map(({ endedAt }) => endedAt - committedAt));
  });
}

/** From a switch until every process has given an answer by it, milliseconds; Infinity if one did not. */
export function reachedAfter(
  { version, committedAt }: CommittedSwitch,
  answers: readonly SeenAnswer[],
  processes: number,
): number {
  const first = new Map<number, number>();
  for (const { process, registryVersion, begunAt } of answers) {
    if (registryVersion >= version) {
      first.set(process, Math.min(first.get(process) ?? Infinity, begunAt));
    }
  }
  return first.size < processes ? Infinity : Math.max(0, ...first.values()) - committedAt;
}
