/**
 * Where the calls of a model may be processed. AWS routes a call of an inference profile to any of
 * the profile's destination regions; a call of a foundation model stays in its region.
 *
 * A geography is named like the prefix of AWS's profiles, so `eu` in an id and `eu` in a setting
 * mean the same. Two that AWS files under Europe have names of their own, because they are not in
 * the European Union: AWS adds London and Zurich to an `eu.` profile only for calls from there.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */

/** Stands for every region, as AWS's ARNs without a region do in `global.` profiles. */
export const anyRegion = "*";

/** The geographies that can be allowed; `global` allows every place, known or not. */
export const geographies = [
  "eu",
  "uk",
  "ch",
  "us",
  "us-gov",
  "ca",
  "mx",
  "br",
  "apac",
  "au",
  "in",
  "jp",
  "me",
  "il",
  "za",
  "cn",
  "global",
] as const;

export type Geography = typeof geographies[number];

/** Where a call may be processed: a geography, or a place that nothing here knows. */
export type Place = Geography | "unknown";

export function isGeography(value: string): value is Geography {
  return (geographies as readonly string[]).includes(value);
}

const regionsOfGeography: Readonly<Partial<Record<Geography, readonly string[]>>> = {
  eu: [
    "eu-central-1", // Frankfurt
    "eu-north-1", // Stockholm
    "eu-south-1", // Milan
    "eu-south-2", // Spain
    "eu-west-1", // Ireland
    "eu-west-3", // Paris
    "eusc-de-east-1", // the European Sovereign Cloud, Brandenburg
  ],
  uk: ["eu-west-2"],
  ch: ["eu-central-2"],
  us: ["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
  "us-gov": ["us-gov-east-1", "us-gov-west-1"],
  ca: ["ca-central-1", "ca-west-1"],
  mx: ["mx-central-1"],
  br: ["sa-east-1"],
  apac: [
    "ap-east-1", // Hong Kong
    "ap-east-2", // Taipei
    "ap-northeast-2", // Seoul
    "ap-southeast-1", // Singapore
    "ap-southeast-3", // Jakarta
    "ap-southeast-5", // Malaysia
    "ap-southeast-6", // New Zealand
    "ap-southeast-7", // Thailand
  ],
  au: ["ap-southeast-2", "ap-southeast-4"],
  in: ["ap-south-1", "ap-south-2"],
  jp: ["ap-northeast-1", "ap-northeast-3"],
  me: ["me-central-1", "me-south-1"],
  il: ["il-central-1"],
  za: ["af-south-1"],
  cn: ["cn-north-1", "cn-northwest-1"],
};

const geographyByRegion = new Map(
  Object.entries(regionsOfGeography).flatMap(([geography, regions]) =>
    regions.map((region) => [region, geography as Geography] as const)
  ),
);

/** Countries inside a wider geography of AWS's. */
const widerGeography: Readonly<Partial<Record<Place, Geography>>> = {
  au: "apac",
  in: "apac",
  jp: "apac",
};

/** The geography of a region; `global` for {@linkcode anyRegion}. */
export function geographyOfRegion(region: string): Place {
  return region === anyRegion ? "global" : geographyByRegion.get(region) ?? "unknown";
}

/** A call, as far as it decides where it is processed. */
export interface Call {
  /** A foundation-model id, an inference-profile id, or the ARN of either. */
  readonly modelId: string;
  /** The region that is called. */
  readonly region: string;
  /** Where AWS may route it; null where that is not known and the id has to tell. */
  readonly destinationRegions?: readonly string[] | null;
}

/**
 * Every place in which a call may be processed, sorted. Destinations that are known are added to
 * what the id says, never taken for less than that.
 */
export function geographiesOfCall({ modelId, region, destinationRegions }: Call): Place[] {
  const { place, region: regionOfArn } = placeOfId(modelId);
  const regions = [regionOfArn ?? region, ...destinationRegions ?? []];
  const places = new Set(regions.map(geographyOfRegion));
  // An id that does not say where it leads is settled by its destinations, if there are any.
  const isSettled = place === "unknown" && (destinationRegions ?? []).length > 0;
  if (place !== null && !isSettled) places.add(place);
  return [...places].sort();
}

/**
 * The places that are not allowed. A place is allowed by its own name, by that of the wider
 * geography that holds it, or by `global`.
 */
export function outsideOf(places: readonly Place[], allowed: readonly string[]): Place[] {
  if (allowed.includes("global")) return [];
  return places.filter((place) => {
    const wider = widerGeography[place];
    // A setting is text of an operator's, who could write "unknown" too.
    return place === "unknown" || !allowed.includes(place) &&
        !(wider !== undefined && allowed.includes(wider));
  });
}

/** `prefix.provider.model`, where a foundation-model id is `provider.model` and may have dots. */
const profileId = /^([a-z-]+)\.[a-z0-9]+\.[a-z]/;

/** What an id itself says: the place of a profile's prefix, the region of an ARN, or nothing. */
export function placeOfId(modelId: string): { place: Place | null; region: string | null } {
  if (!modelId.startsWith("arn:")) return { place: placeOfPrefix(modelId), region: null };
  const [, , , region, , ...resource] = modelId.split(":");
  const [kind, ...id] = resource.join(":").split("/");
  const bound = region === undefined || region === "" ? anyRegion : region;
  switch (kind) {
    case "inference-profile":
      return { place: placeOfPrefix(id.join("/"), "unknown"), region: bound };
    case "foundation-model":
      return { place: null, region: bound };
    default:
      // An application's profile or a router leads wherever it was made to lead.
      return { place: "unknown", region: bound };
  }
}

/** @param otherwise For ids without a prefix. */
function placeOfPrefix(id: string, otherwise: Place | null = null): Place | null {
  const first = id.slice(0, Math.max(0, id.indexOf(".")));
  if (isGeography(first)) return first;
  // Looks like a prefix, and AWS adds some now and then.
  return profileId.test(id) ? "unknown" : otherwise;
}

/** The id, where it is one of an inference profile, an application's own too; else null. */
export function inferenceProfileOf(modelId: string): string | null {
  const isProfile = modelId.startsWith("arn:")
    ? /:(application-)?inference-profile\//.test(modelId)
    : placeOfPrefix(modelId) !== null;
  return isProfile ? modelId : null;
}
