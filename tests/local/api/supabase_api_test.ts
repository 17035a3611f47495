import { expect } from "@std/expect";
import { createClient } from "@supabase/supabase-js";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { signingKeyId } from "../../../local/keys.ts";
import type { Stack } from "../../../local/stack.ts";
import { startFixtureStack, temporaryState } from "../temporary_stack.ts";

Deno.test("startSupabaseApi() answers as a hosted project does", async (test) => {
  await using state = await temporaryState();
  const stack = await startFixtureStack({ stateDir: state.dir });
  try {
    const { anon, user, service } = await callers(stack);

    await test.step("anon: a table that is not granted is refused with 401", async () => {
      expect(await anon("GET", "things")).toMatchObject({ status: 401, code: "42501" });
      expect(await anon("GET", "secrets")).toMatchObject({ status: 401, code: "42501" });
    });
    await test.step("user: reads what is granted", async () => {
      const { status, body } = await user("GET", "things?select=name");
      expect([status, body]).toEqual([200, [{ name: "seeded" }]]);
    });
    await test.step("user: what is not granted is refused with 403", async () => {
      const thing = { name: "mine", size: 1 };
      expect(await user("POST", "things", thing)).toMatchObject({ status: 403, code: "42501" });
      expect(await user("GET", "secrets")).toMatchObject({ status: 403, code: "42501" });
    });
    await test.step("service: is bound by grants too", async () => {
      const thing = { name: "served", size: 1 };
      expect(await service("POST", "things", thing)).toMatchObject({ status: 201 });
      expect(await service("DELETE", "things?id=eq.1")).toMatchObject({ code: "42501" });
    });

    await test.step("a page of this machine may sign in, and read why it may not", async () => {
      const url = `${stack.apiUrl}/auth/v1/token?grant_type=password`;
      const preflight = await fetch(url, {
        method: "OPTIONS",
        headers: {
          origin: "http://localhost:3000",
          "access-control-request-method": "POST",
          "access-control-request-headers": "apikey,authorization,x-client-info",
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("access-control-allow-headers"))
        .toBe("apikey,authorization,x-client-info");
      const refused = await fetch(url, {
        method: "POST",
        headers: { apikey: stack.keys.publishable, "content-type": "application/json" },
        body: JSON.stringify({ email: "nobody@example.com", password: "wrong" }),
      });
      expect(await refused.json()).toMatchObject({ error_code: "invalid_credentials" });
      for (const { headers } of [preflight, refused]) {
        expect(headers.get("access-control-allow-origin")).toBe("*");
      }
    });

    await test.step("values have PostgREST's forms", async () => {
      const { body } = await user("GET", "things?select=size,made_at,seen_at&name=eq.seeded");
      expect(body).toEqual([{
        size: 3,
        made_at: "2026-01-02T03:04:05+00:00",
        seen_at: "2026-01-02T03:04:05.678",
      }]);
    });

    const statuses: Record<string, number> = {
      P0001: 400,
      P0002: 500,
      P0003: 500,
      "23514": 400,
      "23502": 400,
      "22023": 400,
      "23505": 409,
      "23503": 409,
      "40001": 500,
      "40P01": 500,
      "54000": 500,
      "57014": 500,
      "53300": 503,
      "42P01": 404,
      XX000: 500,
      ZZ123: 400,
      PT418: 418,
      "42501": 403,
    };
    for (const [code, status] of Object.entries(statuses)) {
      await test.step(`SQLSTATE ${code} is answered with ${status}`, async () => {
        expect(await user("POST", "rpc/fail", { code })).toEqual({
          status,
          code,
          body: { code, message: "it failed", details: "why", hint: "what to do" },
        });
      });
    }
    await test.step("a violated constraint keeps its code", async () => {
      const { status, code, body } = await service("POST", "things", { name: "bad", size: -1 });
      expect([status, code]).toEqual([400, "23514"]);
      expect(body).toMatchObject({ message: expect.stringContaining("things_size_positive") });
      const again = await service("POST", "things", { name: "seeded", size: 1 });
      expect([again.status, again.code]).toEqual([409, "23505"]);
    });

    await test.step("SQL sees the caller in auth.uid(), auth.jwt() and its role", async () => {
      const { body } = await user("POST", "rpc/caller", {});
      const id = "00000000-0000-4000-8000-000000000001";
      expect(body).toMatchObject({
        role: "authenticated",
        auth_role: "authenticated",
        uid: id,
        email: "patient@example.com",
        jwt: { sub: id, app_metadata: { provider: "email" }, is_anonymous: false },
      });
      expect((await anon("POST", "rpc/caller", {})).body).toMatchObject({
        role: "anon",
        uid: null,
      });
      expect((await service("POST", "rpc/caller", {})).body).toMatchObject({
        role: "service_role",
      });
    });
    await test.step("a jsonb argument arrives as it was sent", async () => {
      for (const value of [{ a: [1, "two", null] }, [{ b: 1 }, 2], [], {}]) {
        expect((await service("POST", "rpc/echo", { value })).body).toEqual(value);
      }
    });
    await test.step("each role has its time limit", async () => {
      const limit = async (call: Call) =>
        ((await call("POST", "rpc/caller", {})).body as Record<string, unknown>).statement_timeout;
      expect([await limit(anon), await limit(user), await limit(service)])
        .toEqual(["3s", "8s", "8s"]);
    });
    await test.step("a token cannot name another role", async () => {
      const token = await new SignJWT({ role: "supabase_admin" })
        .setProtectedHeader({ alg: "HS256" }).setExpirationTime("1m")
        .sign(new TextEncoder().encode(stack.keys.jwtSecret));
      const call = caller(stack, stack.keys.publishable, token);
      expect(await call("POST", "rpc/caller", {})).toMatchObject({ code: "42501" });
    });

    await test.step("requests without a key, or with a wrong one, are refused", async () => {
      for (const path of ["rest/v1/things", "auth/v1/user"]) {
        const without = await fetch(`${stack.apiUrl}/${path}`);
        expect([without.status, await without.json()]).toMatchObject([401, {
          message: "No API key found in request",
        }]);
      }
      const wrong = caller(stack, "sb_publishable_wrong");
      expect(await wrong("GET", "things")).toMatchObject({ status: 401 });
    });
    await test.step("the legacy keys are accepted in both headers", async () => {
      const { anon: key, serviceRole } = stack.keys;
      expect((await caller(stack, key, key)("POST", "rpc/caller", {})).body)
        .toMatchObject({ role: "anon" });
      expect((await caller(stack, serviceRole, serviceRole)("POST", "rpc/caller", {})).body)
        .toMatchObject({ role: "service_role" });
    });

    await test.step("tokens are like a hosted project's, refreshed ones too", async () => {
      const client = createClient(stack.apiUrl, stack.keys.publishable, {
        auth: { persistSession: false, autoRefreshToken: false },
      });
      const login = { email: "admin@example.com", password: "switchboard" };
      const { data } = await client.auth.signInWithPassword(login);
      const refreshed = await client.auth.refreshSession();
      for (const session of [data.session, refreshed.data.session]) {
        expect(decodeProtectedHeader(session!.access_token))
          .toEqual({ alg: "HS256", typ: "JWT", kid: signingKeyId });
        expect(decodeJwt(session!.access_token)).toMatchObject({
          iss: `${stack.apiUrl}/auth/v1`,
          aud: "authenticated",
          role: "authenticated",
          sub: "00000000-0000-4000-8000-000000000004",
          email: login.email,
          app_metadata: { provider: "email" },
          user_metadata: {},
          is_anonymous: false,
        });
      }
      const { data: { user } } = await client.auth.getUser();
      expect(user?.email).toBe(login.email);
    });
    await test.step("a wrong password is refused", async () => {
      const client = createClient(stack.apiUrl, stack.keys.publishable, {
        auth: { persistSession: false, autoRefreshToken: false },
      });
      const { error } = await client.auth
        .signInWithPassword({ email: "admin@example.com", password: "wrong" });
      expect(error?.code).toBe("invalid_credentials");
    });
    await test.step("the JWKS is there, and gives no secret away", async () => {
      const response = await fetch(`${stack.apiUrl}/auth/v1/.well-known/jwks.json`);
      expect([response.status, await response.json()]).toEqual([200, { keys: [] }]);
    });
    await test.step("other paths are 404, as JSON", async () => {
      for (const path of ["", "realtime/v1/x", "rest/v2/things", "_system/config"]) {
        const response = await fetch(`${stack.apiUrl}/${path}`);
        expect([path, response.status]).toEqual([path, 404]);
        expect(await response.json()).toHaveProperty("message");
      }
    });
  } finally {
    await stack.stop();
  }
});

type Call = (
  method: string,
  path: string,
  body?: object,
) => Promise<{ status: number; code?: string; body: unknown }>;

async function callers(stack: Stack): Promise<{ anon: Call; user: Call; service: Call }> {
  const response = await fetch(`${stack.apiUrl}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: stack.keys.publishable, "content-type": "application/json" },
    body: JSON.stringify({ email: "patient@example.com", password: "switchboard" }),
  });
  const { access_token: token } = await response.json();
  return {
    anon: caller(stack, stack.keys.publishable),
    user: caller(stack, stack.keys.publishable, token),
    service: caller(stack, stack.keys.secret),
  };
}

function caller(stack: Stack, apikey: string, token?: string): Call {
  return async (method, path, body) => {
    const response = await fetch(`${stack.apiUrl}/rest/v1/${path}`, {
      method,
      headers: {
        apikey,
        "content-type": "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === "" ? null : JSON.parse(text);
    return { status: response.status, ...(parsed?.code && { code: parsed.code }), body: parsed };
  };
}
