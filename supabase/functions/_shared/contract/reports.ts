/** Actions that report on turns. Each names its rows after itself. */
import { z } from "zod";
import { costReportSchema } from "../reports/cost_report.ts";
import { performanceReportSchema } from "../reports/performance_report.ts";
import { switchEffectReportSchema } from "../reports/switch_effect_report.ts";
import { buckets } from "../reports/time_range.ts";
import { usageCallers, usageReportSchema } from "../reports/usage_report.ts";
import { whatIfReportSchema } from "../reports/what_if_report.ts";
import { action } from "./action.ts";
import { assistantType, modelId, moment } from "./request_fields.ts";

/** The range of a report; `resolveRange()` refuses combinations that make no sense. */
const range = {
  from: moment.optional(),
  to: moment.optional(),
  days: z.int().min(1).max(400).optional(),
};

/** The time that a row covers. */
const bucket = z.enum(buckets).optional();

const { rows: usage, ...usageReport } = usageReportSchema.shape;
const { rows: costs, ...costReport } = costReportSchema.shape;
const { rows: performanceRows, ...performanceReport } = performanceReportSchema.shape;

export const reportActions = {
  "usage": action({
    ...range,
    bucket,
    /** Only turns of this model, which need not be registered any more. */
    model_id: modelId.optional(),
    /** Only turns of this assistant. */
    assistant_type: assistantType.optional(),
    /** A row for each user or API key, the most expensive 1,000. Default: for each model and assistant. */
    by: z.enum(usageCallers).optional(),
  }, { ...usageReport, usage }),
  "costs": action({ ...range, bucket }, { ...costReport, costs }),
  "performance": action({ ...range, bucket }, {
    ...performanceReport,
    performance: performanceRows,
  }),
  "switch-effect": action({
    ...range,
    /** Hours compared on each side of a switch. Default: 24. */
    window_hours: z.int().min(1).max(168).optional(),
  }, { ...switchEffectReportSchema.shape, count: z.int() }),
  "what-if": action({ model_id: modelId, ...range }, whatIfReportSchema.shape),
};
