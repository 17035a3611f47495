import {
  geographiesOfCall,
  geographyOfRegion,
  outsideOf,
  type Place,
} from "../registry/geography.ts";
import { imageTypes } from "../core/content.ts";
import { type Capabilities, textOnly } from "../registry/capabilities.ts";
import type { FormatId } from "../registry/model.ts";
import {
  type AwsCatalog,
  type AwsListing,
  type AwsModel,
  compareText,
  profilesOf,
} from "./aws_catalog.ts";
import type { NewModel } from "./catalog_report.ts";

/**
 * Whether a model takes text and gives nothing but text, in a stream: so neither embeddings nor
 * images nor speech, and no rerankers, which AWS lists as text too but which do not stream.
 */
export function isTextModel(model: AwsModel): boolean {
  return model.inputModalities.includes("TEXT") && model.streaming &&
    model.outputModalities.length > 0 &&
    model.outputModalities.every((modality) => modality === "TEXT");
}

/**
 * Describes a model by the id that calls would use, with AWS's facts: its own id where it is
 * offered on demand, else the profile that stays closest to the region, and within the allowed
 * geographies where there is such a one.
 *
 * @returns null where no id of the model can be called, as with models for provisioned throughput
 */
export function describeNewModel(
  model: AwsModel,
  catalog: AwsCatalog,
  allowedGeographies: readonly string[],
): NewModel | null {
  const [best, ...others] = callableIds(model, catalog, allowedGeographies);
  return best === undefined ? null : describe(model, best, others);
}

/**
 * Describes a model by one of its ids: its own, or a profile's, which may be one that the account
 * made.
 *
 * @param listing What AWS lists under `modelId`.
 * @returns null where the model has ended or cannot be called under this id
 */
export function describeListing(
  modelId: string,
  { model, profile }: AwsListing,
  catalog: AwsCatalog,
  allowedGeographies: readonly string[],
): NewModel | null {
  if (model === null) return null;
  const { region } = catalog;
  const ids = callableIds(model, catalog, allowedGeographies);
  const id = ids.find((each) => each.modelId === modelId) ??
    (profile && callableId(modelId, profile.destinationRegions, region, allowedGeographies));
  return id && describe(model, id, ids.filter((each) => each !== id));
}

function describe(model: AwsModel, id: CallableId, others: readonly CallableId[]): NewModel {
  return {
    model_id: id.modelId,
    foundation_model_id: model.id,
    name: model.name,
    provider: model.provider,
    format: formatOf(model),
    lifecycle: model.lifecycle === "legacy" ? "legacy" : "active",
    legacy_on: model.legacyOn,
    extended_access_on: model.extendedAccessOn,
    retires_on: model.endsOn,
    destination_regions: id.destinationRegions,
    geographies: id.geographies,
    allowed: id.allowed,
    capabilities: { ...textOnly, ...listedCapabilities(model) },
    other_ids: others.map(({ modelId }) => modelId),
  };
}

interface CallableId {
  readonly modelId: string;
  readonly destinationRegions: readonly string[];
  readonly geographies: readonly Place[];
  readonly allowed: boolean;
}

function callableId(
  modelId: string,
  destinationRegions: readonly string[],
  region: string,
  allowedGeographies: readonly string[],
): CallableId {
  const geographies = geographiesOfCall({ modelId, region, destinationRegions });
  const allowed = outsideOf(geographies, allowedGeographies).length === 0;
  return { modelId, destinationRegions, geographies, allowed };
}

/** Every id under which a model can be called, the one to use first. */
function callableIds(
  model: AwsModel,
  catalog: AwsCatalog,
  allowedGeographies: readonly string[],
): CallableId[] {
  const { region } = catalog;
  const callable = (modelId: string, destinationRegions: readonly string[]) =>
    callableId(modelId, destinationRegions, region, allowedGeographies);
  const onDemand = model.inferenceTypes.includes("ON_DEMAND") ? [callable(model.id, [region])] : [];
  const profiles = profilesOf(catalog, model.id)
    .map(({ id, destinationRegions }) => callable(id, destinationRegions));
  const home = geographyOfRegion(region);
  const rank = ({ allowed, geographies }: CallableId) =>
    (allowed ? 0 : 2) + (geographies.every((place) => place === home) ? 0 : 1);
  return [
    ...onDemand,
    ...profiles.toSorted((a, b) => rank(a) - rank(b) || compareText(a.modelId, b.modelId)),
  ];
}

/** Providers, by AWS's `providerName`, whose models refuse stop sequences on Converse. */
const withoutStopSequences = ["OpenAI", "Qwen"];

/**
 * What a model accepts besides text, as far as AWS's lists tell it. They name no limits; these are
 * Converse's, which are the narrowest.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html
 */
export function listedCapabilities(
  { inputModalities, provider }: AwsModel,
): Partial<Capabilities> {
  const stop_sequences = !withoutStopSequences.includes(provider);
  if (!inputModalities.includes("IMAGE")) return { stop_sequences };
  return {
    stop_sequences,
    images: {
      max_count: 20,
      max_bytes: 3_750_000,
      max_side: 8_000,
      types: [...imageTypes],
      in_tool_results: false,
    },
  };
}

/**
 * Providers whose models have a format of their own, by AWS's `providerName` and, where only some
 * of a provider's models speak it, the family that their `modelName` begins with.
 */
const formats: readonly {
  readonly provider: string;
  readonly family: string | null;
  readonly format: FormatId;
}[] = [
  { provider: "Amazon", family: "Nova", format: "nova" },
  { provider: "Anthropic", family: null, format: "claude" },
];

/** The format of a model; every text model of Bedrock understands `converse`. */
function formatOf({ provider, name }: AwsModel): FormatId {
  // AWS writes some names with the provider before them, most without.
  const words = name.split(" ").filter((word) => word !== provider);
  return formats.find((format) =>
    format.provider === provider && (format.family === null || format.family === words[0])
  )?.format ?? "converse";
}
