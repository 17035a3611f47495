import type { LifecycleDates, ServedModel } from "../served_model.ts";
import { AwsError, invalid } from "../wire/aws_error.ts";
import type { ModelDirectory } from "../model_directory.ts";
import { listedOnly } from "./listed_only.ts";

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
 * ListFoundationModels, which knows no pages.
 *
 * @throws {AwsError} for a filter with a value that AWS does not know.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
 */
export function listFoundationModels(
  directory: ModelDirectory,
  query: URLSearchParams,
): { modelSummaries: FoundationModel[] } {
  const provider = query.get("byProvider");
  const modality = oneOf(query, "byOutputModality", ["TEXT", "IMAGE", "EMBEDDING"]);
  const type = oneOf(query, "byInferenceType", ["ON_DEMAND", "PROVISIONED"]);
  const customization = oneOf(query, "byCustomizationType", [
    ...["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"],
  ]);
  const modelSummaries = allModels(directory).filter((model) =>
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
  directory: ModelDirectory,
  identifier: string,
): { modelDetails: FoundationModel } {
  const id = identifier.startsWith("arn:")
    ? identifier.slice(identifier.lastIndexOf("/") + 1)
    : identifier;
  const modelDetails = allModels(directory).find((model) => model.modelId === id);
  if (modelDetails !== undefined) return { modelDetails };
  throw directory.has(id)
    ? new AwsError(
      "ResourceNotFoundException",
      "Could not resolve the foundation model from the model identifier.",
    )
    : invalid("The provided model identifier is invalid.");
}

function allModels(directory: ModelDirectory): FoundationModel[] {
  return [
    ...directory.listedModels().map((model) => describe(model, directory)),
    ...listedOnly.map((model) => ({
      modelArn: arnOf(model.modelId, directory.region),
      ...model,
      customizationsSupported: [],
      modelLifecycle: { status: "ACTIVE" },
    })),
  ];
}

function describe(model: ServedModel, directory: ModelDirectory): FoundationModel {
  return {
    modelArn: arnOf(model.id, directory.region),
    modelId: model.id,
    modelName: listedName(model),
    providerName: model.provider,
    inputModalities: ["TEXT", ...model.media ? ["IMAGE"] : []],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
    customizationsSupported: [],
    inferenceTypesSupported: [
      ...model.onDemand ? ["ON_DEMAND"] : [],
      ...directory.listedProfiles().some((profile) => profile.model.id === model.id)
        ? ["INFERENCE_PROFILE"]
        : [],
    ],
    modelLifecycle: {
      // AWS knows no third state. Where it lists a model that is dead, it calls it legacy.
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

/** The ARN of a foundation model, which names no account. */
export function arnOf(modelId: string, region: string): string {
  return `arn:aws:bedrock:${region}::foundation-model/${modelId}`;
}

function oneOf(query: URLSearchParams, name: string, values: readonly string[]): string | null {
  const value = query.get(name);
  if (value === null || values.includes(value)) return value;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${values.join(", ")}]`,
  );
}
