/** A key from its making to its end, and the names of models, with the shell command alone. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";

/** Runs `switch-bedrock-model.sh`, which prints its key with this line ending. */
async function operate({ apiUrl, keys }: FreshProject, ...args: string[]) {
  const program = join(projectRoot, "scripts", "switch-bedrock-model.sh");
  return await runCommand(program, args, {
    SUPABASE_URL: apiUrl,
    SUPABASE_SERVICE_KEY: keys.secret,
    LC_ALL: "C.UTF-8",
  });
}

/** The status of a call with a key, and the model that answered it. */
async function call({ apiUrl }: FreshProject, key: string, model: string) {
  const response = await fetch(`${apiUrl}/functions/v1/anthropic/v1/messages`, {
    method: "POST",
    headers: {
      "x-api-key": key,
      "anthropic-version": "2023-06-01",
      "content-type": "application/json",
    },
    body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: "user", content: "Hi" }] }),
  });
  await response.body?.cancel();
  return [response.status, response.headers.get("x-switchboard-model")];
}

Deno.test("switch-bedrock-model.sh creates a key that a client uses, replaces it and revokes it", () =>
  withFreshProject(stack, async (project) => {
    const scope = ["--assistant", "clinical", "--dialects", "anthropic", "--expires", "2999-01-01"];
    const made = await operate(project, "key", "create", "ward app", ...scope, "--models", "ward");
    expect(made).toMatchObject({ code: 1, stdout: "" });
    expect(made.stderr).toContain("(model_not_found)");

    await operate(project, novaPro, "aliases", "ward,nova-pro");
    await operate(project, "assistant", "set", "clinical", "--allowed-models", "ward");
    const created = await operate(project, "key", "create", "ward app", ...scope);
    expect(created.code).toBe(0);
    expect(created.stderr).toContain("assistant clinical; dialects anthropic; expires 2999-01-01");
    const key = created.stdout.trimEnd();
    expect(created.stdout).toMatch(/^bsk_[A-Za-z0-9_-]{43}\n$/);
    expect(await call(project, key, "ward")).toEqual([200, novaPro]);
    expect((await call(project, key, "nova-lite"))[0]).toBe(403);

    const { stdout: listed } = await operate(project, "keys");
    const [, id = "", prefix] = /^(\S{36}) {2}ward app +(bsk_.{6})… +active +\d{4}-/m.exec(listed)!;
    expect(prefix).toBe(key.slice(0, 10));
    const rotated = await operate(project, "key", "rotate", id, "--grace-hours", "1");
    const next = rotated.stdout.trimEnd();
    expect([await call(project, key, "ward"), await call(project, next, "ward")])
      .toEqual([[200, novaPro], [200, novaPro]]);
    await operate(project, "key", "revoke", id, "--reason", "The tablet was lost");
    expect([(await call(project, key, "ward"))[0], (await call(project, next, "ward"))[0]])
      .toEqual([401, 200]);

    const history = (await operate(project, "history")).stdout.replaceAll(/\s+/g, " ");
    expect(history).toContain(
      `API key ward app (${prefix}…) is revoked Reason: The tablet was lost`,
    );
    expect(history).toContain("replaces another: assistant type clinical;");
    expect(history).toContain(
      `names of ${novaPro} are set: aliases ward, nova-pro (before: nova-pro)`,
    );
    for (const text of [history, listed]) expect(text).not.toContain(key.slice(10));
    const again = await operate(project, "key", "rotate", id);
    expect([again.code, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toContain("(key_not_active)");
  }));

Deno.test("switch-bedrock-model.sh shows the names of models, and who loses one", () =>
  withFreshProject(stack, async (project) => {
    expect((await operate(project, novaPro, "aliases")).stdout)
      .toMatch(/^Amazon Nova Pro \(.*\)\n {2}nova-pro\nRegistry version: \d+\n$/);
    expect((await operate(project, "list")).stdout).toMatch(
      new RegExp(`^${novaPro} +nova-pro$`, "m"),
    );
    expect((await operate(project, "list", "--csv")).stdout).toMatch(/,nova-pro\r$/m);
    const none = await operate(project, novaPro, "aliases", "none");
    expect([none.code, none.stdout]).toEqual([
      0,
      expect.stringContaining("Amazon Nova Pro has no aliases.\n"),
    ]);
    expect(none.stderr).toContain("as they mean no model any more: nova-pro.");
    const taken = await operate(project, novaPro, "aliases", "nova-lite");
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("(alias_taken)")]);
  }));
