import { z } from "zod";

/**
 * How long what a model is asked and answers is kept, by its provider or by AWS for it: not at all;
 * what a classifier flags, for up to 30 days; all of it, for up to 30 days; not known.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/abuse-detection.html
 */
export const providerRetentions = ["none", "flagged_30_days", "all_30_days", "unknown"] as const;

export const providerRetentionSchema = z.enum(providerRetentions);

export type ProviderRetention = typeof providerRetentions[number];

/** Whether traffic is kept, or might be. */
export function keepsTraffic(retention: ProviderRetention): boolean {
  return retention !== "none";
}

/** What is kept of a model's traffic, as a sentence without its end. */
export function describeRetention(modelId: string, retention: ProviderRetention): string {
  switch (retention) {
    case "none":
      return `The provider of ${modelId} keeps no traffic`;
    case "flagged_30_days":
      return `The provider of ${modelId} keeps flagged traffic for up to 30 days`;
    case "all_30_days":
      return `The provider of ${modelId} keeps all traffic for up to 30 days`;
    case "unknown":
      return `It is not known whether the provider of ${modelId} keeps traffic`;
    default:
      return retention satisfies never;
  }
}
