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
