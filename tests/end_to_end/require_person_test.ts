/** Where changes need a person: over REST and from the shell, a secret key alone changes nothing. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");

const novaLite = "eu.amazon.nova-lite-v1:0";
const toLite = { action: "set-default", model_id: novaLite, probe: false };

Deno.test("require_person over REST: a key alone changes nothing, a platform admin does", () =>
  withFreshProject(stack, async (project) => {
    const admin = await project.token("admin");
    const settings = (require_person: boolean, credential?: string) =>
      manage(project, { action: "update-settings", require_person }, credential);
    expect((await settings(true)).body.settings.require_person).toBe(true);
    const before = await project.sql`select version, last_switch_hash from registry_version`;
    const refusals = [
      toLite,
      { action: "update-settings", require_person: false },
      { action: "set-retention", keep_days: 30 },
      { action: "set-role", email: "patient@example.com", assistant_type: "clinical" },
      { action: "create-api-key", name: "a client" },
      { action: "erase-user", user_id: "patient@example.com" },
      { action: "export-user", user_id: "patient@example.com" },
    ];
    for (const request of refusals) {
      const { status, body } = await manageAnything(project, request);
      expect([request.action, status, body.error?.code])
        .toEqual([request.action, 403, "person_required"]);
    }
    expect(await project.sql`select version, last_switch_hash from registry_version`)
      .toEqual(before);
    expect((await manage(project, { action: "status" })).status).toBe(200);
    expect((await manage(project, toLite, admin)).status).toBe(200);
    const { body } = await manage(project, { action: "history", limit: 1 });
    expect(body.switches).toMatchObject([{ actor_email: "admin@example.com" }]);
    expect((await settings(false, admin)).body.settings.require_person).toBe(false);
    expect((await manage(project, toLite)).status).toBe(200);
  }));

Deno.test("require_person from the shell: the command says who can, and a user's token does", () =>
  withFreshProject(stack, async (project) => {
    const run = (words: string[], env: Record<string, string> = {}) =>
      runCommand(script, words, {
        SUPABASE_URL: project.apiUrl,
        SUPABASE_SERVICE_KEY: project.keys.secret,
        ...env,
      });
    await project.sql`update registry_settings set require_person = true`;
    const words = [novaLite, "switch", "--no-probe"];
    const refused = await run(words);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("A secret key cannot change this without a person."),
    ]);
    expect(refused.stderr).toContain("a platform admin's access token");
    const done = await run(words, {
      SUPABASE_SERVICE_KEY: "",
      SWITCHBOARD_ACCESS_TOKEN: await project.token("admin"),
    });
    expect([done.code, done.stderr]).toEqual([0, ""]);
  }));

/** As `manage`, of `export-user` too, which answers with lines unless it is refused. */
async function manageAnything(project: FreshProject, request: { readonly action: string }) {
  if (request.action !== "export-user") return await manage(project, request);
  const response = await fetch(`${project.apiUrl}/functions/v1/manage-bedrock-models`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${project.keys.secret}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(request),
  });
  return { status: response.status, body: await response.json() };
}
