import { median } from "../stats.ts";

/**
 * Values of one figure: by the start of the servers, then by round. Two starts of the same server
 * differ, by as much as a third, and rounds of one start share that; so they are kept apart.
 */
export type Values = readonly (readonly number[])[];

/** An estimate, and where the truth lies with the confidence of {@linkcode confidence}. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Share of the intervals that hold the truth, if the starts of a run are like all others. */
export const confidence = 0.99;

const resamples = 2_000;

/**
 * The median of the values, and its interval by the bootstrap: starts are drawn again, and rounds
 * within each. Values that are no number are left out; of none, all three are NaN.
 *
 * @param random from 0 up to 1; by default a sequence that is always the same
 */
export function intervalOf(values: Values, random: () => number = seededRandom(1)): Interval {
  const starts = values.map((rounds) => rounds.filter(Number.isFinite)).filter((rounds) =>
    rounds.length > 0
  );
  if (starts.length === 0) return { estimate: NaN, low: NaN, high: NaN };
  const draw = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const medians = Float64Array.from({ length: resamples }, () =>
    median(starts.flatMap(() => {
      const start = draw(starts);
      return start.map(() => draw(start));
    }))).sort();
  const outside = Math.floor(resamples * (1 - confidence) / 2);
  return {
    estimate: median(starts.flat()),
    low: medians[outside]!,
    high: medians[resamples - 1 - outside]!,
  };
}

/** Each value divided by that of the same round. */
export function ratios(values: Values, base: Values): Values {
  return combine(values, base, (value, other) => value / other);
}

/** Each value combined with that of the same round; NaN where the other has none. */
export function combine(
  values: Values,
  others: Values,
  to: (value: number, other: number) => number,
): Values {
  return values.map((rounds, start) =>
    rounds.map((value, round) => to(value, others[start]?.[round] ?? NaN))
  );
}

/** Numbers from 0 up to 1, the same sequence for the same seed: a linear congruential generator. */
export function seededRandom(seed: number): () => number {
  let state = BigInt.asUintN(64, BigInt(seed));
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 11n) / 2 ** 53;
  };
}
