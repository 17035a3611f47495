/** The time axis of a chart, which ends now and not where the last bucket begins. */

/** Where it begins and ends, in seconds since 1970. */
export type TimeAxis = readonly [number, number];

/** @param to Where the figures end, ISO 8601: the present. */
export function timeAxis(times: readonly number[], to: string): TimeAxis {
  const from = times[0] ?? 0;
  return [from, Math.max(Date.parse(to) / 1000, from + 1)];
}

/**
 * What is to be marked on it. A switch of this very moment may be newer than the figures: it is the
 * present, too.
 */
export function marksOn<Mark extends { readonly time: number }>(
  marks: readonly Mark[],
  [from, until]: TimeAxis,
): Mark[] {
  return marks.filter(({ time }) => time >= from)
    .map((mark) => ({ ...mark, time: Math.min(mark.time, until) }));
}
