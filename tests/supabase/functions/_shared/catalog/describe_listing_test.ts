import { expect } from "@std/expect";
import {
  type AwsCatalog,
  findListing,
} from "../../../../../supabase/functions/_shared/catalog/aws_catalog.ts";
import { describeListing } from "../../../../../supabase/functions/_shared/catalog/describe_new_model.ts";
import { awsModel, awsProfile, catalogOf, euRegions } from "./catalog_of.ts";

const lite = awsModel();
const onDemand = awsModel({ id: "a.model", inferenceTypes: ["ON_DEMAND"], provider: "A" });
const application = {
  ...awsProfile("x", lite.id, ["eu-central-1", "us-east-1"]),
  id: "abc123",
  arn: "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123",
  kind: "application" as const,
};
const catalog = catalogOf([lite, onDemand], [
  awsProfile("eu", lite.id),
  awsProfile("global", lite.id, ["*"]),
  awsProfile("eu", "amazon.ended"),
  application,
]);

function described(modelId: string, from: AwsCatalog = catalog) {
  const listing = findListing(from, modelId);
  return listing && describeListing(modelId, listing, from, ["eu"]);
}

Deno.test("describeListing() describes the id that is named, not the best one", () => {
  expect(described("eu.amazon.nova-lite-v1:0")).toMatchObject({
    model_id: "eu.amazon.nova-lite-v1:0",
    foundation_model_id: lite.id,
    destination_regions: euRegions,
    geographies: ["eu"],
    allowed: true,
    other_ids: ["global.amazon.nova-lite-v1:0"],
  });
  expect(described("global.amazon.nova-lite-v1:0"))
    .toMatchObject({ allowed: false, other_ids: ["eu.amazon.nova-lite-v1:0"] });
  expect(described("a.model"))
    .toMatchObject({
      model_id: "a.model",
      format: "converse",
      destination_regions: ["eu-central-1"],
    });
});

Deno.test("describeListing() describes a profile of the account's own by its ARN", () => {
  expect(described(application.arn)).toMatchObject({
    model_id: application.arn,
    format: "nova",
    geographies: ["eu", "us"],
    allowed: false,
  });
});

Deno.test("describeListing() is null where the id cannot be called, or the model has ended", () => {
  expect(described(lite.id)).toBeNull();
  expect(described("eu.amazon.ended")).toBeNull();
});
