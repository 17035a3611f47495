/**
 * How much less or more something else would have cost, as a share of what it did cost; nothing
 * where that is not known, or only in part.
 */
export function describeShare(
  { actual_usd: actual, difference_usd: difference, unpriced }: {
    readonly actual_usd: number | null;
    readonly difference_usd: number | null;
    /** Calls whose actual cost is not known. */
    readonly unpriced: number;
  },
): { readonly note?: string } {
  if (actual === null || actual === 0 || difference === null || unpriced > 0) return {};
  const percent = Math.abs(difference / actual) * 100;
  const share = `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
  if (difference === 0) return { note: "the same" };
  return { note: difference < 0 ? `${share} saved` : `${share} more` };
}
