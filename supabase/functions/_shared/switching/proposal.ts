import { z } from "zod";
import { modelSwitchSchema } from "./model_switch.ts";

/** What can become of a proposal. */
export const proposalStatuses = [
  "open",
  /** Waits for `effective_at`. */
  "approved",
  "applied",
  /** Could not be applied; `problem` says why. */
  "returned",
  "rejected",
  "expired",
] as const;

/** A proposed change, as the database describes it. */
export const proposalSchema = z.object({
  id: z.int(),
  created_at: z.string(),
  status: z.enum(proposalStatuses),
  /** The request of the action that makes the change. */
  change: z.record(z.string(), z.unknown()),
  /** The version of the registry when it was proposed. */
  registry_version: z.int(),
  /** The probe that the model passed then; null: it was not called. */
  probe_id: z.int().nullable(),
  /** Why, in the words of who proposed it; null where none were given. */
  reason: z.string().nullable(),
  /** The platform admin who proposed it; null for a secret key or SQL. */
  proposed_by: z.string().nullable(),
  /** Their address as it is now; null where there is none. */
  proposed_by_email: z.string().nullable(),
  /** The name of the secret key that proposed it; null for a user or SQL. */
  proposed_by_key: z.string().nullable(),
  /** The Postgres role that proposed it. */
  database_role: z.string(),
  /** From when on it is applied; null: when it is approved. */
  effective_at: z.string().nullable(),
  /** Until when it can be approved. */
  expires_at: z.string(),
  /** The platform admin who approved or rejected it; null: not yet, or a secret key. */
  decided_by: z.string().nullable(),
  decided_by_email: z.string().nullable(),
  /** The name of the secret key that rejected it; a key approves nothing. */
  decided_by_key: z.string().nullable(),
  decided_at: z.string().nullable(),
  /** Why it was rejected; null where no words were given. */
  decision_reason: z.string().nullable(),
  applied_at: z.string().nullable(),
  /** Why it was returned; null otherwise. */
  problem: z.string().nullable(),
});

export type Proposal = Readonly<z.infer<typeof proposalSchema>>;

const version = { registry_version: z.int() };
export const proposedSchema = z.object({ proposal: proposalSchema, ...version });
export const signedSchema = z.object({ switch: modelSwitchSchema, ...version });
export const proposalListSchema = z.object({
  proposals: z.array(proposalSchema),
  unsigned: z.array(modelSwitchSchema),
  ...version,
});
