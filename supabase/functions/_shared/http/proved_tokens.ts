import { createHash } from "node:crypto";

/** Most tokens that are remembered; the oldest give way. */
const mostTokens = 2_000;

/** Who a token is of, and until when. */
interface Proof {
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

/**
 * Remembers tokens whose signature has been checked here, until they expire: a signature that was
 * right stays right. Not for tokens that somebody else was asked about, whose answer may change.
 * Digests are kept, so that no token lies in memory for an hour.
 */
export class ProvedTokens {
  readonly #proofs = new Map<string, Proof>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The user of a token that was proved and has not expired since. */
  userOf(token: string): string | null {
    const key = digest(token);
    const proof = this.#proofs.get(key);
    if (proof === undefined) return null;
    if (this.#now() < proof.endsAt) return proof.userId;
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
