import { expect } from "@std/expect";
import { readEnvironment } from "../../../../../supabase/functions/_shared/runtime/environment.ts";

const least = { SUPABASE_URL: "https://project.example.com", SUPABASE_SERVICE_ROLE_KEY: "legacy" };

Deno.test("readEnvironment() fills in what is not set", () => {
  expect(readEnvironment(least)).toEqual({
    supabaseUrl: "https://project.example.com",
    publicKeys: [],
    secretKeys: [{ name: "service_role (legacy)", key: "legacy" }],
    jwks: { keys: [] },
    jwtSecret: null,
    jwtIssuer: null,
    registryTtlMs: 3_600_000,
    chatTimeoutMs: 60_000,
    chatHistoryTokens: 32_000,
    retryBaseMs: 1000,
    functionRegion: null,
  });
});

Deno.test("readEnvironment() reads keys of both kinds with their names, new ones first", () => {
  const environment = readEnvironment({
    ...least,
    SUPABASE_SECRET_KEYS: '{"default":"s1","ci":"s2"}',
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"p1"}',
    SUPABASE_ANON_KEY: "anon",
  });
  expect(environment.secretKeys).toEqual([
    { name: "default", key: "s1" },
    { name: "ci", key: "s2" },
    { name: "service_role (legacy)", key: "legacy" },
  ]);
  expect(environment.publicKeys).toEqual([
    { name: "default", key: "p1" },
    { name: "anon", key: "anon" },
  ]);
});

Deno.test("readEnvironment() reads a JWKS as a set and as a bare list", () => {
  const key = { kty: "EC", kid: "a" };
  for (const jwks of [{ keys: [key] }, [key]]) {
    const environment = readEnvironment({ ...least, SUPABASE_JWKS: JSON.stringify(jwks) });
    expect(environment.jwks.keys).toEqual([key]);
  }
});

Deno.test("readEnvironment() takes an empty variable for an unset one", () => {
  const environment = readEnvironment({ ...least, JWT_SECRET: "", CHAT_TIMEOUT_MS: "" });
  expect([environment.jwtSecret, environment.chatTimeoutMs]).toEqual([null, 60_000]);
});

Deno.test("readEnvironment() knows the issuer of a hosted project, and elsewhere the one that is set", () => {
  const issuerOf = (variables: Record<string, string>) =>
    readEnvironment({ ...least, ...variables }).jwtIssuer;
  const hosted = "https://abcdefghijklmnopqrst.supabase.co";
  const set = "https://api.example.com/auth/v1";
  expect(issuerOf({ SUPABASE_URL: hosted })).toBe(`${hosted}/auth/v1`);
  expect(issuerOf({ SUPABASE_URL: hosted, JWT_ISSUER: set })).toBe(set);
  expect(issuerOf({ SUPABASE_URL: "http://kong:8000", JWT_ISSUER: set })).toBe(set);
  for (const url of ["http://kong:8000", "http://127.0.0.1:54321", "https://api.supabase.co"]) {
    expect([url, issuerOf({ SUPABASE_URL: url })]).toEqual([url, null]);
  }
});

Deno.test("readEnvironment() names what is missing or wrong, and repeats no value", () => {
  const table: [Record<string, string>, string][] = [
    [{ SUPABASE_SERVICE_ROLE_KEY: "k" }, "SUPABASE_URL"],
    [{ SUPABASE_URL: "https://project.example.com" }, "SUPABASE_SECRET_KEYS"],
    [{ ...least, SUPABASE_SECRET_KEYS: "sb_secret_x" }, "SUPABASE_SECRET_KEYS"],
    [{ ...least, SUPABASE_JWKS: "secret-text" }, "SUPABASE_JWKS"],
    [{ ...least, REGISTRY_TTL_SECONDS: "3601" }, "REGISTRY_TTL_SECONDS"],
    [{ ...least, CHAT_TIMEOUT_MS: "soon" }, "CHAT_TIMEOUT_MS"],
    // More than a timer can wait: it would be over at once.
    [{ ...least, CHAT_TIMEOUT_MS: "9999999999" }, "CHAT_TIMEOUT_MS"],
    [{ ...least, CHAT_HISTORY_TOKENS: "9999999999" }, "CHAT_HISTORY_TOKENS"],
  ];
  for (const [variables, name] of table) {
    expect(() => readEnvironment(variables)).toThrow(name);
    expect(() => readEnvironment(variables)).not.toThrow(/sb_secret_x|secret-text|soon/);
  }
});
