/** How much is asked at which time. */

/** Whose day it is: patients ask in the evening, staff while they work. */
export type Rhythm = "home" | "work";

/** Weights of the hours of a day, of UTC; only their proportions count. */
const hourWeights: Record<Rhythm, readonly number[]> = {
  // deno-fmt-ignore
  home: [7, 4, 3, 2, 3, 7, 16, 30, 42, 50, 52, 50, 46, 44, 46, 52, 62, 74, 88, 96, 90, 66, 36, 16],
  // deno-fmt-ignore
  work: [1, 1, 1, 1, 2, 6, 30, 74, 96, 100, 98, 80, 60, 84, 96, 90, 70, 40, 18, 10, 7, 5, 3, 2],
};

/** Part of a day, as shares of what is asked in it. */
export interface HourShare {
  readonly hour: number;
  readonly from_share: number;
  readonly to_share: number;
}

export function hourShares(rhythm: Rhythm): HourShare[] {
  return cumulate(hourWeights[rhythm]).map((share, hour) => ({ hour, ...share }));
}

/** The share of a patients' day that is over after so many hours. */
export function shareOfDay(hours: number): number {
  const shares = hourShares("home");
  const hour = Math.floor(Math.min(Math.max(hours, 0), 23.999));
  const { from_share, to_share } = shares[hour]!;
  return from_share + (to_share - from_share) * Math.min(hours - hour, 1);
}

/** Turns weights into shares that follow each other from 0 to 1. */
export function cumulate(
  weights: readonly number[],
): { from_share: number; to_share: number }[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  return weights.map((weight, index) => {
    const from_share = before / total;
    before += weight;
    return { from_share, to_share: index === weights.length - 1 ? 1 : before / total };
  });
}
