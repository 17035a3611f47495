import type { ListedModel } from "../api/manage_actions.ts";

/** What the provider of a model keeps of calls. */
export const retentionNames: Readonly<Record<ListedModel["provider_retention"], string>> = {
  none: "no traffic",
  flagged_30_days: "flagged traffic for up to 30 days",
  all_30_days: "all traffic for up to 30 days",
  unknown: "an unknown part of the traffic",
};
