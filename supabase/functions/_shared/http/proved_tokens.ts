import { createHash } from "node:crypto";
import type { TokenUser } from "./token_user.ts";

/** Maximum number of cached tokens; the oldest are dropped. */
const mostTokens = 2_000;

/** The user of a token, and its expiry. */
interface Proof {
  readonly user: TokenUser;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

/**
 * Caches tokens whose signature was verified here until they expire: a valid signature stays valid.
 * Not for tokens that the Auth server verified, whose answer may change. Only digests are kept, so
 * that no token stays in memory.
 */
export class ProvedTokens {
  readonly #proofs = new Map<string, Proof>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The user of a verified token that has not expired; null for any other. */
  userOf(token: string): TokenUser | null {
    const key = digest(token);
    const proof = this.#proofs.get(key);
    if (proof === undefined) return null;
    if (this.#now() < proof.endsAt) return proof.user;
    this.#proofs.delete(key);
    return null;
  }

  add(token: string, proof: Proof): void {
    const [oldest] = this.#proofs.keys();
    if (this.#proofs.size >= mostTokens && oldest !== undefined) this.#proofs.delete(oldest);
    this.#proofs.set(digest(token), proof);
  }
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}
