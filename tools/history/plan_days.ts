import { chance } from "./random.ts";
import { shareOfDay } from "./rhythm.ts";

/** How much is asked on a day (of UTC). */
export interface PlannedDay {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly turns: number;
  /** The turns of all days before. */
  readonly first_turn: number;
  /** How much of the time has gone by, from 0 to 1. */
  readonly progress: number;
}

const dayMs = 86_400_000;

/** Where the first day begins; the last is that in which the history ends. */
export function startOfHistory(days: number, endsAt: Date): Date {
  return new Date(Math.floor(endsAt.getTime() / dayMs) * dayMs - (days - 1) * dayMs);
}

/** Divides the turns among the days: more as time goes by, fewer at weekends, no two days alike. */
export function planDays(
  options: { seed: number; turns: number; days: number; endsAt: Date },
): PlannedDay[] {
  const { seed, turns, days, endsAt } = options;
  const start = startOfHistory(days, endsAt);
  const weights = Array.from({ length: days }, (_, index) => {
    const date = new Date(start.getTime() + index * dayMs);
    const weekend = [0, 6].includes(date.getUTCDay()) ? 0.48 : 1;
    const growth = 0.45 + 0.85 * (index / Math.max(days - 1, 1));
    const noise = 0.88 + 0.24 * chance(seed, index);
    return growth * weekend * noise * shareCome(date, endsAt);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let weight = 0;
  let before = 0;
  return weights.map((ofDay, index) => {
    weight += ofDay;
    // Of the sum so far, so that roundings do not add up and the last day completes the number.
    const upTo = Math.round(turns * (weight / total));
    const planned = {
      day: new Date(start.getTime() + index * dayMs).toISOString().slice(0, 10),
      turns: upTo - before,
      first_turn: before,
      progress: index / Math.max(days - 1, 1),
    };
    before = upTo;
    return planned;
  });
}

/** Of a day that is not over, what has come by then; of its first minutes, nothing. */
function shareCome(day: Date, endsAt: Date): number {
  const hours = (endsAt.getTime() - day.getTime()) / 3_600_000;
  if (hours >= 24) return 1;
  return hours < 0.1 ? 0 : shareOfDay(hours);
}
