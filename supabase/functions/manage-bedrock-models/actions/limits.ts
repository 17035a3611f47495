import { z } from "zod";
import type { Change } from "../../_shared/contract/impact.ts";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import { describeLimit, type Limit, type LimitState } from "../../_shared/limits/limit.ts";
import type { LimitTerms } from "../../_shared/limits/limits.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { noImpact } from "../../_shared/switching/describe_impact.ts";
import { limitWarnings } from "../../_shared/switching/limit_warnings.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** Most windows that the impact of a limit and the list of all limits name of each. */
const mostListed = 10;

/** Most windows that the state of one limit names. */
const mostOfOne = 100;

/** `list-limits`: every limit. */
export async function listLimits(
  _request: RequestOf<"list-limits">,
  { limits }: ManageDependencies,
): Promise<ResultOf<"list-limits">> {
  const list = await limits.list();
  return { ...list, count: list.limits.length };
}

/** `limit-status`: how far limits are used up now. */
export async function showLimits(
  { id }: RequestOf<"limit-status">,
  { limits }: ManageDependencies,
): Promise<ResultOf<"limit-status">> {
  const status = await limits.status(
    id ?? null,
    id === undefined ? mostListed : mostOfOne,
  );
  return { ...status, count: status.limits.length };
}

/** `set-limit`: the limit of a scope, a unit and a period; the next run is held to it. */
export async function setLimit(
  request: RequestOf<"set-limit">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-limit">> {
  const terms = termsOf(request);
  // Read before: once the limit is stored, no failure may keep that from its operator.
  const warn = await readWarnings(terms.scope, dependencies);
  const set = await dependencies.limits.set(terms, author);
  return {
    message: describeChange(set.limit, set.former),
    ...set,
    warnings: warn(set.limit, set.impact),
  };
}

/** `impact` of `set-limit`, which changes neither who answers nor what that costs. */
export async function foreseeLimit(
  change: Extract<Change, { action: "set-limit" }>,
  dependencies: ManageDependencies,
): Promise<ResultOf<"impact">> {
  const terms = termsOf(change);
  const warn = await readWarnings(terms.scope, dependencies);
  const { limit, former, impact, registry_version } = await dependencies.limits.foresee(terms);
  return {
    affected: noImpact,
    limit: { ...limit, former, impact },
    warnings: warn(limit, impact),
    registry_version,
  };
}

function termsOf(
  { scope, unit, amount, period = null, time_zone, enforcement }: Omit<
    RequestOf<"set-limit">,
    "action" | "reason"
  >,
): LimitTerms {
  const id = idOf(scope);
  return { scope: { kind: scope.kind, id }, unit, amount, period, time_zone, enforcement };
}

/** Reads what limitWarnings() needs of a limit of this scope. */
async function readWarnings(
  scope: Limit["scope"],
  { readRegistry, apiKeys }: ManageDependencies,
) {
  const registry = await readRegistry();
  const key = scope.kind === "api_key"
    ? (await apiKeys.list()).api_keys.find(({ id }) => id === scope.id)
    : undefined;
  const ofKey = key && { assistantType: key.assistant_type, models: key.models };
  return (limit: Parameters<typeof limitWarnings>[1], impact: LimitState | null) =>
    limitWarnings(registry, limit, impact, ofKey);
}

/** @throws {AppError} `invalid_request` for what cannot be the id of a user or a key */
function idOf(
  { kind, id = null }: RequestOf<"set-limit">["scope"],
): string | null {
  const isUuid = kind === "user" || kind === "api_key";
  if (isUuid && id !== null && !z.guid().safeParse(id).success) {
    throw new AppError(
      "invalid_request",
      `scope.id of ${kind} must be an id.`,
      { param: "scope" },
    );
  }
  return id;
}

type Described = Pick<Limit, "amount" | "name" | "enforcement" | "time_zone">;

function describeTerms(limit: Described): string {
  const zone = limit.time_zone === "UTC" ? "" : `, ${limit.time_zone}`;
  return `${describeLimit(limit)} (${limit.enforcement}${zone})`;
}

function describeChange(limit: Described, former: Described | null): string {
  const now = describeTerms(limit);
  if (former === null) return `The limit is ${now}. It is new: to take it back, remove it.`;
  const before = describeTerms(former);
  return now === before
    ? `The limit already is ${now}.`
    : `The limit is ${now}, instead of ${before}.`;
}

/** `remove-limit`: from the next run on there is no such limit. */
export async function removeLimit(
  { id }: RequestOf<"remove-limit">,
  { limits }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"remove-limit">> {
  const { limit, registry_version } = await limits.remove(id, author);
  return {
    message: `The limit of ${describeLimit(limit)} is removed.`,
    limit,
    registry_version,
  };
}
