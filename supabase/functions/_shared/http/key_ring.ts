import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Keys that a credential is compared with in constant time. Digests are compared, so that neither
 * the length of a key nor a common beginning shows in the time.
 */
export class KeyRing {
  readonly #digests: readonly Uint8Array[];

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest);
  }

  /** Whether `credential` is one of the keys. Compares with all of them, whichever matches. */
  has(credential: string): boolean {
    const wanted = digest(credential);
    return this.#digests.reduce(
      (found, key) => timingSafeEqual(key, wanted) || found,
      false,
    );
  }
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
