import type { ServedModel } from "./served_model.ts";

/** Stands for every region; AWS writes an ARN without a region for it. */
export const anyRegion = "*";

/**
 * Where profiles route to unless the model says otherwise.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
 */
const usual: Readonly<Record<string, readonly string[]>> = {
  eu: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
  us: ["us-east-1", "us-east-2", "us-west-2"],
};

/** The destination regions of a profile when it is called from `region`, sorted. */
export function destinationsOf(model: ServedModel, prefix: string, region: string): string[] {
  if (prefix === "global") return [anyRegion, region];
  // From London or Zurich, AWS adds the region of the caller to the others.
  return [...new Set([...model.destinations[prefix] ?? usual[prefix] ?? [], region])].sort();
}
