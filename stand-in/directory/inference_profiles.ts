import type { ListedProfile, ModelDirectory } from "../model_directory.ts";
import { AwsError, invalid } from "../wire/aws_error.ts";
import { anyRegion } from "./destinations.ts";
import { arnOf, listedName } from "./foundation_models.ts";

/** The account of the stand-in, in its ARNs: the one of AWS's own examples. */
export const account = "123456789012";

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

/** Fewer than a region has, so that whoever does not turn the page is found out. */
const mostPerPage = 20;

/**
 * ListInferenceProfiles. Profiles of the account's own (`APPLICATION`) do not exist here.
 *
 * @throws {AwsError} for arguments that AWS refuses.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */
export function listInferenceProfiles(
  directory: ModelDirectory,
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
  const all = type === "APPLICATION" ? [] : directory.listedProfiles();
  const start = startOf(query.get("nextToken"), all);
  const page = all.slice(start, start + Math.min(maxResults, mostPerPage));
  const next = all[start + page.length];
  return {
    inferenceProfileSummaries: page.map((profile) => describe(profile, directory.region)),
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
  directory: ModelDirectory,
  identifier: string,
): InferenceProfile {
  const id = identifier.startsWith("arn:")
    ? identifier.slice(identifier.lastIndexOf("/") + 1)
    : identifier;
  const profile = directory.listedProfiles().find((each) => each.id === id);
  if (profile !== undefined) return describe(profile, directory.region);
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
    inferenceProfileArn: `arn:aws:bedrock:${region}:${account}:inference-profile/${id}`,
    models: destinationRegions.map((destination) => ({
      modelArn: arnOf(model.id, destination === anyRegion ? "" : destination),
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
