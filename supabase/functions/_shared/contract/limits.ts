/** Actions on limits: what may be spent, by whom, in which time. */
import { z } from "zod";
import {
  enforcements,
  limitPeriods,
  limitSchema,
  limitStateSchema,
  limitStatusSchema,
  limitUnits,
  scopeKinds,
} from "../limits/limit.ts";
import { action } from "./action.ts";
import { plainText } from "./plain_text.ts";
import { reason } from "./request_fields.ts";

const limitId = z.int().positive();

/** What a limit is set to. */
export const limitTerms = {
  /** Scope, unit and period name a limit: there is one of each. */
  scope: z.strictObject({
    kind: z.enum(scopeKinds),
    /**
     * The assistant's type, the user's id or the API key's. Of `each_user`, only users of this
     * assistant; default: all. None for `project`.
     */
    id: plainText.refine((id) => id !== "" && id.length <= 100, "is not an id").nullable()
      .optional(),
  }),
  unit: z.enum(limitUnits),
  amount: z.number().nonnegative().max(1e12),
  /** None for `concurrent`, required otherwise. */
  period: z.enum(limitPeriods).nullable().optional(),
  /** Default: as it is; of a new limit UTC. */
  time_zone: plainText.refine((zone) => /^[\w+/-]{1,64}$/.test(zone), "is not a time zone")
    .optional(),
  /** Default: as it is; of a new limit `hard`. Always so for `concurrent`. */
  enforcement: z.enum(enforcements).optional(),
};

export const limitActions = {
  "list-limits": action({}, {
    /** In the order of their scopes. */
    limits: z.array(limitSchema),
    count: z.int(),
  }),
  "set-limit": action({
    ...limitTerms,
    reason,
  }, {
    message: z.string(),
    limit: limitSchema,
    /** The limit of that scope, unit and period before; null: there was none. */
    former: limitSchema.nullable(),
    /**
     * What of the limit is used already, by the ledger; at most 10 windows. Null where counting took
     * too long.
     */
    impact: limitStateSchema.nullable(),
    /** What it refuses, and what it cannot count or could not, in words. */
    warnings: z.array(z.string()),
  }),
  "remove-limit": action({ id: limitId, reason }, {
    message: z.string(),
    /** The limit that was removed. */
    limit: limitSchema,
  }),
  "limit-status": action({
    /** Only this limit, with up to 100 windows; of all limits 10 each. */
    id: limitId.optional(),
  }, {
    limits: z.array(limitStatusSchema),
    count: z.int(),
  }),
};
