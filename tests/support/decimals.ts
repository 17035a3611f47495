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

/** A model's prices, in whole millionths of a dollar per million tokens; null where not known. */
export interface Prices {
  readonly input: bigint | null;
  readonly output: bigint | null;
  readonly read: bigint | null;
  readonly write: bigint | null;
  readonly hour: bigint | null;
  /** A prompt of more tokens costs so many times as much. */
  readonly long: { readonly tokens: number; readonly factor: number } | null;
}

/** Tokens of a call; null where the model did not tell. */
export interface Tokens {
  readonly input: number | null;
  readonly output: number | null;
  readonly read: number | null;
  readonly write: number | null;
  /** Of those written, how many are kept for an hour. */
  readonly hour: number | null;
}

/**
 * What tokens cost, in 10⁻¹² dollars; null where a count is not known, or a price at which tokens
 * were used.
 */
export function costOf(tokens: Tokens, prices: Prices): bigint | null {
  const hour = tokens.hour ?? 0;
  const bills: [number | null, bigint | null][] = [
    [tokens.input, prices.input],
    [tokens.output, prices.output],
    [tokens.read, prices.read],
    [tokens.write === null ? null : tokens.write - hour, prices.write],
    [hour, prices.hour],
  ];
  let sum = 0n;
  for (const [count, price] of bills) {
    if (count === null) return null;
    if (count === 0) continue;
    if (price === null) return null;
    sum += BigInt(count) * price;
  }
  const prompt = (tokens.input ?? 0) + (tokens.read ?? 0) + (tokens.write ?? 0);
  const isLong = prices.long !== null && prompt > prices.long.tokens;
  return isLong ? sum * BigInt(prices.long.factor) : sum;
}
