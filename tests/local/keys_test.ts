import { expect } from "@std/expect";
import { decodeJwt, importJWK, jwtVerify } from "jose";
import { localJwks, localKeys } from "../../local/keys.ts";

Deno.test("localKeys() are the Supabase CLI's own", async () => {
  const { anon, serviceRole } = await localKeys();
  // As `supabase status` prints it on any machine.
  expect(anon).toBe(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4MTI5OTZ9.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0",
  );
  expect(decodeJwt(serviceRole)).toEqual({
    iss: "supabase-demo",
    role: "service_role",
    exp: 1983812996,
  });
});

Deno.test("localJwks() verifies what the project signs", async () => {
  const { anon } = await localKeys();
  const { payload } = await jwtVerify(anon, await importJWK(localJwks().keys[0]!));
  expect(payload.role).toBe("anon");
});
