import { expect } from "@std/expect";
import { ClientError, UsageError } from "../../../local/client/client_error.ts";
import { readCredentials, type Variable, variables } from "../../../tools/smoke/credentials.ts";
import { projectUrl, readOptions } from "../../../tools/smoke/options.ts";
import { withoutSecrets } from "../../../tools/smoke/report.ts";

const values = Object.fromEntries(
  Object.keys(variables).map((name) => [name, `value-of-${name}`]),
);

Deno.test("readOptions() takes a project, and no credential", () => {
  expect(readOptions(["--url", "https://x.supabase.co", "--yes"]))
    .toEqual({
      help: false,
      url: "https://x.supabase.co",
      chatName: "chat",
      openaiName: "openai",
      yes: true,
    });
  expect(readOptions(["--openai-name", "our-openai"]).openaiName).toBe("our-openai");
  expect(readOptions(["--chat-name", "our-chat"]).chatName).toBe("our-chat");
  for (
    const args of [["--secret-key", "k"], ["--password=x"], ["sb_secret_x"], [
      "--chat-name",
      "../chat",
    ]]
  ) {
    expect(() => readOptions(args)).toThrow(UsageError);
  }
});

Deno.test("projectUrl() sends keys to no other machine without TLS", () => {
  expect(projectUrl("https://ref.supabase.co/functions/v1/")).toBe("https://ref.supabase.co");
  expect(projectUrl("http://127.0.0.1:54321")).toBe("http://127.0.0.1:54321");
  for (const url of ["", "ref", "http://ref.supabase.co", "ftp://ref.supabase.co"]) {
    expect(() => projectUrl(url)).toThrow(UsageError);
  }
});

Deno.test("readCredentials() reads the environment, and asks for what is missing", async () => {
  const asked: [string, boolean][] = [];
  const { SMOKE_ADMIN_PASSWORD: _, SUPABASE_PUBLISHABLE_KEY: __, ...some } = values;
  const credentials = await readCredentials((name) => some[name], (what, hidden) => {
    asked.push([what, hidden]);
    return Promise.resolve("answered");
  });
  expect(asked).toEqual([
    ["The publishable key (SUPABASE_PUBLISHABLE_KEY)", false],
    ["and the password (SMOKE_ADMIN_PASSWORD)", true],
  ]);
  expect(credentials).toMatchObject({
    publishableKey: "answered",
    secretKey: "value-of-SUPABASE_SECRET_KEY",
    accounts: { admin: { email: "value-of-SMOKE_ADMIN_EMAIL", password: "answered" } },
  });
});

Deno.test("readCredentials() names what is missing without a terminal, and no value", async () => {
  const env: Partial<Record<Variable, string>> = { ...values, SMOKE_USER_PASSWORD: "" };
  const error = await readCredentials((name) => env[name as Variable], null).catch((error) =>
    error
  );
  expect(error).toBeInstanceOf(ClientError);
  expect(error.message).toContain("SMOKE_USER_PASSWORD");
  expect(error.message).not.toContain("value-of");
});

Deno.test("readCredentials() does without a clinician, whose password it then never asks for", async () => {
  const { SMOKE_CLINICIAN_EMAIL: _, SMOKE_CLINICIAN_PASSWORD: __, ...some } = values;
  const asked: string[] = [];
  const credentials = await readCredentials((name) => some[name], (what) => {
    asked.push(what);
    return Promise.resolve("");
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain("(empty: skip) (SMOKE_CLINICIAN_EMAIL)");
  expect(credentials.accounts.clinician).toBeNull();
  expect((await readCredentials((name) => some[name], null)).accounts.clinician).toBeNull();
  const emptied = await readCredentials(
    (name) => ({ ...some, SMOKE_CLINICIAN_EMAIL: "" })[name],
    () => {
      throw new Error("It is set, to nothing.");
    },
  );
  expect(emptied.accounts.clinician).toBeNull();
});

Deno.test("readCredentials() wants the address to a clinician's password", async () => {
  const env: Partial<Record<string, string>> = { ...values, SMOKE_CLINICIAN_EMAIL: "" };
  await expect(readCredentials((name) => env[name], null)).rejects.toThrow("SMOKE_CLINICIAN_EMAIL");
});

Deno.test("withoutSecrets() takes keys, passwords, addresses, tokens and the project's name out", () => {
  const account = (name: string) => ({ email: `${name}@example.com`, password: `pass-${name}` });
  const credentials = {
    publishableKey: "legacy-anon",
    secretKey: "legacy-service",
    accounts: { user: account("u"), clinician: account("c"), admin: account("a") },
  };
  const line = "u@example.com pass-a legacy-anon legacy-service https://ref.supabase.co/x " +
    "eyJhbGciOi.eyJzdWIi.sig-1 sb_secret_zzz_1 " +
    `bsk_${"-a9_".repeat(11).slice(1)} eu.amazon.nova-lite-v1:0`;
  expect(withoutSecrets(line, "https://ref.supabase.co", credentials))
    .toBe("… … … … https://…/x … … … eu.amazon.nova-lite-v1:0");
  const without = { ...credentials, accounts: { ...credentials.accounts, clinician: null } };
  expect(withoutSecrets("a b u@example.com", "https://ref.supabase.co", without)).toBe("a b …");
});
