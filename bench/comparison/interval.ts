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
  const starts = finite(values).filter((rounds) => rounds.length > 0);
  return bootstrap(starts, (starts) => median(starts.flat()), redrawn, random);
}

/**
 * How many times as large the median of some values is as that of others of the same start, which
 * were measured at another time, so that no two rounds belong together. Within a start the rounds of
 * both are drawn again, each by themselves: the base is as uncertain as what is compared with it. A
 * start that lacks either is left out; of none, all three are NaN.
 */
export function growthInterval(
  values: Values,
  base: Values,
  random: () => number = seededRandom(1),
): Interval {
  const bases = finite(base);
  const starts = finite(values).map((rounds, start) => ({ rounds, base: bases[start] ?? [] }))
    .filter(({ rounds, base }) => rounds.length > 0 && base.length > 0);
  return bootstrap(
    starts,
    (starts) => median(starts.map(({ rounds, base }) => median(rounds) / median(base))),
    ({ rounds, base }, random) => ({
      rounds: redrawn(rounds, random),
      base: redrawn(base, random),
    }),
    random,
  );
}

const finite = (values: Values): Values => values.map((rounds) => rounds.filter(Number.isFinite));

const draw = <T>(from: readonly T[], random: () => number): T =>
  from[Math.floor(random() * from.length)]!;

const redrawn = <T>(from: readonly T[], random: () => number): readonly T[] =>
  from.map(() => draw(from, random));

/** The figure of some starts, and its interval: starts are drawn again, and what is in each. */
function bootstrap<Start>(
  starts: readonly Start[],
  figureOf: (starts: readonly Start[]) => number,
  redraw: (start: Start, random: () => number) => Start,
  random: () => number,
): Interval {
  if (starts.length === 0) return { estimate: NaN, low: NaN, high: NaN };
  const figures = Float64Array.from(
    { length: resamples },
    () => figureOf(redrawn(starts, random).map((start) => redraw(start, random))),
  ).sort();
  const outside = Math.floor(resamples * (1 - confidence) / 2);
  return {
    estimate: figureOf(starts),
    low: figures[outside]!,
    high: figures[resamples - 1 - outside]!,
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
