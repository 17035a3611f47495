/**
 * Exact decimals for tests that compute what Postgres computes: whole billionths of a thousandth.
 */

/** Digits after the point that a cost can have: millionths of a dollar per million tokens. */
const digits = 12;

/** A numeric of Postgres, as text, in 10⁻¹². */
export function fromNumeric(text: string): bigint {
  const [, sign, whole = "", part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (sign === undefined) throw new RangeError(`${text} is no decimal.`);
  const kept = part.replace(/0+$/, "");
  if (kept.length > digits) throw new RangeError(`${text} has more than ${digits} digits.`);
  const value = BigInt(whole + kept.padEnd(digits, "0"));
  return sign === "-" ? -value : value;
}

/** The nearest number, as JSON gives it. */
export function toNumber(value: bigint): number {
  const text = value.toString().padStart(digits + 1, "0");
  return Number(`${text.slice(0, -digits)}.${text.slice(-digits)}`);
}

/** A price in whole millionths of a dollar, as SQL wants it. */
export function priceText(millionths: bigint | null): string | null {
  if (millionths === null) return null;
  const text = millionths.toString().padStart(7, "0");
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

/**
 * What tokens cost, in 10⁻¹² dollars; null where a count is not known, or a price at which tokens
 * were used.
 *
 * @param tokens input, output, read from the cache, written to it
 * @param prices millionths of a dollar per million tokens, in the same order
 */
export function costOf(
  tokens: readonly (number | null)[],
  prices: readonly (bigint | null)[],
): bigint | null {
  let sum = 0n;
  for (const [index, count] of tokens.entries()) {
    if (count === null) return null;
    if (count === 0) continue;
    const price = prices[index] ?? null;
    if (price === null) return null;
    sum += BigInt(count) * price;
  }
  return sum;
}
