/** An amount of US dollars; null is one that is not known, which is never shown as 0. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return "not known";
  const size = Math.abs(usd);
  const sign = usd < 0 ? "−" : "";
  if (size === 0) return "$0";
  if (size < 0.01) return `${sign}$${smallAmount(size)}`;
  const digits = size < 1 ? 3 : 2;
  return `${sign}$${
    size.toLocaleString("en-GB", {
      minimumFractionDigits: 2,
      maximumFractionDigits: digits,
    })
  }`;
}

/** A difference, with its sign. */
export function formatUsdChange(usd: number | null): string {
  return usd !== null && usd > 0 ? `+${formatUsd(usd)}` : formatUsd(usd);
}

/** A price per million tokens, as it is entered. */
export function formatPrice(usd: number | null): string {
  if (usd === null) return "not known";
  return `$${
    usd.toLocaleString("en-GB", {
      minimumFractionDigits: 2,
      maximumFractionDigits: 6,
    })
  }`;
}

/** Two significant digits, without an exponent. */
function smallAmount(size: number): string {
  const digits = Math.min(20, 1 - Math.floor(Math.log10(size)));
  return size.toFixed(digits).replace(/0+$/, "");
}
