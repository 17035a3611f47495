import { z } from "zod";

/** Whether a key opens the endpoints now; one that is rotated expires after its time of grace. */
export const apiKeyStates = ["active", "expired", "revoked"] as const;

/** A row of `ai_api_keys`, without the digest. */
export const apiKeyRowSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The first characters of the key. */
  prefix: z.string(),
  /** The assistant that every call is with; null: the call names one, or none. */
  assistant_type: z.string().nullable(),
  /** Ids or aliases of the only models that may answer; null: all. */
  models: z.array(z.string()).nullable(),
  /** The endpoints that take it; null: all. */
  dialects: z.array(z.string()).nullable(),
  expires_at: z.string().nullable(),
  /** Of a key that another took the place of, when it ends if `expires_at` is not earlier. */
  grace_ends_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  /** The key that it took the place of. */
  replaces: z.string().nullable(),
  /** The user whose key it is: who made it; null where a secret key or SQL did. */
  owner_id: z.string().nullable(),
  /** Who made it: a user's id, the name of a secret key, or a database role. */
  created_by: z.string(),
  created_at: z.string(),
  /** The last day, in UTC, on which a call began with it. */
  last_used_on: z.string().nullable(),
});

/** An API key as operators read it. */
export const apiKeySchema = apiKeyRowSchema.extend({
  /** The earlier of `expires_at` and `grace_ends_at`; null: it does not end by itself. */
  ends_at: z.string().nullable(),
  state: z.enum(apiKeyStates),
});

export type ApiKeyRow = Readonly<z.infer<typeof apiKeyRowSchema>>;
export type ApiKey = Readonly<z.infer<typeof apiKeySchema>>;

/** A key as it is at a moment, in milliseconds. */
export function describeApiKey(row: ApiKeyRow, now: number): ApiKey {
  const [ends_at = null] = [row.expires_at, row.grace_ends_at].filter((end) => end !== null)
    .sort((one, other) => Date.parse(one) - Date.parse(other));
  const hasExpired = ends_at !== null && Date.parse(ends_at) <= now;
  const state = row.revoked_at !== null ? "revoked" : hasExpired ? "expired" : "active";
  return { ...row, ends_at, state };
}
