import { expect } from "@std/expect";
import { ProvedTokens } from "../../../../../supabase/functions/_shared/http/proved_tokens.ts";

Deno.test("ProvedTokens knows a token until it expires, and no other", () => {
  let now = 0;
  const tokens = new ProvedTokens(() => now);
  tokens.add("a.b.c", { userId: "ann", endsAt: 1000 });
  expect(tokens.userOf("a.b.c")).toBe("ann");
  expect(tokens.userOf("a.b.d")).toBeNull();
  now = 999;
  expect(tokens.userOf("a.b.c")).toBe("ann");
  now = 1000;
  expect(tokens.userOf("a.b.c")).toBeNull();
});

Deno.test("ProvedTokens forgets the oldest when there are too many", () => {
  const tokens = new ProvedTokens(() => 0);
  for (let n = 0; n <= 2000; n++) {
    tokens.add(`token ${n}`, { userId: `user ${n}`, endsAt: 1 });
  }
  expect(tokens.userOf("token 0")).toBeNull();
  expect(tokens.userOf("token 1")).toBe("user 1");
  expect(tokens.userOf("token 2000")).toBe("user 2000");
});
