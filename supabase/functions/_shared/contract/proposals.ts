/** Actions of a second person: proposals, and signatures under what was not approved. */
import { z } from "zod";
import { modelSwitchSchema } from "../switching/model_switch.ts";
import { proposalSchema, proposalStatuses } from "../switching/proposal.ts";
import { action } from "./action.ts";
import { dailyWorkActions } from "./daily_work.ts";
import { keyActions } from "./keys.ts";
import { lifecycleActions } from "./lifecycle.ts";
import { limitActions } from "./limits.ts";
import { moment, reason, switchId } from "./request_fields.ts";
import { rolloutActions } from "./rollouts.ts";
import { switchingActions } from "./switching.ts";

const said = { reason: true } as const;
/** A proposal has the rows that it was decided on in place of a version. */
const decided = { reason: true, expected_version: true } as const;

/** What can be proposed, each as its action takes it but for `reason` and `expected_version`. */
export const proposedChangeSchema = z.discriminatedUnion("action", [
  switchingActions["set-default"].request.omit(decided)
    .extend({ action: z.literal("set-default") }),
  switchingActions["set-assistant-model"].request.omit(decided)
    .extend({ action: z.literal("set-assistant-model") }),
  dailyWorkActions["set-assistant"].request.omit(decided)
    .extend({ action: z.literal("set-assistant") }),
  switchingActions["enable"].request.omit(said).extend({ action: z.literal("enable") }),
  switchingActions["disable"].request.omit(said).extend({ action: z.literal("disable") }),
  lifecycleActions["retire"].request.omit({ ...decided, dry_run: true })
    .extend({ action: z.literal("retire") }),
  rolloutActions["start-rollout"].request.omit(decided)
    .extend({ action: z.literal("start-rollout") }),
  rolloutActions["set-rollout-share"].request.omit(said)
    .extend({ action: z.literal("set-rollout-share") }),
  rolloutActions["end-rollout"].request.omit(said).extend({ action: z.literal("end-rollout") }),
  dailyWorkActions["set-price"].request.omit(decided).extend({ action: z.literal("set-price") }),
  keyActions["set-aliases"].request.omit(decided).extend({ action: z.literal("set-aliases") }),
  limitActions["set-limit"].request.omit(said).extend({ action: z.literal("set-limit") }),
  limitActions["remove-limit"].request.omit(said).extend({ action: z.literal("remove-limit") }),
]);

export type ProposedChange = Readonly<z.infer<typeof proposedChangeSchema>>;

const proposalId = z.int().positive();

/** A proposal after it was decided on. */
const decidedOn = { message: z.string(), proposal: proposalSchema };

export const proposalActions = {
  "propose": action({
    /** The request of the action that makes the change. It is tried first, and taken back. */
    change: proposedChangeSchema,
    /** From when on the change holds, once it is approved. Default: when it is approved. */
    effective_at: moment.optional(),
    /** Until when it can be approved. Default: 7 days, from `effective_at` where there is one. */
    expires_at: moment.optional(),
    reason,
  }, decidedOn),
  "list-proposals": action({
    status: z.enum(proposalStatuses).optional(),
    /** Maximum number of proposals. Default: 50. */
    limit: z.int().min(1).max(200).optional(),
  }, {
    /** Those that wait first, then the newest. */
    proposals: z.array(proposalSchema),
    count: z.int(),
    /** The newest 100 entries of the audit log that a second person is still to sign. */
    unsigned: z.array(modelSwitchSchema),
  }),
  "approve": action({ id: proposalId }, decidedOn),
  "reject": action({ id: proposalId, reason }, decidedOn),
  "sign": action({ id: switchId, reason }, {
    message: z.string(),
    switch: modelSwitchSchema,
  }),
};
