import { seededRandom } from "./interval.ts";
import type { Sample } from "./sample.ts";

/** What takes part in a comparison. */
export interface Contestant<Measured = Sample> {
  /** Milliseconds for which it is measured in a round. */
  readonly sliceMs: number;
  measure(durationMs: number): Promise<Measured>;
}

/**
 * Measures every contestant once in each round, for a part of a second, so that those who are
 * compared find the same machine. The order changes from round to round: what one leaves behind
 * does not always fall upon the same other.
 *
 * @returns the samples of each contestant, round by round
 */
export async function measureRounds<Name extends string, Measured = Sample>(
  contestants: ReadonlyMap<Name, Contestant<Measured>>,
  { rounds, signal, seed }: {
    readonly rounds: number;
    readonly signal: AbortSignal;
    /** Of the order; another one for each start. */
    readonly seed: number;
  },
): Promise<ReadonlyMap<Name, readonly Measured[]>> {
  const random = seededRandom(seed);
  const samples = new Map([...contestants.keys()].map((name) => [name, [] as Measured[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of shuffled([...contestants], random)) {
      signal.throwIfAborted();
      samples.get(name)?.push(await contestant.measure(contestant.sliceMs));
    }
  }
  return samples;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const left = [...values];
  return values.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
}
