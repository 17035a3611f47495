import { z } from "zod";

/** A legal hold: what keeps a user's words from being erased. */
export const legalHoldSchema = z.object({
  user_id: z.string(),
  /** The user's address; null where there is none. */
  email: z.string().nullable(),
  reason: z.string(),
  /** The last day on which it is in force, in UTC; null: until it is removed. */
  until: z.string().nullable(),
  /** Whether it is in force today; the tick removes one that is over. */
  in_force: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
});

export type LegalHold = Readonly<z.infer<typeof legalHoldSchema>>;
