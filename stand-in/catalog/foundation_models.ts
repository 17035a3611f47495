import { foundationModelArn, idOf } from "../models/arn.ts";
import type { ModelCatalog } from "../models/model_catalog.ts";
import type { LifecycleDates, ServedModel } from "../models/served_model.ts";
import { AwsError, invalid } from "../wire/aws_error.ts";
import { unservedModels } from "./unserved_models.ts";

/** A foundation model in the words of ListFoundationModels. */
export interface FoundationModel {
  readonly modelArn: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly providerName: string;
  readonly inputModalities: readonly string[];
  readonly outputModalities: readonly string[];
  readonly responseStreamingSupported: boolean;
  readonly customizationsSupported: readonly string[];
  readonly inferenceTypesSupported: readonly string[];
  readonly modelLifecycle: Readonly<Record<string, string>>;
}

/**
 * ListFoundationModels, which has no pages.
 *
 * @throws {AwsError} for a filter with a value unknown to AWS.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
 */
export function listFoundationModels(
  catalog: ModelCatalog,
  query: URLSearchParams,
): { modelSummaries: FoundationModel[] } {
  const provider = query.get("byProvider");
  const modality = oneOf(query, "byOutputModality", ["TEXT", "IMAGE", "EMBEDDING"]);
  const type = oneOf(query, "byInferenceType", ["ON_DEMAND", "PROVISIONED"]);
  const customizations = ["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"];
  const customization = oneOf(query, "byCustomizationType", customizations);
  const modelSummaries = allModels(catalog).filter((model) =>
    (provider === null || model.providerName.toLowerCase() === provider.toLowerCase()) &&
    (modality === null || model.outputModalities.includes(modality)) &&
    (type === null || model.inferenceTypesSupported.includes(type)) &&
    (customization === null || model.customizationsSupported.includes(customization))
  );
  return { modelSummaries };
}

/**
 * GetFoundationModel.
 *
 * @throws {AwsError} for a model that is not listed. AWS's words for one that has ended are not
 * known.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModel.html
 */
export function getFoundationModel(
  catalog: ModelCatalog,
  identifier: string,
): { modelDetails: FoundationModel } {
  const id = idOf(identifier);
  const modelDetails = allModels(catalog).find((model) => model.modelId === id);
  if (modelDetails !== undefined) return { modelDetails };
  throw catalog.has(id)
    ? new AwsError(
      "ResourceNotFoundException",
      "Could not resolve the foundation model from the model identifier.",
    )
    : invalid("The provided model identifier is invalid.");
}

function allModels(catalog: ModelCatalog): FoundationModel[] {
  return [
    ...catalog.listedModels().map((model) => describe(model, catalog)),
    ...unservedModels.map((model) => ({
      modelArn: foundationModelArn(model.modelId, catalog.region),
      ...model,
      customizationsSupported: [],
      modelLifecycle: { status: "ACTIVE" },
    })),
  ];
}

function describe(model: ServedModel, catalog: ModelCatalog): FoundationModel {
  return {
    modelArn: foundationModelArn(model.id, catalog.region),
    modelId: model.id,
    modelName: listedName(model),
    providerName: model.provider,
    inputModalities: ["TEXT", ...model.images === null ? [] : ["IMAGE"]],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
    customizationsSupported: [],
    inferenceTypesSupported: [
      ...model.onDemand ? ["ON_DEMAND"] : [],
      ...catalog.listedProfiles().some((profile) => profile.model.id === model.id)
        ? ["INFERENCE_PROFILE"]
        : [],
    ],
    modelLifecycle: {
      // AWS has no third state: a retired model that it lists is LEGACY.
      status: model.lifecycle === "active" ? "ACTIVE" : "LEGACY",
      ...lifecycleTimes(model.dates),
    },
  };
}

function lifecycleTimes(dates: LifecycleDates): Record<string, string> {
  const times = {
    startOfLifeTime: dates.startOfLife,
    legacyTime: dates.legacy,
    publicExtendedAccessTime: dates.extendedAccess,
    endOfLifeTime: dates.endOfLife,
  };
  return Object.fromEntries(
    Object.entries(times).filter(([, date]) => date !== undefined)
      .map(([name, date]) => [name, `${date}T08:00:00Z`]),
  );
}

/** AWS lists most models without the name of their provider before them. */
export function listedName({ name, provider }: ServedModel): string {
  return name.startsWith(`${provider} `) ? name.slice(provider.length + 1) : name;
}

function oneOf(query: URLSearchParams, name: string, values: readonly string[]): string | null {
  const value = query.get(name);
  if (value === null || values.includes(value)) return value;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${values.join(", ")}]`,
  );
}
