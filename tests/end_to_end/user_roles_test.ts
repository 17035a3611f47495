/** Roles over the API: by address, followed by the next request, recorded, and left by rollbacks. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const adminId = "00000000-0000-4000-8000-000000000004";
const patientId = "00000000-0000-4000-8000-000000000001";

async function assistantOf(project: FreshProject): Promise<string> {
  const { status, body } = await project.ask("patient", "Who are you?");
  expect(status).toBe(200);
  const [row] = await project.sql`
    select assistant_type from ai_usage where conversation_id = ${body.conversation_id}`;
  return row?.assistant_type;
}

Deno.test("set-role changes whom a user talks to, and with the former role back", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    expect(await assistantOf(project)).toBe("health");
    const { status, body } = await manage(project, {
      action: "set-role",
      email: "Patient@example.com",
      assistant_type: "clinical",
      reason: "Joined the ward.",
    }, admin);
    expect([status, body]).toMatchObject([200, {
      message: "patient@example.com has role clinical now. Before: none.",
      user_id: patientId,
      former_assistant_type: null,
      warnings: [],
    }]);
    expect(await assistantOf(project)).toBe("clinical");
    // The log is that of all tests on this stack.
    const newest = { action: "history", of_action: "set-role", limit: 1 };
    const { body: history } = await manage(project, newest);
    expect(history.switches).toMatchObject([{
      action: "set-role",
      assistant_type: "clinical",
      actor_user_id: adminId,
      actor_email: "admin@example.com",
      reason: "Joined the ward.",
      to: { user_id: patientId, email: "patient@example.com", assistant_type: "clinical" },
    }]);
    expect(history.next_rollback).toBeNull();
    const rollback = await manage(project, { action: "rollback", to: history.switches[0].id });
    expect([rollback.status, rollback.body.changes]).toEqual([200, []]);
    expect(await assistantOf(project)).toBe("clinical");
    await manage(project, {
      action: "set-role",
      email: body.email,
      assistant_type: body.former_assistant_type,
    }, admin);
    expect(await assistantOf(project)).toBe("health");
  }));

Deno.test("set-role refuses whom it does not know, and what would lock operators out", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    await project.sql`
      update auth.users set email_confirmed_at = null where email = 'facility@example.com'`;
    const refusals = [
      ["nobody@example.com", "clinical", 404, "user_not_found"],
      ["facility@example.com", "platform", 409, "email_not_confirmed"],
      ["patient@example.com", "surgery", 404, "assistant_not_found"],
      ["admin@example.com", null, 409, "last_platform_admin"],
      ["no address", "clinical", 400, "invalid_request"],
    ] as const;
    for (const [email, assistant_type, status, code] of refusals) {
      const refused = await manage(project, { action: "set-role", email, assistant_type }, admin);
      expect([email, refused.status, refused.body.error.code]).toEqual([email, status, code]);
    }
    const clinician = { action: "set-role", email: "clinician@example.com" };
    await manage(project, { ...clinician, assistant_type: "platform" }, admin);
    const own = await manage(project, {
      action: "set-role",
      email: "admin@example.com",
      assistant_type: "health",
    }, admin);
    expect([own.status, own.body.error.code]).toEqual([409, "own_role"]);
  }));

Deno.test("set-role warns where the user will get no answer", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update ai_assistants set is_active = false where assistant_type = 'operations'`;
    await project.sql`
      update auth.users set banned_until = 'infinity' where email = 'patient@example.com'`;
    const { body } = await manage(project, {
      action: "set-role",
      email: "patient@example.com",
      assistant_type: "operations",
    });
    expect(body.warnings).toEqual([
      "There is no active assistant operations: the user's chats are refused.",
      "The user is banned and cannot sign in.",
    ]);
  }));

Deno.test("list-roles lists who has which role, filtered and page by page", () =>
  withFreshProject(stack, async (project) => {
    const list = async (filter: object) => {
      const { body } = await manage(project, { action: "list-roles", ...filter });
      return body.roles.map(({ email }: { email: string }) => email);
    };
    const all = ["admin@example.com", "clinician@example.com", "facility@example.com"];
    expect(await list({})).toEqual(all);
    expect(await list({ limit: 1 })).toEqual(all.slice(0, 1));
    expect(await list({ after: all[0] })).toEqual(all.slice(1));
    expect(await list({ after: all[0], after_id: adminId, limit: 1 })).toEqual([all[1]]);
    const noText = await manage(project, { action: "list-roles", after: "a\0" });
    expect([noText.status, noText.body.error.code]).toEqual([400, "invalid_request"]);
    expect(await list({ email: "CLINIC" })).toEqual(["clinician@example.com"]);
    expect(await list({ assistant_type: "platform" })).toEqual(["admin@example.com"]);
  }));
