import { expect } from "@std/expect";
import { callHeaders } from "../../../../../supabase/functions/_shared/calls/call_headers.ts";

Deno.test("callHeaders() holds a client's words to 1,000 characters, encoded", () => {
  const ignored = Array.from({ length: 20 }, (_, index) => `${index}${"€".repeat(60)}`);
  const asked = { model: "€".repeat(2_000), ignored } as unknown as Parameters<
    typeof callHeaders
  >[0];
  const headers = callHeaders(asked, null);
  expect(headers["x-switchboard-ignored"]).toBe(`0${"%E2%82%AC".repeat(60)}`);
  expect(headers["x-switchboard-requested-model"]).toBe(
    `${"%E2%82%AC".repeat(111)}%`.slice(0, 999),
  );
});
