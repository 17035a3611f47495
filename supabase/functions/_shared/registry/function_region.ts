import { AppError } from "../core/app_error.ts";
import { geographyOfRegion, outsideOf } from "./geography.ts";
import type { Registry } from "./registry.ts";
import type { RegistryCache } from "./registry_cache.ts";

/**
 * Regions of hosted functions, as the header `x-region` names them, in the order in which they are
 * recommended.
 *
 * @see https://supabase.com/docs/guides/functions/regional-invocation
 */
export const functionRegions = [
  ...["eu-central-1", "eu-west-1", "eu-west-3", "eu-west-2"],
  ...["us-east-1", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["ap-southeast-1", "ap-northeast-2", "ap-southeast-2", "ap-south-1", "ap-northeast-1"],
];

/** What decides where a function may run, and which region is recommended. */
type RegionRules = Pick<Registry, "settings" | "models">;

/**
 * Refuses to read what users write, where the function runs outside `function_geographies` or does
 * not know where while that is set. As `switchboard.require_function_inside()`, which a test compares.
 *
 * @param region The AWS region that the function runs in; null where the platform does not say.
 * @throws {AppError} `function_outside_geographies`, with the header to send
 */
export function requireFunctionInside(region: string | null, rules: RegionRules): void {
  const { function_geographies: allowed } = rules.settings;
  if (allowed === null || isInside(region, allowed)) return;
  const place = region === null
    ? "It is not known where the function runs"
    : `The function runs in ${region}`;
  throw new AppError(
    "function_outside_geographies",
    `${place}; allowed is ${allowed.join(", ") || "nothing"} only.`,
    { hint: hintFor(region, allowed, rules) },
  );
}

function isInside(region: string | null, allowed: readonly string[]): boolean {
  return outsideOf([region === null ? "unknown" : geographyOfRegion(region)], allowed).length === 0;
}

function hintFor(
  region: string | null,
  allowed: readonly string[],
  { models }: RegionRules,
): string {
  if (region === null) {
    return "Set SB_REGION to the AWS region of the functions; hosted projects set it themselves.";
  }
  const inside = functionRegions.filter((each) => isInside(each, allowed));
  const near = inside.find((each) => models.some((row) => row.is_available && row.region === each));
  const recommended = near ?? inside[0];
  return recommended === undefined
    ? "Hosted functions do not run there; see function_geographies in registry_settings."
    : `Send the header x-region: ${recommended}`;
}

/** Refuses, before a request's body is read, where the function must not run. */
export type RegionGuard = () => Promise<void>;

/**
 * By the registry that the instance has, so that it costs no query. Where that refuses, the present
 * one is read: a refused request begins nothing that would tell of a change. A registry that cannot
 * be read refuses nothing here; what begins a turn or a call in the database does.
 */
export function createRegionGuard(
  region: string | null,
  registry: Pick<RegistryCache, "last" | "reload">,
): RegionGuard {
  return async () => {
    const cached = await registry.last().catch(() => null);
    if (cached === null || refusalOf(region, cached) === null) return;
    const refusal = refusalOf(region, await registry.reload().catch(() => cached));
    if (refusal !== null) throw refusal;
  };
}

/**
 * By the registry as it is now, for what begins nothing in the database that would refuse it.
 *
 * @throws what `reload` throws, since nothing else would refuse
 */
export function createPresentRegionGuard(
  region: string | null,
  registry: Pick<RegistryCache, "reload">,
): RegionGuard {
  return async () => requireFunctionInside(region, await registry.reload());
}

function refusalOf(region: string | null, rules: RegionRules): unknown {
  try {
    requireFunctionInside(region, rules);
    return null;
  } catch (error) {
    return error;
  }
}
