import { z } from "zod";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import { describeLimit, type Limit } from "../../_shared/limits/limit.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
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
  { scope, period = null, dry_run = false, ...wanted }: RequestOf<"set-limit">,
  { limits, readRegistry, apiKeys }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-limit">> {
  const terms = {
    scope: { kind: scope.kind, id: idOf(scope) },
    unit: wanted.unit,
    amount: wanted.amount,
    period,
    time_zone: wanted.time_zone,
    enforcement: wanted.enforcement,
  };
  // Read before: once the limit is stored, no failure may keep that from its operator.
  const registry = await readRegistry();
  const key = scope.kind === "api_key"
    ? (await apiKeys.list()).api_keys.find(({ id }) => id === terms.scope.id)
    : undefined;
  const { name, time_zone, enforcement, ...set } = await limits.set(terms, dry_run, author);
  const limit = { ...terms, name, time_zone, enforcement };
  return {
    message: describeChange(limit, set.former, dry_run),
    ...set,
    warnings: limitWarnings(
      registry,
      limit,
      set.impact,
      key && { assistantType: key.assistant_type, models: key.models },
    ),
  };
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

function describeChange(
  limit: Described,
  former: Described | null,
  isDryRun: boolean,
): string {
  const now = describeTerms(limit);
  if (former === null) {
    return isDryRun
      ? `The limit would be ${now}. Nothing is changed.`
      : `The limit is ${now}. It is new: to take it back, remove it.`;
  }
  const before = describeTerms(former);
  if (now === before) return `The limit already is ${now}.`;
  return isDryRun
    ? `The limit would be ${now}, instead of ${before}. Nothing is changed.`
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
