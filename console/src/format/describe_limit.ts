/** Limits and their state in words. */
import type { ApiKey, ForeseenLimit, Limit, LimitStatus } from "../api/manage_actions.ts";
import { describeUse, formatAmount, usedShare } from "./limit_figures.ts";
import { formatCount } from "./numbers.ts";

interface Fact {
  readonly term: string;
  readonly text: string;
}

/** What a limit's own name leaves out: which user, or which key. */
export function describeScope(
  { scope: { kind, id } }: Pick<Limit, "scope">,
  keys: readonly Pick<ApiKey, "id" | "name" | "prefix">[],
): string | null {
  if (kind === "user") return `user ${id}`;
  if (kind !== "api_key") return null;
  const key = keys.find((each) => each.id === id);
  return key === undefined ? `key ${id}` : `${key.name}, ${key.prefix}…`;
}

/** How many users are near a limit for each, or past it; null where none is. */
export function describeNear(
  { near, full }: Pick<LimitStatus, "near" | "full">,
): string | null {
  if (near === 0) return null;
  return `${users(near)} at 80 % or more${
    full === 0 ? "" : `, ${formatCount(full)} of them at 100 %`
  }`;
}

/** Of how many users a limit for each counts anything now. */
export function describeCounted({ count }: Pick<LimitStatus, "count">): string {
  return count === 0 ? "no user in this window" : `${users(count)} in this window`;
}

/** What setting a limit would do. */
export function describeLimitImpact(limit: ForeseenLimit): readonly Fact[] {
  const { name, scope: { kind }, unit, amount, former, impact } = limit;
  const nearest = impact?.windows[0];
  const used = impact === null
    ? "not counted"
    : nearest === undefined
    ? "nothing"
    : kind === "each_user"
    ? `${users(impact.count)}, at most ${describeUse(nearest, limit)}`
    : describeUse(nearest, limit);
  const near = kind === "each_user" && impact !== null ? describeNear(impact) : null;
  return [
    { term: "Limit", text: name },
    {
      term: "Amount",
      text: former === null
        ? formatAmount(amount, unit)
        : `${formatAmount(former.amount, unit)} → ${formatAmount(amount, unit)}`,
    },
    { term: "Used already", text: used },
    ...(near === null ? [] : [{ term: "Near it", text: near }]),
  ];
}

/** Limits that refuse or are near first; otherwise in the order that they came in. */
export function orderLimits(limits: readonly LimitStatus[]): readonly LimitStatus[] {
  const most = ({ windows, amount }: LimitStatus) =>
    Math.max(0, ...windows.map((window) => usedShare(window, amount)));
  const place = (limit: LimitStatus) => most(limit) >= 0.8 ? most(limit) : 0;
  return [...limits].sort((one, other) => place(other) - place(one));
}

function users(count: number): string {
  return `${formatCount(count)} user${count === 1 ? "" : "s"}`;
}
