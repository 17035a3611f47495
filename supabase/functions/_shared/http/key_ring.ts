import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Keys by name, that a credential is compared with in constant time. Digests are compared, so that
 * neither the length of a key nor a common beginning shows in the time.
 */
export class KeyRing {
  readonly #keys: readonly { readonly name: string; readonly digest: Uint8Array }[];

  constructor(keys: readonly { readonly name: string; readonly key: string }[]) {
    this.#keys = keys.map(({ name, key }) => ({ name, digest: digest(key) }));
  }

  /**
   * The name of the key that `credential` is, the first that it has; null if it is none of them.
   * Compares with all of them, whichever matches.
   */
  nameOf(credential: string): string | null {
    const wanted = digest(credential);
    const matching = this.#keys.filter((key) => timingSafeEqual(key.digest, wanted));
    return matching[0]?.name ?? null;
  }
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
