import { apiKeyMark, type KeyName, nameApiKey } from "../runtime/api_key.ts";

/** A new API key, which is shown once, and what is stored of it. */
export interface MadeKey extends KeyName {
  readonly key: string;
}

/** @param randomBytes gives as many random bytes as it is asked for */
export function makeApiKey(randomBytes: (count: number) => Uint8Array): MadeKey {
  const secret = btoa(String.fromCharCode(...randomBytes(32)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const key = `${apiKeyMark}${secret}`;
  const name = nameApiKey(key);
  if (name === null) throw new RangeError("randomBytes must give 32 bytes");
  return { key, ...name };
}
