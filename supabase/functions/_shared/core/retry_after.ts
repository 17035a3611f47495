/**
 * The seconds of a `retry-after`, which is a number of them or a date, rounded up.
 *
 * @param now The time of day in milliseconds; asked only where it is a date.
 * @returns undefined where there is none, or it says nothing
 * @see RFC 9110, section 10.2.3
 */
export function readRetryAfter(
  header: string | null | undefined,
  now: () => number,
): number | undefined {
  const value = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now()) / 1000));
}
