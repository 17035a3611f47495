import { z } from "zod";
import { plainText } from "../_shared/http/plain_text.ts";
import { geographies } from "../_shared/registry/geography.ts";

const modelId = plainText.refine(
  (id) => id !== "" && id.length <= 2048,
  "is not a model id",
);
const assistantType = plainText.refine(
  (type) => /^[a-z][a-z0-9_-]{0,62}$/.test(type),
  "is not an assistant's type",
);
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
