/** Changes by operators: who signed out, was banned or lacks the second factor makes none. */
import { expect } from "@std/expect";
import { decodeJwt, SignJWT } from "jose";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage, signIn } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const adminId = "00000000-0000-4000-8000-000000000004";

const switching = { action: "set-default", model_id: novaLite };

/** Every request that changes something or calls a model. */
const changes = [
  switching,
  { action: "enable", model_id: novaLite },
  { action: "disable", model_id: novaLite },
  { action: "set-assistant-model", assistant_type: "health", model_id: novaPro },
  { action: "rollback" },
  { action: "sync", apply: true },
  { action: "register", model_id: "eu.amazon.nova-premier-v1:0" },
  { action: "validate", model_id: novaLite, probe: true },
  { action: "update-settings", require_mfa: false },
  { action: "set-role", email: "patient@example.com", assistant_type: "clinical" },
];

const reads = [
  { action: "list" },
  { action: "get-default" },
  { action: "list-assistants" },
  { action: "history" },
  { action: "verify-history" },
  { action: "sync" },
  { action: "validate", model_id: novaLite },
  { action: "get-settings" },
  { action: "list-roles" },
  { action: "usage" },
  { action: "costs" },
  { action: "performance" },
  { action: "switch-effect" },
  { action: "what-if", model_id: novaLite },
];

/** Expects that a token reads, and that each change is refused with this and leaves no trace. */
async function expectReadsOnly(project: FreshProject, token: string, refusal: [number, string]) {
  const version = async () =>
    (await project.sql`select version::int from registry_version`)[0]?.version;
  const before = await version();
  await project.bedrock.clearRequests();
  for (const request of changes) {
    const { status, body } = await manage(project, request, token);
    expect([request.action, status, body.error?.code]).toEqual([request.action, ...refusal]);
  }
  expect(await version()).toBe(before);
  expect(await project.bedrock.requests()).toEqual([]);
  for (const request of reads) {
    const { status } = await manage(project, request, token);
    expect([request.action, status]).toEqual([request.action, 200]);
  }
}

Deno.test("an admin who signed out reads until the token ends, and changes nothing", () =>
  withFreshProject(stack, async (project) => {
    const token = await signIn(project, "admin");
    const elsewhere = await signIn(project, "admin");
    expect((await manage(project, switching, token)).status).toBe(200);
    const answer = await fetch(`${project.apiUrl}/auth/v1/logout?scope=local`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, apikey: project.keys.publishable },
    });
    await answer.body?.cancel();
    expect(answer.status).toBe(204);
    await expectReadsOnly(project, token, [401, "invalid_credentials"]);
    // Another session of the same user goes on.
    expect((await manage(project, { ...switching, model_id: novaPro }, elsewhere)).status).toBe(
      200,
    );
  }));

Deno.test("a banned admin changes nothing, and chats no more", () =>
  withFreshProject(stack, async (project) => {
    const token = await signIn(project, "admin");
    try {
      await project.sql`
        update auth.users set banned_until = now() + interval '1 hour' where id = ${adminId}`;
      await expectReadsOnly(project, token, [401, "invalid_credentials"]);
      const chat = await project.ask("admin", "Hello");
      expect([chat.status, chat.body.error.code]).toEqual([401, "invalid_credentials"]);
    } finally {
      await project.sql`update auth.users set banned_until = null where id = ${adminId}`;
    }
  }));

/** A token of an admin with other claims, as Auth would sign it. */
async function tokenWith(project: FreshProject, claims: Record<string, unknown>): Promise<string> {
  const signed = decodeJwt(await project.token("admin"));
  return await new SignJWT({ ...signed, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(project.keys.jwtSecret));
}

Deno.test("where a second factor is required, changes need aal2, and a secret key needs none", () =>
  withFreshProject(stack, async (project) => {
    const first = await project.token("admin");
    const second = await tokenWith(project, { aal: "aal2" });
    const required = { action: "update-settings", require_mfa: true };
    const { body } = await manage(project, required, first);
    expect(body.settings).toMatchObject({ require_mfa: true, allowed_geographies: ["eu"] });
    await expectReadsOnly(project, first, [403, "insufficient_aal"]);
    expect((await manage(project, switching, second)).status).toBe(200);
    expect((await manage(project, { ...switching, model_id: novaPro })).status).toBe(200);
  }));

Deno.test("an anonymous user never manages models, and chats where it is allowed", () =>
  withFreshProject(stack, async (project) => {
    const token = await tokenWith(project, { is_anonymous: true });
    const list = await manage(project, { action: "list" }, token);
    expect([list.status, list.body.error.code]).toEqual([403, "forbidden"]);
    const url = `${project.apiUrl}/functions/v1/chat`;
    const ask = async () => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ message: "Hello" }),
      });
      return [answer.status, (await answer.json()).error?.code];
    };
    expect(await ask()).toEqual([403, "forbidden"]);
    await manage(project, { action: "update-settings", allow_anonymous_users: true });
    expect(await ask()).toEqual([200, undefined]);
  }));

Deno.test("a token of another issuer is refused", () =>
  withFreshProject(stack, async (project) => {
    const token = await tokenWith(project, { iss: "https://staging.example.com/auth/v1" });
    const { status, body } = await manage(project, { action: "list" }, token);
    expect([status, body.error.code]).toEqual([401, "invalid_credentials"]);
    expect(body.error.message).toContain("another Auth server");
  }));
