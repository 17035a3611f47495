import { z } from "zod";
import { plainText } from "../_shared/contract/plain_text.ts";
import { geographies } from "../_shared/registry/geography.ts";
import { buckets } from "../_shared/reports/time_range.ts";

const modelId = plainText.refine(
  (id) => id !== "" && id.length <= 2048,
  "is not a model id",
);
const assistantType = plainText.refine(
  (type) => /^[a-z][a-z0-9_-]{0,62}$/.test(type),
  "is not an assistant's type",
);
const momentWanted =
  "must be a time with its offset, such as 2026-11-01T00:00:00Z, from the year 2000 on";
const switchId = z.int().positive();

/** How a switch is made. */
const switching = {
  /** False: the model is not called before the switch, and the audit log says so. Default: true. */
  probe: z.boolean().optional(),
  /** Switch also to a model without a known price. Default: false. */
  force: z.boolean().optional(),
  /** The registry's version on which the switch was decided; by default the one at the request. */
  expected_version: z.int().positive().optional(),
};

/** A time in years that every database and program can name. */
const moment = z.iso.datetime({ offset: true, error: momentWanted })
  .refine((text) => /^2\d{3}-/.test(text), momentWanted);

/** The range of a report; what does not fit together is refused by `resolveRange()`. */
const range = {
  from: moment.optional(),
  to: moment.optional(),
  days: z.int().min(1).max(400).optional(),
};
/** What a row of a report is of. */
const bucket = z.enum(buckets).optional();

/** Each action with its arguments, and nothing else. */
const actions = [
  z.strictObject({ action: z.literal("list") }),
  z.strictObject({ action: z.literal("get-default") }),
  z.strictObject({
    action: z.literal("validate"),
    model_id: modelId,
    /** Also call the model, which costs some tokens. Default: false. */
    probe: z.boolean().optional(),
  }),

  z.strictObject({
    action: z.literal("set-default"),
    model_id: modelId,
    ...switching,
  }),
  z.strictObject({ action: z.literal("enable"), model_id: modelId }),
  z.strictObject({
    action: z.literal("disable"),
    model_id: modelId,
    /** Also stop answering the conversations that are pinned to the model. */
    now: z.boolean().optional(),
  }),

  z.strictObject({ action: z.literal("list-assistants") }),
  z.strictObject({
    action: z.literal("set-assistant-model"),
    assistant_type: assistantType,
    /** Null: the assistant follows the default. */
    model_id: modelId.nullable(),
    /** Models that may stand in; null: any available one, empty: none; left out: as before. */
    fallback_models: z.array(modelId).max(20).nullable().optional(),
    ...switching,
  }),

  z.strictObject({
    action: z.literal("history"),
    /** Most entries; 20. */
    limit: z.int().min(1).max(200).optional(),
    /** Only entries with a smaller id. */
    before: switchId.optional(),
  }),
  z.strictObject({
    action: z.literal("rollback"),
    /** An entry of the history: back to before its switch. Default: before the last switch. */
    to: switchId.optional(),
    expected_version: switching.expected_version,
  }),
  z.strictObject({
    action: z.literal("verify-history"),
    /** A `last_hash` that was noted earlier. */
    known_hash: z.string().regex(
      /^[0-9a-f]{64}$/i,
      "is not a hash of the history",
    ).optional(),
  }),

  z.strictObject({
    action: z.literal("sync"),
    /** Also write the differences into the registry. Default: false. */
    apply: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal("register"), model_id: modelId }),

  z.strictObject({ action: z.literal("get-settings") }),
  z.strictObject({
    action: z.literal("update-settings"),
    /** Where calls may be processed. */
    allowed_geographies: z.array(z.enum(geographies)).min(1),
  }),

  z.strictObject({
    action: z.literal("usage"),
    ...range,
    bucket,
    /** Only turns of this model; it need not be registered any more. */
    model_id: modelId.optional(),
    /** Only turns of this assistant. */
    assistant_type: assistantType.optional(),
  }),
  z.strictObject({ action: z.literal("costs"), ...range, bucket }),
  z.strictObject({ action: z.literal("performance"), ...range, bucket }),
  z.strictObject({
    action: z.literal("switch-effect"),
    ...range,
    /** Hours before and after a switch that are compared; 24. */
    window_hours: z.int().min(1).max(168).optional(),
  }),
  z.strictObject({ action: z.literal("what-if"), model_id: modelId, ...range }),
] as const;

const names = actions.map((action) => action.shape.action.value);

export const manageRequestSchema = z.discriminatedUnion("action", actions, {
  error: (issue) =>
    issue.code === "invalid_union" ? `must be one of ${names.join(", ")}` : undefined,
});

export type ManageRequest = z.infer<typeof manageRequestSchema>;
export type ActionName = ManageRequest["action"];
export type RequestOf<A extends ActionName> = Extract<
  ManageRequest,
  { action: A }
>;
