import { expect } from "@std/expect";
import { ProvedTokens } from "../../../../../supabase/functions/_shared/http/proved_tokens.ts";

const named = (userId: string) => ({ userId, sessionId: null, aal: null, isAnonymous: false });

Deno.test("ProvedTokens knows a token until it expires, and no other", () => {
  let now = 0;
  const tokens = new ProvedTokens(() => now);
  tokens.add("a.b.c", { user: named("ann"), endsAt: 1000 });
  expect(tokens.userOf("a.b.c")).toEqual(named("ann"));
  expect(tokens.userOf("a.b.d")).toBeNull();
  now = 999;
  expect(tokens.userOf("a.b.c")).toEqual(named("ann"));
  now = 1000;
  expect(tokens.userOf("a.b.c")).toBeNull();
});

Deno.test("ProvedTokens forgets the oldest when there are too many", () => {
  const tokens = new ProvedTokens(() => 0);
  for (let n = 0; n <= 2000; n++) tokens.add(`token ${n}`, { user: named(`user ${n}`), endsAt: 1 });
  expect(tokens.userOf("token 0")).toBeNull();
  expect(tokens.userOf("token 1")).toEqual(named("user 1"));
  expect(tokens.userOf("token 2000")).toEqual(named("user 2000"));
});
