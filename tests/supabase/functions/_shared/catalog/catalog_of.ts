import type {
  AwsCatalog,
  AwsModel,
  AwsProfile,
} from "../../../../../supabase/functions/_shared/catalog/aws_catalog.ts";

export const euRegions = ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"];

/** A model as AWS lists it, with what a test cares about. */
export function awsModel(model: Partial<AwsModel> = {}): AwsModel {
  return {
    id: "amazon.nova-lite-v1:0",
    name: "Nova Lite",
    provider: "Amazon",
    inputModalities: ["TEXT"],
    outputModalities: ["TEXT"],
    streaming: true,
    inferenceTypes: ["INFERENCE_PROFILE"],
    lifecycle: "active",
    legacyOn: null,
    extendedAccessOn: null,
    endsOn: null,
    ...model,
  };
}

/** A profile of a model, called `<prefix>.<model>`. */
export function awsProfile(
  prefix: string,
  modelId: string,
  destinationRegions: readonly string[] = euRegions,
): AwsProfile {
  const id = `${prefix}.${modelId}`;
  return {
    id,
    arn: `arn:aws:bedrock:eu-central-1:123456789012:inference-profile/${id}`,
    name: id,
    kind: "system-defined",
    modelId,
    destinationRegions,
  };
}

export function catalogOf(
  models: readonly AwsModel[],
  profiles: readonly AwsProfile[] = [],
): AwsCatalog {
  return { region: "eu-central-1", dataRetentionMode: null, models, profiles };
}
