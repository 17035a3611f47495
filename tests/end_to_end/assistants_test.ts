/** Assistants over REST: a new one, its prompt and settings, and back. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";

const newestEntry = async (project: FreshProject) =>
  (await manage(project, { action: "history", limit: 1 })).body.switches[0];

/** A system prompt that is told by the tokens that it costs. */
const longPrompt = "You sort what comes in. ".repeat(1000);

/** Whether the last call of Bedrock had it. */
async function wasSentLongPrompt({ bedrock }: FreshProject): Promise<boolean> {
  const call = (await bedrock.requests()).at(-1);
  return (call?.inputTokens ?? 0) > 3000;
}

Deno.test("create-assistant adds an assistant that a user can ask at once, and rollback removes it", () =>
  withFreshProject(stack, async (project) => {
    const { status, body } = await manage(project, {
      action: "create-assistant",
      assistant_type: "triage",
      name: "Triage",
      system_prompt: longPrompt,
      model_config: { max_tokens: 300 },
      fallback_models: [novaLite],
      reason: "A pilot of the emergency ward",
    });
    expect([status, body.message, body.warnings])
      .toEqual([200, "Triage is created and follows the default.", []]);
    expect(body.assistant).toMatchObject({
      assistant_type: "triage",
      model_version: null,
      follows_default: true,
      model_config: { max_tokens: 300 },
      fallback_models: [novaLite],
      on_disconnect: "finish",
      is_active: true,
    });
    const entry = await newestEntry(project);
    expect(entry).toMatchObject({
      action: "create",
      assistant_type: "triage",
      reason: "A pilot of the emergency ward",
    });

    await project.sql`
      update ai_user_roles set assistant_type = 'triage' where assistant_type = 'clinical'`;
    await project.ask("clinician", "Who are you?");
    expect(await wasSentLongPrompt(project)).toBe(true);

    const again = await manage(project, {
      action: "create-assistant",
      assistant_type: "triage",
      name: "Another",
    });
    expect([again.status, again.body.error.code]).toEqual([409, "assistant_exists"]);

    await project.sql`delete from ai_conversations`;
    await project.sql`delete from ai_user_roles where assistant_type = 'triage'`;
    expect((await manage(project, { action: "rollback", to: entry.id })).status).toBe(200);
    const { assistants } = (await manage(project, { action: "list-assistants" })).body;
    expect(assistants.map(({ assistant_type }: Record<string, string>) => assistant_type))
      .not.toContain("triage");
  }));

Deno.test("set-assistant holds for the next request of a conversation, and rollback undoes it", () =>
  withFreshProject(stack, async (project) => {
    const first = await project.ask("clinician", "A question");
    expect(await wasSentLongPrompt(project)).toBe(false);
    const set = (fields: Record<string, unknown>) =>
      manage(project, { action: "set-assistant", assistant_type: "clinical", ...fields });
    const { status, body } = await set({
      system_prompt: longPrompt,
      name: "Ward assistant",
      model_config: { temperature: 0.1 },
      fallback_models: [],
      on_disconnect: "stop",
    });
    expect([status, body.message])
      .toEqual([200, "Ward assistant is changed; its next request follows."]);
    await project.ask("clinician", {
      message: "Another question",
      conversation_id: first.body.conversation_id,
    });
    expect(await wasSentLongPrompt(project)).toBe(true);
    const entry = await newestEntry(project);
    expect(entry).toMatchObject({
      action: "update",
      assistant_type: "clinical",
      to: { name: "Ward assistant", on_disconnect: "stop", system_prompt: "24000 characters" },
    });
    // The same once more changes nothing, and so has no entry.
    expect((await set({ name: "Ward assistant" })).body.message)
      .toBe("Ward assistant already was so.");
    expect((await newestEntry(project)).id).toBe(entry.id);

    await manage(project, { action: "rollback" });
    await project.ask("clinician", {
      message: "Once more",
      conversation_id: first.body.conversation_id,
    });
    expect(await wasSentLongPrompt(project)).toBe(false);
  }));

Deno.test("set-assistant refuses unknown fallbacks and an outdated decision, and changes nothing", () =>
  withFreshProject(stack, async (project) => {
    const set = async (fields: Record<string, unknown>, assistant_type = "clinical") => {
      const { status, body } = await manage(project, {
        action: "set-assistant",
        assistant_type,
        ...fields,
      });
      return [status, body.error.code];
    };
    const { registry_version: version } = (await manage(project, { action: "list" })).body;
    expect(await set({ fallback_models: [novaLite, "no.model"] })).toEqual([
      404,
      "model_not_found",
    ]);
    expect(await set({ name: "X" }, "nobody")).toEqual([404, "assistant_not_found"]);
    expect(await set({})).toEqual([400, "invalid_request"]);
    expect(await set({ model_version: novaLite })).toEqual([400, "invalid_request"]);
    expect(await set({ model_config: { temperature: 2 } })).toEqual([400, "invalid_request"]);
    expect((await manage(project, { action: "list" })).body.registry_version).toBe(version);
    await project.sql`update ai_assistants set name = 'X' where assistant_type = 'clinical'`;
    expect(await set({ name: "Y", expected_version: version })).toEqual([409, "registry_changed"]);
  }));

Deno.test("set-assistant sets a guardrail and an effort for the next turn, and rollback takes them back", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.setGuardrail("abc1", { words: [{ word: "overdose", on: "input" }] });
    const set = (fields: Record<string, unknown>) =>
      manage(project, { action: "set-assistant", assistant_type: "health", ...fields });
    const { status, body } = await set({
      guardrail_id: "abc1",
      guardrail_version: "1",
      model_config: { effort: "high" },
    });
    expect(status).toBe(200);
    expect(body.assistant).toMatchObject({
      guardrail_id: "abc1",
      guardrail_version: "1",
      model_config: { effort: "high" },
    });
    expect(body.warnings)
      .toEqual([`health: its effort high has no effect: ${novaLite} does not think.`]);
    const blocked = await project.ask("patient", "What is an overdose?");
    expect(blocked.body.message.content).toBe("Sorry, I cannot answer this question.");
    const { explanation } = (await manage(project, {
      action: "explain",
      message_id: blocked.body.message.id,
    })).body;
    expect(explanation.summary).toContain("Guardrail abc1, version 1, intervened.");
    expect(await newestEntry(project)).toMatchObject({
      action: "update",
      from: { guardrail_id: null, guardrail_version: null },
      to: { guardrail_id: "abc1", guardrail_version: "1" },
    });

    for (
      const half of [
        { guardrail_id: "abc2" },
        { guardrail_version: "2" },
        { guardrail_id: "abc2", guardrail_version: null },
        { guardrail_id: "ABC", guardrail_version: "1" },
        { guardrail_id: "abc2", guardrail_version: "0" },
      ]
    ) {
      const refused = await set(half);
      expect([half, refused.status, refused.body.error.code])
        .toEqual([half, 400, "invalid_request"]);
    }
    await manage(project, { action: "rollback" });
    const { assistants } = (await manage(project, { action: "list-assistants" })).body;
    expect(assistants.find((row: Record<string, string>) => row.assistant_type === "health"))
      .toMatchObject({ guardrail_id: null, guardrail_version: null });
    const answered = await project.ask("patient", "What is an overdose?");
    expect(answered.body.message.content).not.toContain("Sorry");
    const taken = await set({ guardrail_id: null, guardrail_version: null });
    expect(taken.body.message).toContain("already was so");
  }));
