import { foundationModelArn, idOf, inferenceProfileArn } from "../models/arn.ts";
import { anyRegion } from "../models/destinations.ts";
import type { ListedProfile, ModelCatalog } from "../models/model_catalog.ts";
import { AwsError, invalid } from "../wire/aws_error.ts";
import { listedName } from "./foundation_models.ts";

/** An inference profile in the words of ListInferenceProfiles. */
export interface InferenceProfile {
  readonly inferenceProfileName: string;
  readonly description: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly inferenceProfileArn: string;
  readonly models: readonly { readonly modelArn: string }[];
  readonly inferenceProfileId: string;
  readonly status: "ACTIVE";
  readonly type: "SYSTEM_DEFINED";
}

/** Fewer than a region has, so that a client that reads one page only fails its tests. */
const mostPerPage = 20;

/**
 * ListInferenceProfiles. Profiles of the account's own (`APPLICATION`) do not exist here.
 *
 * @throws {AwsError} for arguments that AWS refuses.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */
export function listInferenceProfiles(
  catalog: ModelCatalog,
  query: URLSearchParams,
): { inferenceProfileSummaries: InferenceProfile[]; nextToken?: string } {
  // SDKs call the parameter typeEquals; on the wire it is `type`.
  const type = query.get("type");
  if (type !== null && type !== "SYSTEM_DEFINED" && type !== "APPLICATION") {
    throw invalid(
      `1 validation error detected: Value '${type}' at 'typeEquals' failed to satisfy constraint: ` +
        "Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]",
    );
  }
  const maxResults = Number(query.get("maxResults") ?? mostPerPage);
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > 1_000) {
    throw invalid("1 validation error detected: maxResults must be between 1 and 1000.");
  }
  const all = type === "APPLICATION" ? [] : catalog.listedProfiles();
  const start = startOf(query.get("nextToken"), all);
  const page = all.slice(start, start + Math.min(maxResults, mostPerPage));
  const next = all[start + page.length];
  return {
    inferenceProfileSummaries: page.map((profile) => describe(profile, catalog.region)),
    ...(next === undefined ? {} : { nextToken: btoa(next.id) }),
  };
}

/**
 * GetInferenceProfile.
 *
 * @throws {AwsError} for a profile that is not listed. AWS's words are not known.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html
 */
export function getInferenceProfile(
  catalog: ModelCatalog,
  identifier: string,
): InferenceProfile {
  const id = idOf(identifier);
  const profile = catalog.listedProfiles().find((each) => each.id === id);
  if (profile !== undefined) return describe(profile, catalog.region);
  throw new AwsError("ResourceNotFoundException", "The inference profile was not found.");
}

/** A token names the profile that the page begins with. */
function startOf(token: string | null, all: readonly ListedProfile[]): number {
  if (token === null) return 0;
  const start = all.findIndex((profile) => btoa(profile.id) === token);
  if (start < 0) throw invalid("The provided nextToken is invalid.");
  return start;
}

function describe(
  { id, prefix, model, destinationRegions }: ListedProfile,
  region: string,
): InferenceProfile {
  const name = listedName(model);
  const bound = destinationRegions.filter((destination) => destination !== anyRegion);
  const created = model.dates.startOfLife && `${model.dates.startOfLife}T00:00:00Z`;
  return {
    inferenceProfileName: `${prefix === "global" ? "Global" : prefix.toUpperCase()} ${name}`,
    description: destinationRegions.includes(anyRegion)
      ? `Routes requests to ${name} globally across all supported AWS Regions.`
      : `Routes requests to ${name} in ${inWords(bound)}.`,
    ...(created === undefined ? {} : { createdAt: created, updatedAt: created }),
    inferenceProfileArn: inferenceProfileArn(id, region),
    models: destinationRegions.map((destination) => ({
      modelArn: foundationModelArn(model.id, destination === anyRegion ? "" : destination),
    })),
    inferenceProfileId: id,
    status: "ACTIVE",
    type: "SYSTEM_DEFINED",
  };
}

function inWords(regions: readonly string[]): string {
  const [last, ...others] = regions.toReversed();
  return others.length === 0 ? last ?? "" : `${others.toReversed().join(", ")} and ${last}`;
}
