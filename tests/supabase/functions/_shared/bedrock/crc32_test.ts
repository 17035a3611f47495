import { expect } from "@std/expect";
import { crc32 } from "../../../../../supabase/functions/_shared/bedrock/crc32.ts";

Deno.test("crc32() gives the check values of the algorithm", () => {
  const of = (text: string) => crc32(new TextEncoder().encode(text));
  expect(of("")).toBe(0);
  expect(of("123456789")).toBe(0xcbf43926);
  expect(of("The quick brown fox jumps over the lazy dog")).toBe(0x414fa339);
});
