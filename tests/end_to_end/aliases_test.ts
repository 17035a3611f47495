/** Names of models for clients: set, moved and lost, and what becomes of calls, keys and assistants. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage, post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";

const setAliases = (project: FreshProject, model_id: string, aliases: string[], more = {}) =>
  manage(project, { action: "set-aliases", model_id, aliases, ...more });

/** The model that answers a call for a name; the code of the error, in OpenAI's words, where none does. */
async function answering(
  { apiUrl, keys }: FreshProject,
  name: string,
  key = keys.secret,
): Promise<string> {
  const { status, headers, body } = await post(
    `${apiUrl}/functions/v1/openai/v1/chat/completions`,
    { model: name, messages: [{ role: "user", content: "What is a cold?" }] },
    { authorization: `Bearer ${key}` },
  );
  return status === 200 ? headers.get("x-switchboard-model") ?? "" : body.error.code;
}

Deno.test("set-aliases names a model for the next call, and takes away what it does not name", () =>
  withFreshProject(stack, async (project) => {
    const { status, body } = await setAliases(
      project,
      novaPro,
      ["ward", "claude-ward", "ward"],
      { reason: "A client that lists Claude only" },
    );
    expect([status, body.message, body.former_aliases, body.model.aliases]).toEqual([
      200,
      "Amazon Nova Pro is also named ward, claude-ward.",
      ["nova-pro"],
      ["ward", "claude-ward"],
    ]);
    expect(body.warnings).toEqual([
      "Calls for these names are refused, as they mean no model any more: nova-pro.",
    ]);
    expect(await answering(project, "ward")).toBe(novaPro);
    expect(await answering(project, "nova-pro")).toBe("model_not_found");
    const { models } = (await manage(project, { action: "list" })).body;
    expect(models.find(({ model_id }: { model_id: string }) => model_id === novaPro).aliases)
      .toEqual(["ward", "claude-ward"]);

    const again = await setAliases(project, novaPro, ["ward", "claude-ward"]);
    expect([again.body.registry_version, again.body.warnings]).toEqual([body.registry_version, []]);

    const [entry] = (await manage(project, { action: "history", limit: 1 })).body.switches;
    expect(entry).toMatchObject({
      action: "set-aliases",
      model_id: novaPro,
      reason: "A client that lists Claude only",
      from: { aliases: ["nova-pro"] },
      to: { aliases: ["ward", "claude-ward"] },
    });
    await manage(project, { action: "rollback" });
    expect(await answering(project, "nova-pro")).toBe(novaPro);
    expect(await answering(project, "ward")).toBe("model_not_found");
  }));

Deno.test("set-aliases refuses a name that means another model, and what is no name", () =>
  withFreshProject(stack, async (project) => {
    const refusals: [string[], number, string][] = [
      [["nova-lite"], 409, "alias_taken"],
      [[novaLite], 409, "alias_taken"],
      [["default"], 409, "alias_taken"],
      [["assistant/health"], 400, "invalid_request"],
      [["a b"], 400, "invalid_request"],
      [[""], 400, "invalid_request"],
      [["a".repeat(129)], 400, "invalid_request"],
    ];
    for (const [aliases, status, code] of refusals) {
      const answer = await setAliases(project, novaPro, aliases);
      expect([aliases, answer.status, answer.body.error?.code]).toEqual([aliases, status, code]);
    }
    const unknown = await setAliases(project, "no.such-model", ["a"]);
    expect([unknown.status, unknown.body.error.code]).toEqual([404, "model_not_found"]);
    const { registry_version: version } = (await manage(project, { action: "list" })).body;
    await setAliases(project, novaPro, ["a"]);
    const late = await setAliases(project, novaPro, ["b"], { expected_version: version });
    expect([late.status, late.body.error.code]).toEqual([409, "registry_changed"]);
  }));

Deno.test("a name is moved in one transaction, and no call between finds it gone", () =>
  withFreshProject(stack, async (project) => {
    await project.sql.begin(async (sql) => {
      await sql`
        update bedrock_models set aliases = array_remove(aliases, 'nova-pro')
        where model_id = ${novaPro}`;
      expect(await answering(project, "nova-pro")).toBe(novaPro);
      await sql`
        update bedrock_models set aliases = array_append(aliases, 'nova-pro')
        where model_id = ${novaLite}`;
    });
    expect(await answering(project, "nova-pro")).toBe(novaLite);
  }));

Deno.test("what loses a name is told: keys, assistants, and calls for a model that is disabled", () =>
  withFreshProject(stack, async (project) => {
    await setAliases(project, novaLite, ["ward", "nova-lite"]);
    const key = (await manage(project, {
      action: "create-api-key",
      name: "app",
      assistant_type: "clinical",
      models: ["ward", novaPro],
    })).body;
    const allowed = { assistant_type: "clinical", allowed_models: ["ward"] };
    const set = (await manage(project, { action: "set-assistant", ...allowed })).body;
    expect(set.assistant.allowed_models).toEqual(["ward"]);
    expect(await answering(project, "ward", key.key)).toBe(novaLite);
    expect(await answering(project, "nova-lite", key.key)).toBe(novaLite);
    expect(await answering(project, "nova-micro", key.key)).toBe("insufficient_permissions");

    const disabled = (await manage(project, { action: "disable", model_id: novaLite })).body;
    expect(disabled.warnings).toContain(
      "Calls for these names are refused, as their model takes no new ones: ward, nova-lite.",
    );
    expect(await answering(project, "ward", key.key)).toBe("model_not_found");

    const { warnings } = (await setAliases(project, novaLite, ["nova-lite"])).body;
    expect(warnings).toEqual([
      "Calls for these names are refused, as they mean no model any more: ward.",
      "clinical: its allowed_models have names that mean no model any more: ward.",
      `The key app (${key.api_key.prefix}…): its models have names that mean no model any more: ward.`,
    ]);
    const unknown = { assistant_type: "health", allowed_models: ["ward"] };
    const refused = await manage(project, { action: "set-assistant", ...unknown });
    expect([refused.status, refused.body.error.code]).toEqual([404, "model_not_found"]);
  }));

Deno.test("a deleted model's names are free, and come back with it from the model that has them", () =>
  withFreshProject(stack, async (project) => {
    const nova2 = "eu.amazon.nova-2-lite-v1:0";
    await project.sql`delete from bedrock_models where model_id = ${nova2}`;
    const [{ id }] = (await manage(project, { action: "history", limit: 1 })).body.switches;
    expect(await answering(project, "nova-2-lite")).toBe("model_not_found");
    expect((await setAliases(project, novaPro, ["nova-2-lite"])).status).toBe(200);
    expect(await answering(project, "nova-2-lite")).toBe(novaPro);

    // Without the change since, which the rollback to that entry takes back too.
    const undone = await manage(project, { action: "rollback", to: id });
    expect([undone.status, undone.body.error]).toEqual([200, undefined]);
    expect(await answering(project, "nova-2-lite")).toBe(nova2);
    expect(await answering(project, "nova-pro")).toBe(novaPro);
  }));
