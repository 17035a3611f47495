/** What a verified token says of its user. */
export interface TokenUser {
  readonly userId: string;
  /** The session that the token belongs to; null in one that Auth did not issue. */
  readonly sessionId: string | null;
  /** The Authenticator Assurance Level of the session: `aal1`, or `aal2` with a second factor. */
  readonly aal: string | null;
  /** Whether the user signed in anonymously. */
  readonly isAnonymous: boolean;
}
