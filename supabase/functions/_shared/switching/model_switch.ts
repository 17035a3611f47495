import { z } from "zod";

/** An entry of the audit log, as `list_model_switches()` returns it. */
export const modelSwitchSchema = z.object({
  id: z.number().int(),
  created_at: z.string(),
  /** The platform admin who requested it; null for a secret key, SQL or a turn. */
  actor_user_id: z.string().nullable(),
  /** The user's address as it is now, which the log does not keep; null where there is none. */
  actor_email: z.string().nullable(),
  /** The name of the secret key that requested it; null where none did, or its name is unknown. */
  actor_key_name: z.string().nullable(),
  /** Whether Postgres knows the actor itself; false where `database_role` said who it was. */
  actor_proven: z.boolean(),
  database_role: z.string(),
  /** The login of the session; of a request over the API the API server's own. */
  session_role: z.string(),
  /** What the session calls itself, which proves nothing; null where it says nothing. */
  application_name: z.string().nullable(),
  source: z.enum(["api", "cli", "sql", "chat", "watch"]),
  action: z.string(),
  model_id: z.string().nullable(),
  assistant_type: z.string().nullable(),
  /** A model id, a state, or the columns that changed with their values. */
  from: z.unknown(),
  to: z.unknown(),
  probe: z.enum(["passed", "skipped"]).nullable(),
  /** Of a rollback, the entry that it went back before. */
  rollback_of: z.number().int().nullable(),
  /**
   * How it passed the guard of protected assistants: approved by a second person; `going-back` to
   * what was in force, or disabling or retiring; `unapproved`, by the owner of the database. Null:
   * it needed no approval.
   */
  approval: z.enum(["approved", "going-back", "unapproved"]).nullable(),
  /** The proposal that it was applied from; null: none. */
  proposal_id: z.number().int().nullable(),
  /** Of a second person, under what went back or was not approved; null: there is none. */
  signature: z.object({
    signed_by: z.string(),
    /** The signer's address as it is now; null where there is none. */
    email: z.string().nullable(),
    signed_at: z.string(),
    /** What the signer said to it; null where nothing. */
    reason: z.string().nullable(),
  }).nullable(),
  /** Why, in the operator's words; null where none were given. */
  reason: z.string().nullable(),
  /** Whether it belongs to a seeded history, whose changes never happened; no rollback takes it back. */
  is_seeded: z.boolean(),
  registry_version: z.number().int(),
});

export const verificationSchema = z.object({
  ok: z.boolean(),
  entries: z.number().int(),
  /** The first entry that was changed. */
  broken_id: z.number().int().nullable(),
  problem: z.string().nullable(),
  /** Hex. Noted elsewhere, it proves the whole log up to here. */
  last_hash: z.string(),
});

/** What a rollback would take back. */
export const nextRollbackSchema = z.object({
  /** Its most telling entry. */
  id: z.number().int(),
  created_at: z.string(),
  action: z.string(),
  model_id: z.string().nullable(),
  assistant_type: z.string().nullable(),
  reason: z.string().nullable(),
});

export const rollbackSchema = z.object({
  /** The entries that were taken back, from first to last. */
  first_id: z.number().int(),
  last_id: z.number().int(),
  changes: z.array(z.object({
    action: z.string(),
    model_id: z.string().nullable(),
    assistant_type: z.string().nullable(),
  })),
  /** What the next rollback would take back; null where nothing is left. */
  next: nextRollbackSchema.nullable(),
});

export type ModelSwitch = Readonly<z.infer<typeof modelSwitchSchema>>;
export type Verification = Readonly<z.infer<typeof verificationSchema>>;
export type NextRollback = Readonly<z.infer<typeof nextRollbackSchema>>;
export type Rollback = Readonly<z.infer<typeof rollbackSchema>>;
