/** AWS's lists of one region, in types of our own. Independent of the registry. */

/** The models and inference profiles that AWS lists in a region, each in the order of its id. */
export interface AwsCatalog {
  readonly region: string;
  /** The account's data retention mode, in AWS's words; null where AWS does not tell it. */
  readonly dataRetentionMode: string | null;
  readonly models: readonly AwsModel[];
  readonly profiles: readonly AwsProfile[];
}

/** A foundation model of ListFoundationModels. */
export interface AwsModel {
  /** The foundation-model id, which can be called only where `inferenceTypes` has `ON_DEMAND`. */
  readonly id: string;
  readonly name: string;
  /** The provider's name as AWS writes it, such as `Anthropic`; empty where AWS gives none. */
  readonly provider: string;
  /** In AWS's words: `TEXT`, `IMAGE`, `SPEECH`, `EMBEDDING` and others to come. */
  readonly inputModalities: readonly string[];
  readonly outputModalities: readonly string[];
  readonly streaming: boolean;
  /** In AWS's words: `ON_DEMAND`, `INFERENCE_PROFILE`, `PROVISIONED`. */
  readonly inferenceTypes: readonly string[];
  /** AWS knows no third state: a model that has ended is no longer listed. */
  readonly lifecycle: "active" | "legacy" | "unknown";
  /** ISO dates in UTC; null where AWS announces none. */
  readonly legacyOn: string | null;
  readonly extendedAccessOn: string | null;
  readonly endsOn: string | null;
}

/** An inference profile of ListInferenceProfiles. AWS also lists profiles whose model has ended. */
export interface AwsProfile {
  readonly id: string;
  /** Profiles that an account made itself are called by this; it holds the account's number. */
  readonly arn: string;
  readonly name: string;
  readonly kind: "system-defined" | "application";
  /** The foundation model it routes to; null where its ARNs name none, or several. */
  readonly modelId: string | null;
  /** Where a call may be processed, sorted; `anyRegion` where AWS does not bind it. */
  readonly destinationRegions: readonly string[];
}

/** The entries of the catalog for an id that a call may name. */
export interface AwsListing {
  /** Null where AWS lists a profile, but no longer the model behind it. */
  readonly model: AwsModel | null;
  /** Null for a foundation-model id. */
  readonly profile: AwsProfile | null;
}

/**
 * Finds a foundation-model id, an inference-profile id, or the ARN of either.
 *
 * @returns null where AWS does not list the id
 */
export function findListing(catalog: AwsCatalog, modelId: string): AwsListing | null {
  const id = modelId.startsWith("arn:") ? modelId.slice(modelId.lastIndexOf("/") + 1) : modelId;
  const profile = catalog.profiles.find((each) => each.arn === modelId || each.id === id);
  if (profile !== undefined) {
    const model = catalog.models.find((each) => each.id === profile.modelId) ?? null;
    return { model, profile };
  }
  const model = catalog.models.find((each) => each.id === id);
  return model === undefined ? null : { model, profile: null };
}

/** The profiles that route to a foundation model and that AWS itself defines, in order of id. */
export function profilesOf(catalog: AwsCatalog, foundationModelId: string): AwsProfile[] {
  return catalog.profiles.filter((profile) =>
    profile.modelId === foundationModelId && profile.kind === "system-defined"
  ).toSorted((a, b) => compareText(a.id, b.id));
}

/** Orders ids by their code units, so that the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
