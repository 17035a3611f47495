/**
 * Figures that rest on so few answers that they are one answer's time: the p95 of two is the slower
 * one, and says as much about the next as a single answer does.
 */

/** From how many answers on a figure is what its name says. */
export function fewestOf(percentile: number): number {
  return Math.ceil(1 / (1 - percentile));
}

/** The values of a line in two: those that rest on enough answers, and the others. */
export function splitFew(
  values: readonly (number | null)[],
  counts: readonly (number | null)[] | null,
  fewest: number,
): { readonly enough: (number | null)[]; readonly few: (number | null)[] } {
  const isFew = (place: number) => (counts?.[place] ?? Infinity) < fewest;
  return {
    enough: values.map((value, place) => isFew(place) ? null : value),
    few: values.map((value, place) => isFew(place) ? value : null),
  };
}

/** Where a value has no neighbour that a line could lead to. */
export function lonePlaces(values: readonly (number | null)[]): number[] {
  const isThere = (place: number) => (values[place] ?? null) !== null;
  return values.flatMap((_, place) =>
    isThere(place) && !isThere(place - 1) && !isThere(place + 1) ? [place] : []
  );
}

/** How many answers a figure rests on. */
export function describeAnswers(count: number, fewest: number): string {
  const answers = `${count.toLocaleString("en-GB")} ${count === 1 ? "answer" : "answers"}`;
  return count < fewest ? `only ${answers}` : answers;
}
