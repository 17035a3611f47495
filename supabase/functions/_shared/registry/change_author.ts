/** The author of a change and its source, for the audit log. */
export interface ChangeAuthor {
  /** Null for a secret key. */
  readonly userId: string | null;
  /** The name of the secret key, never the key; null for a user. */
  readonly keyName: string | null;
  readonly source: "api" | "cli";
  /** Why, in the author's words; null where none were given. */
  readonly reason: string | null;
}

/** The author as the database's functions take it. */
export function authorArguments({ userId, keyName, source, reason }: ChangeAuthor) {
  return {
    p_source: source,
    ...(userId !== null && { p_actor_user_id: userId }),
    ...(keyName !== null && { p_actor_key_name: keyName }),
    ...(reason !== null && { p_reason: reason }),
  };
}
