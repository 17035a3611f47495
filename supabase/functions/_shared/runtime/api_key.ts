import { createHash } from "node:crypto";

/** What every API key begins with. */
export const apiKeyMark = "bsk_";

/** An API key: 256 random bits in base64url, behind the mark. */
const apiKeyPattern = /^bsk_[A-Za-z0-9_-]{43}$/;

/** What stands for an API key outside of the process that reads it. */
export interface KeyName {
  /** SHA-256 of the key, in hexadecimal. */
  readonly digest: string;
  /** Its visible beginning. */
  readonly prefix: string;
}

/** @returns null where it is no API key */
export function nameApiKey(key: string): KeyName | null {
  if (!apiKeyPattern.test(key)) return null;
  return {
    digest: createHash("sha256").update(key).digest("hex"),
    prefix: key.slice(0, apiKeyMark.length + 6),
  };
}
