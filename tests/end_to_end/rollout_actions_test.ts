/** Rollouts and watched switches as operators start, see, change and end them over REST. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

async function operate(project: FreshProject, request: Record<string, unknown>) {
  const { status, body } = await manage(project, request);
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
}

async function refusal(project: FreshProject, request: Record<string, unknown>) {
  const { status, body } = await manage(project, request);
  return { status, ...body.error };
}

const defaultOf = async ({ sql }: FreshProject) =>
  (await sql`select model_id from bedrock_models where is_default`)[0]!.model_id;

Deno.test("a rollout is foreseen, started with a probe, listed, changed and promoted", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    expect((await project.ask("admin", "Who are you?")).body.model.model_id).toBe(novaPro);
    const terms = { model_id: novaLite, share: 50 };
    const all = await operate(project, {
      action: "impact",
      change: { action: "set-default", model_id: novaLite },
    });
    const foreseen = await operate(project, {
      action: "impact",
      change: { action: "start-rollout", ...terms },
    });
    const { affected: { assistants, conversations, cost } } = foreseen;
    expect(assistants.map((row: { assistant_type: string }) => row.assistant_type))
      .toEqual(
        all.affected.assistants.map((row: { assistant_type: string }) => row.assistant_type),
      );
    expect(assistants[0]).toMatchObject({ to_model_id: novaLite, reason: "canary" });
    expect(conversations).toMatchObject({ pinned: 0, keep_model: true });
    expect(cost.what_if_usd).toBeCloseTo(all.affected.cost.what_if_usd / 2, 9);
    expect((await operate(project, { action: "list-rollouts" })).rollouts).toEqual([]);

    const started = await operate(project, {
      action: "start-rollout",
      ...terms,
      guards: { error_points: 3 },
      on_verdict: "promote",
      reason: "A tenth of the price",
    });
    const { id } = started.rollout;
    expect(started).toMatchObject({
      message:
        `${novaLite} gets 50 % of the new conversations and calls of the default, in place ` +
        `of ${novaPro}. It is rollout ${id}.`,
      rollout: {
        assistant_type: null,
        former_model_id: novaPro,
        share: 50,
        error_points: 3,
        latency_ratio: 1.25,
        cost_ratio: 1.5,
        on_verdict: "promote",
        outcome: null,
        verdict: "undecided",
        figures: null,
        verdicts: [],
      },
      model: { model_id: novaLite, canary_share: 50, rollout_id: id },
      probe: { passed: true },
    });
    const { models } = await operate(project, { action: "list" });
    expect(models.find((model: { model_id: string }) => model.model_id === novaLite))
      .toMatchObject({ canary_share: 50, rollout_id: id, is_default: false });

    const changed = await operate(project, { action: "set-rollout-share", id, share: 90 });
    expect(changed.rollout.share).toBe(90);
    await sql`select public.tick()`;
    const listed = await operate(project, { action: "list-rollouts", id });
    expect(listed).toMatchObject({
      count: 1,
      rollouts: [{ id, share: 90, figures: { share: 90, canary: { units: 0 } } }],
    });

    for (
      const request of [
        { action: "list-rollouts", id: id + 1 },
        { action: "end-rollout", id: id + 1, outcome: "revert" },
      ]
    ) {
      expect(await refusal(project, request)).toMatchObject({
        status: 404,
        code: "rollout_not_found",
        message: `There is no rollout ${id + 1}.`,
        hint: "The ids are in the list of rollouts.",
      });
    }

    const ended = await operate(project, { action: "end-rollout", id, outcome: "promote" });
    expect(ended.message).toBe(
      `Rollout ${id} is promoted: ${novaLite} took the place of ${novaPro}.`,
    );
    expect(ended.rollout).toMatchObject({ outcome: "promoted", share: null });
    expect(ended.affected.assistants.length).toBe(assistants.length);
    expect(await defaultOf(project)).toBe(novaLite);
    const { switches } = await operate(project, { action: "history", limit: 3 });
    expect(switches.map(({ action, source, reason }: Record<string, string>) => [
      action,
      source,
      reason,
    ])).toEqual([
      ["set-default", "api", null],
      ["set-rollout-share", "api", null],
      ["start-rollout", "api", "A tenth of the price"],
    ]);
    await operate(project, { action: "rollback" });
    expect(await defaultOf(project)).toBe(novaPro);
  }));

Deno.test("start-rollout is refused in the same words before and in the database", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    const inSql = async (modelId: string, type: string | null) => {
      const error = await sql`select start_rollout(${modelId}, 10, ${type})`.catch((error) =>
        error
      );
      return { code: error.detail, message: error.message, hint: error.hint };
    };
    const overRest = async (modelId: string, type: string | null) => {
      const request = { model_id: modelId, share: 10, ...type && { assistant_type: type } };
      const made = await refusal(project, { action: "start-rollout", ...request });
      const { code, message, hint } = made;
      const foreseen = await refusal(project, {
        action: "impact",
        change: { action: "start-rollout", ...request },
      });
      expect({ code: foreseen.code, message: foreseen.message }).toEqual({ code, message });
      return { code, message, hint };
    };
    const expectSame = async (modelId: string, type: string | null, code: string) => {
      const inDatabase = await inSql(modelId, type);
      expect(inDatabase.code).toBe(code);
      expect(await overRest(modelId, type)).toEqual(inDatabase);
    };
    await expectSame(novaPro, null, "model_is_default");
    await operate(project, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaMicro,
    });
    await expectSame(novaMicro, "health", "model_is_default");
    for (const type of [null, "health"]) {
      await operate(project, {
        action: "start-rollout",
        model_id: novaLite,
        share: 10,
        ...type && { assistant_type: type },
      });
      await expectSame("eu.amazon.nova-2-lite-v1:0", type, "rollout_active");
    }
    const { assistants } = await operate(project, { action: "list-assistants" });
    expect(assistants.find((row: { assistant_type: string }) => row.assistant_type === "health"))
      .toMatchObject({ canary_model_id: novaLite, canary_share: 10 });
    // What a rollout is about cannot be switched meanwhile; the candidate can take the place.
    for (
      const change of [
        { action: "set-default", model_id: novaMicro },
        { action: "set-assistant-model", assistant_type: "health", model_id: null },
      ]
    ) {
      const refused = await refusal(project, change);
      expect(refused).toMatchObject({ status: 409, code: "rollout_active" });
      const { request_id: _, ...foreseen } = await refusal(project, { action: "impact", change });
      expect(refused).toMatchObject(foreseen);
    }
    await operate(project, {
      action: "impact",
      change: { action: "set-default", model_id: novaLite },
    });
    await operate(project, { action: "set-default", model_id: novaLite });
    const { rollouts } = await operate(project, { action: "list-rollouts" });
    expect(rollouts.map((row: { outcome: string }) => row.outcome)).toEqual([null, "promoted"]);
  }));

Deno.test("a failed probe starts no rollout, and what cannot be meant is refused", () =>
  withFreshProject(stack, async (project) => {
    const start = { action: "start-rollout", model_id: novaLite, share: 10 };
    await project.bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { model: novaLite },
    );
    expect(await refusal(project, start)).toMatchObject({ status: 502, code: "probe_failed" });
    expect((await operate(project, { action: "list-rollouts" })).count).toBe(0);
    await project.bedrock.clearFaultRules();
    for (
      const wrong of [
        { share: 0 },
        { share: 101 },
        { share: 2.5 },
        { guards: { cost_ratio: 1 } },
        { guards: { errors: 2 } },
        { on_verdict: "revert" },
      ]
    ) {
      expect(await refusal(project, { ...start, ...wrong }))
        .toMatchObject({ status: 400, code: "invalid_request" });
    }
    for (
      const request of [
        { action: "set-rollout-share", id: 9, share: 5 },
        { action: "end-rollout", id: 9, outcome: "revert" },
      ]
    ) {
      expect(await refusal(project, request))
        .toMatchObject({ status: 404, code: "rollout_not_found" });
    }
    const { rollout: { id } } = await operate(project, { ...start, probe: false });
    await operate(project, { action: "end-rollout", id, outcome: "revert" });
    expect(await refusal(project, { action: "end-rollout", id, outcome: "promote" }))
      .toMatchObject({ status: 409, code: "rollout_ended" });
  }));

Deno.test("a rollout warns of prices that are unknown or beyond its guard, and of what is lost", () =>
  withFreshProject(stack, async (project) => {
    const warningsOf = async (model_id: string, guards = {}) =>
      (await operate(project, {
        action: "impact",
        change: { action: "start-rollout", model_id, share: 10, guards },
      })).warnings as string[];
    expect(await warningsOf(novaMicro)).toEqual([
      expect.stringMatching(
        /^eu\.amazon\.nova-micro-v1:0 takes less than .*: no images; no documents\. Conversations and calls that begin with more stay with eu\.amazon\.nova-pro-v1:0\.$/,
      ),
    ]);
    await project.sql`
      update bedrock_models set output_cost_per_mtok = output_cost_per_mtok * 200
      where model_id = ${novaLite}`;
    expect(await warningsOf(novaLite)).toContainEqual(
      expect.stringMatching(/costs up to [\d.]+ times as much as .*; beyond 1\.5 times/),
    );
    expect(await warningsOf(novaLite, { cost_ratio: 900 })).toEqual([]);
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null where model_id = ${novaPro}`;
    expect(await warningsOf(novaLite)).toEqual([
      "The cost cannot be compared: not every price of eu.amazon.nova-pro-v1:0 is known.",
    ]);
  }));

Deno.test("a watched switch says which rollout watches it, and is reverted or kept", () =>
  withFreshProject(stack, async (project) => {
    const before = Date.now();
    const watched = { action: "set-default", model_id: novaLite, watch_minutes: 30 };
    const { rollout_id: id } = await operate(project, watched);
    const { rollouts: [rollout] } = await operate(project, { action: "list-rollouts", id });
    expect(rollout).toMatchObject({ model_id: novaLite, former_model_id: novaPro, outcome: null });
    expect(Date.parse(rollout.watch_until)).toBeGreaterThan(before + 29 * 60_000);
    expect(await refusal(project, { action: "set-rollout-share", id, share: 5 }))
      .toMatchObject({ status: 400, code: "invalid_request" });
    const reverted = await operate(project, { action: "end-rollout", id, outcome: "revert" });
    expect(reverted.rollout.outcome).toBe("reverted");
    expect(reverted.affected.assistants[0].to_model_id).toBe(novaPro);
    expect(await defaultOf(project)).toBe(novaPro);

    const assigned = await operate(project, {
      action: "set-assistant-model",
      assistant_type: "clinical",
      model_id: novaLite,
      watch_minutes: 1,
    });
    const kept = await operate(project, {
      action: "end-rollout",
      id: assigned.rollout_id,
      outcome: "promote",
    });
    expect(kept.rollout).toMatchObject({ assistant_type: "clinical", outcome: "kept" });
    expect((await operate(project, { action: "set-default", model_id: novaMicro })).rollout_id)
      .toBeNull();
    const unchanged = await operate(project, { ...watched, model_id: novaMicro });
    expect(unchanged).toMatchObject({ rollout_id: null });
    expect(unchanged.warnings)
      .toContain(`It is not watched, as ${novaMicro} was in place already.`);
    expect(await refusal(project, { ...watched, watch_minutes: 0 }))
      .toMatchObject({ status: 400, code: "invalid_request" });
  }));

Deno.test("only operators start rollouts, and a platform admin is named as the actor", () =>
  withFreshProject(stack, async (project) => {
    const start = { action: "start-rollout", model_id: novaLite, share: 10 };
    expect((await manage(project, start, await project.token("clinician"))).status).toBe(403);
    expect((await manage(project, start, await project.token("admin"))).status).toBe(200);
    const [entry] = await project.sql`
      select actor_user_id from model_switches where action = 'start-rollout'`;
    expect(entry!.actor_user_id).toBe("00000000-0000-4000-8000-000000000004");
  }));

Deno.test("start-rollout says what its promotion will need", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update ai_assistants set is_protected = true, requires_evaluation = true
      where assistant_type = 'platform'`;
    const warningsOf = async (more: Record<string, unknown>) => {
      const change = { action: "start-rollout", model_id: novaLite, share: 10, ...more };
      const { warnings } = await operate(project, { action: "impact", change });
      return warnings.filter((text: string) => text.startsWith("Its promotion"));
    };
    const secondPerson = expect.stringContaining("a second person (platform)");
    const evaluation = expect.stringContaining("an evaluation that counts at that time (platform)");
    expect(await warningsOf({})).toEqual([secondPerson, evaluation]);
    expect(await warningsOf({ on_verdict: "promote" })).toEqual([evaluation]);
    expect(await warningsOf({ assistant_type: "operations" })).toEqual([]);
  }));

Deno.test("verify-verdict computes the figures of a verdict once more", () =>
  withFreshProject(stack, async (project) => {
    const { id } = (await operate(project, {
      action: "start-rollout",
      model_id: novaMicro,
      share: 100,
    })).rollout;
    const fault = { kind: "error", exception: "AccessDeniedException" } as const;
    await project.bedrock.addFaultRule(fault, { model: novaMicro, times: "until-removed" });
    await project.ask("admin", "Who are you?");
    const { rollouts: [rollout] } = await operate(project, { action: "list-rollouts", id });
    const [verdict] = rollout.verdicts;
    expect(await operate(project, { action: "verify-verdict", id: verdict.id }))
      .toMatchObject({ verification: { ok: true, differences: [] } });
    expect(await refusal(project, { action: "verify-verdict", id: verdict.id + 1 }))
      .toMatchObject({ status: 404, code: "rollout_not_found" });
  }));
