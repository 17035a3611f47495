/** Actions that read AWS's lists of models. */
import { z } from "zod";
import { appliedChangeSchema, catalogDifferencesSchema } from "../catalog/catalog_report.ts";
import { capabilitiesSchema } from "../registry/capabilities.ts";
import { modelSchema } from "../registry/model.ts";
import { action } from "./action.ts";
import { modelId, reason } from "./request_fields.ts";

/**
 * A change that the lists call for; the geographies only with `set-geographies`, the capabilities
 * with `set-capabilities`.
 */
const changeSchema = appliedChangeSchema.extend({
  /** Null where the row's geographies are not known. */
  from: z.array(z.string()).nullable().optional(),
  geographies: z.array(z.string()).optional(),
  /** Names of those that the row does not have. */
  capabilities: z.array(z.string()).optional(),
});

export const catalogActions = {
  "sync": action({
    /** Also write the differences into the registry. Default: false. */
    apply: z.boolean().optional(),
    reason,
  }, {
    region: z.string(),
    /** The account's data retention mode there, in AWS's words; null where AWS does not tell it. */
    data_retention_mode: z.string().nullable(),
    report: catalogDifferencesSchema,
    changes: z.array(changeSchema),
    /** The changes that had something to do; null without `apply`. */
    applied: z.array(appliedChangeSchema).nullable(),
  }),
  "register": action({
    model_id: modelId,
    /** What it accepts besides text. Default: images, where AWS lists that it takes them. */
    capabilities: capabilitiesSchema.optional(),
    reason,
  }, {
    message: z.string(),
    model: modelSchema,
    /** Other ids by which the same model can be called. */
    other_ids: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
};
