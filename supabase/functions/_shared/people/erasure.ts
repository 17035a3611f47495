import { z } from "zod";

export const erasureKinds = ["user", "conversation", "account", "retention"] as const;

/** An erasure under way, or the receipt of one that is done. No user's id and no words. */
export const erasureSchema = z.object({
  id: z.int(),
  /** `account`: the user was deleted in Supabase Auth; `retention`: a sweep of the tick. */
  kind: z.enum(erasureKinds),
  status: z.enum(["running", "done"]),
  /** The user, as in the ledger: a keyed hash; null of `retention`. */
  user_hash: z.string().nullable(),
  /** Whose conversations a sweep erased; null of other kinds. */
  assistant_type: z.string().nullable(),
  conversations: z.int().nonnegative(),
  messages: z.int().nonnegative(),
  /** Images and documents that were removed from Storage. */
  objects: z.int().nonnegative(),
  /** Windows of limits that were the user's. */
  limit_windows: z.int().nonnegative(),
  /** Who asked for it; all null of a sweep. */
  asked_by_user_id: z.string().nullable(),
  asked_by_key_name: z.string().nullable(),
  database_role: z.string().nullable(),
  begun_at: z.string(),
  ended_at: z.string().nullable(),
  /** The day until which backups of the project may hold what was erased; null while it runs. */
  backups_until: z.string().nullable(),
});

/** What an erasure has not erased yet. */
const left = z.object({ messages: z.int().nonnegative(), objects: z.int().nonnegative() });

/** A job of erasing, as each call of it leaves it. */
export const erasureJobSchema = z.object({
  erasure_id: z.int(),
  status: z.enum(["running", "done"]),
  left,
  receipt: erasureSchema,
});

export type Erasure = Readonly<z.infer<typeof erasureSchema>>;
export type ErasureJob = Readonly<z.infer<typeof erasureJobSchema>>;
