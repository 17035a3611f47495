import type { Asker, SeenAnswer } from "./switch_askers.ts";

/** Questions in flight above which a load grows faster than it is answered. */
const mostInFlight = 400;

/**
 * Asks at a set pace, one process after the other, whether or not they have answered: an open loop.
 * No question is left out; one that is late is asked at once.
 */
export class PacedLoad {
  readonly #askers: readonly Asker[];
  readonly #answers: SeenAnswer[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  #asked = 0;
  #asking = true;
  #failure: Error | null = null;

  /** @param perSecond questions to all processes together */
  constructor(askers: readonly Asker[], perSecond: number) {
    this.#askers = askers;
    this.#ended = this.#keepPace(1_000 / perSecond);
  }

  /** In the order of their ends. */
  get answers(): readonly SeenAnswer[] {
    return this.#answers;
  }

  /**
   * Waits until each process was asked so many times from now on, and has answered.
   *
   * @throws {Error} the first failure of a question so far
   */
  async rounds(count: number): Promise<void> {
    const until = this.#asked + count * this.#askers.length;
    if (this.#asking) {
      await new Promise<void>((resolve) => this.#waiting.push({ until, resolve }));
    }
    await Promise.all(this.#inFlight);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Waits for the answers that are due. */
  async stop(): Promise<void> {
    this.#asking = false;
    await this.#ended;
    await Promise.all(this.#inFlight);
    if (this.#failure !== null) throw this.#failure;
  }

  async #keepPace(intervalMs: number): Promise<void> {
    const startedAt = performance.now();
    while (this.#asking) {
      const waitMs = startedAt + this.#asked * intervalMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.#inFlight.size >= mostInFlight) {
        this.#fail(new Error(`${mostInFlight} questions are unanswered at this pace.`));
      }
      if (!this.#asking) break;
      const asked = this.#ask(this.#askers[this.#asked++ % this.#askers.length]!);
      this.#inFlight.add(asked);
      asked.finally(() => this.#inFlight.delete(asked));
      this.#wake();
    }
    this.#wake();
  }

  async #ask(asker: Asker): Promise<void> {
    try {
      this.#answers.push(await asker());
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#asking = false;
  }

  #wake(): void {
    const isDue = ({ until }: { until: number }) => !this.#asking || until <= this.#asked;
    for (const { resolve } of this.#waiting.filter(isDue)) resolve();
    this.#waiting = this.#waiting.filter((waiting) => !isDue(waiting));
  }
}

/**
 * Asks each process again as soon as it has answered: a closed loop, which saturates them. For
 * switches of which many are wanted, and no times.
 */
export class ClosedLoad {
  readonly #answers: SeenAnswer[] = [];
  /** When the last answer of each process was asked for. */
  readonly #lastSentAt: number[];
  readonly #ended: Promise<unknown>;
  #waiting: (() => void)[] = [];
  #asking = true;
  #failure: Error | null = null;

  constructor(askers: readonly Asker[]) {
    this.#lastSentAt = askers.map(() => -Infinity);
    this.#ended = Promise.all(askers.map((asker, n) => this.#keepAsking(asker, n)));
  }

  /** In the order of their ends. */
  get answers(): readonly SeenAnswer[] {
    return this.#answers;
  }

  /**
   * Waits until each process has answered a question that it was asked from now on.
   *
   * @throws {Error} the first failure of a question so far
   */
  async round(): Promise<void> {
    const since = performance.now();
    while (this.#asking && this.#lastSentAt.some((at) => at < since)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Waits for the answers that are due. */
  async stop(): Promise<void> {
    this.#asking = false;
    await this.#ended;
    if (this.#failure !== null) throw this.#failure;
  }

  async #keepAsking(asker: Asker, n: number): Promise<void> {
    while (this.#asking) {
      try {
        const answer = await asker();
        this.#answers.push(answer);
        this.#lastSentAt[n] = answer.sentAt;
      } catch (error) {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
        this.#asking = false;
      }
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}

/** Questions that each process has at a time to be saturated. */
const atOnce = 3;

/** Answers that tell a rate, however long they take. */
const leastAnswers = 10;

/** Answers a second of processes that are saturated, after a first answer of each. */
export async function saturatingRate(
  askers: readonly Asker[],
  durationMs: number,
): Promise<number> {
  await Promise.all(askers.map((asker) => asker()));
  const startedAt = performance.now();
  const countedFrom = startedAt + durationMs / 3;
  let [counted, countedUntil] = [0, startedAt];
  const isOver = () => countedUntil >= startedAt + durationMs && counted >= leastAnswers;
  await Promise.all(
    askers.flatMap((asker) => Array<Asker>(atOnce).fill(asker)).map(async (asker) => {
      while (!isOver()) {
        const { endedAt } = await asker();
        if (endedAt < countedFrom || isOver()) continue;
        counted++;
        countedUntil = endedAt;
      }
    }),
  );
  return counted * 1_000 / (countedUntil - countedFrom);
}
