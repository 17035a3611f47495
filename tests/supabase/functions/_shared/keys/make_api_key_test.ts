import { expect } from "@std/expect";
import { makeApiKey } from "../../../../../supabase/functions/_shared/keys/make_api_key.ts";
import { nameApiKey } from "../../../../../supabase/functions/_shared/runtime/api_key.ts";

Deno.test("makeApiKey() gives all 256 bits in base64url, their SHA-256 and a prefix", async () => {
  const zeros = makeApiKey((count) => new Uint8Array(count));
  expect(zeros.key).toBe(`bsk_${"A".repeat(43)}`);
  // All bits, and characters that base64 writes in another way.
  const { key, digest, prefix } = makeApiKey((count) => new Uint8Array(count).fill(255));
  expect(key).toBe(`bsk_${"_".repeat(42)}8`);
  expect(prefix).toBe("bsk_______");
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  expect(digest).toBe(
    [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
  expect(nameApiKey(key)).toEqual({ digest, prefix });
});

Deno.test("makeApiKey() asks for exactly as many random bytes as it needs", () => {
  const asked: number[] = [];
  makeApiKey((count) => {
    asked.push(count);
    return new Uint8Array(count);
  });
  expect(asked).toEqual([32]);
  expect(() => makeApiKey(() => new Uint8Array(31))).toThrow(RangeError);
});

Deno.test("nameApiKey() takes API keys only", () => {
  const secret = "a".repeat(43);
  expect(nameApiKey(`bsk_${secret}`)).not.toBeNull();
  for (
    const other of [
      "",
      "bsk_",
      secret,
      `bsk_${secret}a`,
      `bsk_${secret.slice(1)}`,
      `bsk_${secret.slice(1)}+`,
      ` bsk_${secret}`,
      `bsk_${secret}\n`,
      `BSK_${secret}`,
    ]
  ) expect([other, nameApiKey(other)]).toEqual([other, null]);
});
