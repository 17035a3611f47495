/** Figures of limits and of their windows, in words. */
import type { Limit, LimitWindow } from "../api/manage_actions.ts";
import { formatUsd } from "./money.ts";
import { formatCount, formatPercent, nothing } from "./numbers.ts";
import { formatMoment } from "./time.ts";

type Figures = Pick<LimitWindow, "spent" | "held">;
type Measure = Pick<Limit, "amount" | "unit">;

/** Of a window: hard limits refuse the next run where it is `full`. */
export type LimitState = "free" | "near" | "full";

/** From which share on a window is `near`, as `limit-status` counts. */
const nearShare = 0.8;

/** An amount in its unit; the limit's name says which unit that is. */
export function formatAmount(amount: number, unit: Limit["unit"]): string {
  return unit === "usd" ? formatUsd(amount) : formatCount(amount);
}

/** How much of a limit is used, held parts included; one of 0 is always full. */
export function usedShare({ spent, held }: Figures, amount: number): number {
  return amount === 0 ? 1 : (spent + held) / amount;
}

export function limitState(share: number): LimitState {
  if (share >= 1) return "full";
  return share >= nearShare ? "near" : "free";
}

/** What is used, of how much. Turns at once are only ever held. */
export function describeUse({ spent, held }: Figures, { amount, unit }: Measure): string {
  const figure = (value: number) => formatAmount(value, unit);
  const share = formatPercent(usedShare({ spent, held }, amount));
  const used = unit === "concurrent" ? held : spent;
  const kept = held > 0 && unit !== "concurrent" ? `, ${figure(held)} held` : "";
  return `${figure(used)} of ${figure(amount)}${kept} (${share})`;
}

/** When a limit counts from 0 again; nothing where its window has not begun. */
export function describeReset(
  { period }: Pick<Limit, "period">,
  { window_end: end }: Pick<LimitWindow, "window_end">,
): string {
  if (period === null) return "as turns end";
  if (period === "total") return "never";
  return end === null ? nothing : formatMoment(end);
}
