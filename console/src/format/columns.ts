/**
 * One format for all figures that stand below or beside each other: the same unit and the same
 * number of decimals, so that their lengths can be compared, too.
 */
import { nothing } from "./numbers.ts";

export type Figures = readonly (number | null)[];
export type Formatter = (value: number | null) => string;

/** Milliseconds; as seconds where one of them has ten or more, as minutes from ten minutes on. */
export function msColumn(values: Figures): Formatter {
  const most = largest(values);
  if (most < 10_000) return known((ms) => `${decimals(ms, 0)} ms`);
  return most < 600_000
    ? known((ms) => `${decimals(ms / 1000, 1)} s`)
    : known((ms) => `${decimals(ms / 60_000, 1)} min`);
}

/** US dollars, with two digits of the smallest amount as long as the largest stays readable. */
export function usdColumn(values: Figures): Formatter {
  const sizes = values.filter((value) => value !== null && value !== 0).map((usd) =>
    Math.abs(usd ?? 0)
  );
  const most = largest(values);
  const wanted = sizes.length === 0 ? 2 : 1 - Math.floor(Math.log10(Math.min(...sizes)));
  const readable = most === 0 ? 2 : 4 - Math.floor(Math.log10(most));
  const places = Math.max(2, Math.min(wanted, readable, 8));
  const least = 10 ** -places;
  return (usd) => {
    if (usd === null) return "not known";
    const size = Math.abs(usd);
    if (size === 0) return "$0";
    if (size < least / 2) return `<$${decimals(least, places)}`;
    return `${usd < 0 ? "−" : ""}$${decimals(size, places)}`;
  };
}

/** Shares; with a decimal where one of them is small. */
export function percentColumn(shares: Figures): Formatter {
  const isFine = shares.some((share) => share !== null && share !== 0 && Math.abs(share) < 0.1);
  return known((share) => `${decimals(share * 100, isFine ? 1 : 0)} %`);
}

function known(format: (value: number) => string): Formatter {
  return (value) => value === null ? nothing : format(value);
}

function largest(values: Figures): number {
  return Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
}

function decimals(value: number, places: number): string {
  return value.toLocaleString("en-GB", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
}
