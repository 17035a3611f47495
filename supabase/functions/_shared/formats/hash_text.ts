/**
 * A 64-bit hash of a text: FNV-1a over its UTF-16 code units. The same in every instance, not for
 * secrets, and not free of collisions.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function hashText(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash;
}
