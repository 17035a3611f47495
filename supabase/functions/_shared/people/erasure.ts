import { z } from "zod";

export const erasureKinds = ["user", "conversation", "account", "own", "retention"] as const;

/** The receipt of an erasure, or what one under way has erased. No user's id and no words. */
export const receiptSchema = z.object({
  id: z.int(),
  /**
   * `account`: the user was deleted in Supabase Auth; `own`: the user deleted conversations;
   * `retention`: a sweep of the tick.
   */
  kind: z.enum(erasureKinds),
  status: z.enum(["running", "done"]),
  /** The user, as in the ledger: a keyed hash; null of `retention`. */
  user_hash: z.string().nullable(),
  /** Of `conversation`, which; else null. */
  conversation_id: z.string().nullable(),
  /** Of `retention`, whose conversations; else null. */
  assistant_type: z.string().nullable(),
  conversations: z.int().nonnegative(),
  messages: z.int().nonnegative(),
  /** Images and documents that were removed from Storage. */
  objects: z.int().nonnegative(),
  /** Windows of limits for each user that were the user's. */
  limit_windows: z.int().nonnegative(),
  /** Who asked for it; both null of `account`, `own` (it was the user) and `retention`. */
  asked_by_user_id: z.string().nullable(),
  asked_by_key_name: z.string().nullable(),
  database_role: z.string(),
  begun_at: z.string(),
  /** Null while it runs. */
  ended_at: z.string().nullable(),
  /** The last day on which backups of the project may hold what was erased; null while it runs. */
  backups_until: z.string().nullable(),
});

/** How far an erasure is. */
export const erasureSchema = z.object({
  erasure_id: z.int(),
  /** `done`: nothing is left of it, in the tables and in Storage. */
  status: z.enum(["running", "done"]),
  /** What it waits for. */
  left: z.object({
    conversations: z.int().nonnegative(),
    messages: z.int().nonnegative(),
    /** Paths of Storage; a user's whole folder is one. */
    objects: z.int().nonnegative(),
    /** Turns that were running when their conversation was erased, and have not ended. */
    running_turns: z.int().nonnegative(),
    limit_windows: z.int().nonnegative(),
  }),
  receipt: receiptSchema,
});

export type Erasure = Readonly<z.infer<typeof erasureSchema>>;
