/** What is shown where there is nothing to count or to measure. */
export const nothing = "–";

export function formatCount(count: number | null): string {
  return count === null ? nothing : count.toLocaleString("en-GB");
}

/** A large count in few characters: 1,234 is 1.2k. */
export function formatCompact(count: number): string {
  const size = Math.abs(count);
  for (const [factor, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (size >= factor) return `${trim(count / factor)}${unit}`;
  }
  return trim(count);
}

export function formatPercent(share: number | null): string {
  if (share === null) return nothing;
  const percent = share * 100;
  return `${percent === 0 ? "0" : percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** Milliseconds, as seconds from ten seconds on, and as minutes from three minutes on. */
export function formatMs(ms: number | null): string {
  if (ms === null) return nothing;
  if (ms < 10_000) return `${Math.round(ms).toLocaleString("en-GB")} ms`;
  return ms < 180_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Bytes in the unit that a file's size is told in: 3,750,000 are 3.75 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${Number(size.toFixed(2))} ${unit}`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)));
}
