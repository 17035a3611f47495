/** Models whose provider keeps traffic, from the operator's change to the users' and clients' answers. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
const source = "https://example.test/terms";

/** As an operator who has read a provider's new terms. */
async function keep(project: FreshProject, provider_retention: string) {
  const { status, body } = await manage(project, {
    action: "set-provider-retention",
    model_id: novaLite,
    provider_retention,
    source,
  });
  expect(status).toBe(200);
  return body;
}

/** A call of a client with a secret key, which is with no assistant. */
async function call({ apiUrl, keys }: FreshProject, path: string) {
  const response = await fetch(`${apiUrl}/functions/v1/${path}`, {
    method: "POST",
    headers: {
      "authorization": `Bearer ${keys.secret}`,
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
    },
    body: JSON.stringify({
      model: novaLite,
      max_tokens: 100,
      messages: [{ role: "user", content: "Hi" }],
    }),
  });
  return { status: response.status, body: await response.json() };
}

Deno.test("a model whose provider begins to keep traffic answers no assistant that does not allow it", () =>
  withFreshProject(stack, async (project) => {
    const first = await project.ask("patient", "Hi");
    expect(first.body.model.model_id).toBe(novaLite);
    const changed = await keep(project, "all_30_days");
    expect(changed).toMatchObject({
      message: `The provider of ${novaLite} keeps all traffic for up to 30 days.`,
      former_provider_retention: "none",
      model: { provider_retention: "all_30_days", provider_retention_source: source },
      affected: { assistants: [{ assistant_type: "health", from_model_id: novaLite }] },
      warnings: expect.arrayContaining([
        expect.stringMatching(/^health: its own model cannot answer\. The provider of/),
        expect.stringContaining("is passed over for health, which do not allow"),
      ]),
    });

    const next = await project.ask("patient", "Hi again");
    expect(next.body.model).toMatchObject({
      reason: "fallback",
      requested_model: novaLite,
      fallback_code: "provider_retains_data",
    });
    expect(next.body.model.model_id).not.toBe(novaLite);
    // The pin ended with it.
    const pinned = await project.ask("patient", {
      message: "And now?",
      conversation_id: first.body.conversation_id,
    });
    expect(pinned.body.model.fallback_code).toBe("provider_retains_data");
    for (const request of [{ fallback: false }, { model_id: novaLite }]) {
      const { status, body } = await project.ask("patient", { message: "Hi", ...request });
      expect([status, body.error.code]).toEqual([409, "provider_retains_data"]);
    }
    const { body: told } = await manage(project, {
      action: "explain",
      message_id: next.body.message.id,
    });
    expect(told.explanation.rules).toContainEqual(
      expect.objectContaining({ model_id: novaLite, code: "provider_retains_data" }),
    );
    const { body: checked } = await manage(project, { action: "validate", model_id: novaLite });
    expect(checked.checks).toContainEqual(
      expect.objectContaining({ name: "retention", ok: false }),
    );
    const { body: tried } = await manage(project, {
      action: "try",
      assistant_type: "health",
      model_ids: [novaLite],
      content: "Hi",
    });
    expect(tried.trials[0].error.code).toBe("provider_retains_data");

    const allowed = await manage(project, {
      action: "set-assistant",
      assistant_type: "health",
      allow_provider_retention: true,
    });
    expect(allowed.body.assistant.allow_provider_retention).toBe(true);
    const after = await project.ask("patient", "Hi");
    expect(after.body.model).toMatchObject({ model_id: novaLite, reason: "assistant" });
    const off = await manage(project, {
      action: "set-assistant",
      assistant_type: "health",
      allow_provider_retention: false,
    });
    expect([off.status, off.body.error.code]).toEqual([409, "provider_retains_data"]);
  }));

Deno.test("a switch to a model whose provider keeps traffic is refused before it is called, and foreseen", () =>
  withFreshProject(stack, async (project) => {
    await keep(project, "unknown");
    const change = {
      action: "set-assistant-model",
      assistant_type: "clinical",
      model_id: novaLite,
    };
    const before = (await project.bedrock.requests()).length;
    for (
      const request of [
        change,
        { action: "impact", change },
        { action: "start-rollout", model_id: novaLite, assistant_type: "clinical", share: 10 },
      ]
    ) {
      const { status, body } = await manage(project, request);
      expect([request.action, status, body.error.code])
        .toEqual([request.action, 409, "provider_retains_data"]);
    }
    expect((await project.bedrock.requests()).length).toBe(before);
    const foreseen = await manage(project, {
      action: "impact",
      change: {
        action: "set-provider-retention",
        model_id: "eu.amazon.nova-pro-v1:0",
        provider_retention: "flagged_30_days",
      },
    });
    expect(foreseen.body.warnings.join(" ")).toContain(
      "platform: the default, which it follows, cannot answer.",
    );
  }));

Deno.test("calls without an assistant reach such a model only where the settings allow it", () =>
  withFreshProject(stack, async (project) => {
    await keep(project, "flagged_30_days");
    const refusals = [
      ["openai/v1/chat/completions", "invalid_request_error"],
      ["anthropic/v1/messages", "permission_error"],
    ] as const;
    for (const [path, type] of refusals) {
      const { status, body } = await call(project, path);
      expect([path, status, body.error.type]).toEqual([path, 403, type]);
    }
    const { body } = await manage(project, {
      action: "update-settings",
      allow_provider_retention: true,
    });
    expect(body.settings.allow_provider_retention).toBe(true);
    for (const [path] of refusals) expect((await call(project, path)).status).toBe(200);
  }));

Deno.test("sync reads the account's data retention mode, and status shows it", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.setDataRetentionMode("none");
    const compared = await manage(project, { action: "sync" });
    expect(compared.body.data_retention_mode).toBe("none");
    await manage(project, { action: "sync", apply: true });
    const shown = async () => (await manage(project, { action: "status" })).body.data_retention;
    expect(await shown()).toEqual([
      { region: "eu-central-1", mode: "none", read_at: expect.any(String) },
    ]);
    // What AWS does not tell is not known, and fails nothing.
    await project.bedrock.addFaultRule({ kind: "error", exception: "AccessDeniedException" }, {
      operations: ["GetAccountDataRetention"],
      times: 2,
    });
    const denied = await manage(project, { action: "sync", apply: true });
    expect([denied.status, denied.body.data_retention_mode]).toEqual([200, null]);
    expect(await shown()).toMatchObject([{ mode: null }]);
  }));
