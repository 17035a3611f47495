/** Actions on alerts and on the rules that open them. */
import { z } from "zod";
import { alertKinds, alertRuleSchema, alertSchema } from "../alerts/alert.ts";
import { action } from "./action.ts";
import { reason } from "./request_fields.ts";

/** The database has narrower ranges for some kinds. */
const threshold = z.number().nonnegative().max(1_000_000_000);

export const alertActions = {
  "list-alerts": action({
    /** Only open ones, or only closed ones. Default: both. */
    open: z.boolean().optional(),
    /** Maximum number of alerts. Default: 100. */
    limit: z.int().min(1).max(200).optional(),
  }, {
    /** Open ones first, then the newest first. */
    alerts: z.array(alertSchema),
    count: z.int(),
    /** All that are open, also those that are not listed. */
    open_count: z.int(),
  }),
  "acknowledge-alert": action({ id: z.guid(), reason }, {
    message: z.string(),
    alert: alertSchema,
  }),
  "list-alert-rules": action({}, {
    /** One of each kind. */
    rules: z.array(alertRuleSchema),
    count: z.int(),
  }),
  "set-alert-rule": action({
    kind: z.enum(alertKinds),
    /** Default: unchanged, as for the other fields. */
    is_active: z.boolean().optional(),
    open_at: threshold.optional(),
    close_at: threshold.optional(),
    least_count: z.int().positive().max(1_000_000).optional(),
    window_minutes: z.int().positive().max(1440).optional(),
    reason,
  }, {
    message: z.string(),
    rule: alertRuleSchema,
    former_rule: alertRuleSchema,
  }),
};
