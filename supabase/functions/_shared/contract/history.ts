/** Actions on the audit log. */
import { z } from "zod";
import { modelSchema } from "../registry/model.ts";
import {
  modelSwitchSchema,
  nextRollbackSchema,
  rollbackSchema,
  verificationSchema,
} from "../switching/model_switch.ts";
import { action } from "./action.ts";
import {
  assistantType,
  expectedVersion,
  modelId,
  moment,
  reason,
  searched,
  switchId,
} from "./request_fields.ts";

const actionName = z.string().regex(/^[a-z]+(-[a-z]+)*$/, "is not an action");

export const historyActions = {
  "history": action({
    /** Maximum number of entries. Default: 20. */
    limit: z.int().min(1).max(200).optional(),
    /** Only entries with a smaller id. */
    before: switchId.optional(),
    /** Only entries of this model, of this assistant, with this action (such as `set-default`) or one of these. */
    model_id: modelId.optional(),
    assistant_type: assistantType.optional(),
    of_action: z.union([actionName, z.array(actionName).min(1).max(20)]).optional(),
    /** Only entries of this actor: a user's id or address, the name of a secret key, or a database role. */
    actor: searched.optional(),
    /** Only entries whose reason, model, assistant or changed values contain this text. */
    search: searched.optional(),
    /** Only entries of this time range, the end not included. */
    from: moment.optional(),
    to: moment.optional(),
  }, {
    /** The newest first. */
    switches: z.array(modelSwitchSchema),
    count: z.int(),
    /**
     * What a rollback without `to` would take back. Null where nothing is left, where it could not
     * be read, and on every page but the first (with `before`).
     */
    next_rollback: nextRollbackSchema.nullable(),
  }),
  "rollback": action({
    /** An entry of the log: back to before its switch. Default: only the newest switch in force. */
    to: switchId.optional(),
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    ...rollbackSchema.shape,
    default_model: modelSchema.nullable(),
  }),
  "verify-history": action({
    /** A `last_hash` that was noted earlier. */
    known_hash: z.string().regex(/^[0-9a-f]{64}$/i, "is not a hash of the history").optional(),
  }, {
    verification: verificationSchema,
  }),
};
