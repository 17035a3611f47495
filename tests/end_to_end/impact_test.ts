/** What a change does, before it is made and after, over the API. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { claude35, novaLite, novaPro, playTurns, sonnet } from "../support/played_turns.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaMicro = "eu.amazon.nova-micro-v1:0";

async function impact(project: FreshProject, change: unknown) {
  const { status, body } = await manage(project, { action: "impact", change });
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
}

/** Foresees a change, makes it, and expects the same of both. */
async function foreseeAndMake(
  project: FreshProject,
  change: Record<string, unknown>,
) {
  const foreseen = await impact(project, change);
  const { status, body } = await manage(project, change);
  expect([status, body.error]).toEqual([200, undefined]);
  expect(body.affected).toEqual(foreseen.affected);
  expect(body.warnings).toEqual(expect.arrayContaining(foreseen.warnings));
  return { affected: body.affected, foreseen, body };
}

Deno.test("impact foresees what each change answers as affected, to the last figure", () =>
  withFreshProject(stack, async (project) => {
    const { patient, clinician } = await playTurns(project);
    await project.bedrock.clearFaultRules();
    const disabled = await foreseeAndMake(project, { action: "disable", model_id: novaLite });
    expect(disabled.affected.assistants).toEqual([{
      assistant_type: "health",
      name: "Health assistant",
      from_model_id: novaLite,
      to_model_id: novaPro,
      reason: "fallback",
      turns: 3,
    }]);
    // Two conversations: one of two turns, and the one whose answer broke off.
    expect(disabled.affected.conversations)
      .toEqual({ pinned: 2, recent: 2, keep_model: true, to_model_id: null });
    const { cost } = disabled.affected;
    expect(cost).toMatchObject({ days: 30, turns: 3, unpriced: 0 });
    expect(cost.what_if_usd).toBeGreaterThan(5 * cost.actual_usd);
    expect(disabled.body.message).toBe(
      "Amazon Nova Lite takes no new conversations; pinned conversations continue. " +
        `${novaPro} answers health.`,
    );
    expect(disabled.body.warnings).toContainEqual(expect.stringMatching(/% more\.$/));
    // As foreseen, and the pin holds.
    expect((await project.ask("patient", "A new one?")).body.model.model_id).toBe(novaPro);
    const { conversation_id } = patient[0].body;
    const pinned = await project.ask("patient", { message: "And the old one?", conversation_id });
    expect(pinned.body.model.model_id).toBe(novaLite);

    const again = await manage(project, { action: "disable", model_id: novaLite });
    expect(again.body.affected).toMatchObject({ assistants: [], cost: { turns: 0 } });
    const stopped = await foreseeAndMake(project, {
      action: "disable",
      model_id: novaLite,
      now: true,
    });
    expect(stopped.affected.conversations)
      .toEqual({ pinned: 2, recent: 2, keep_model: false, to_model_id: novaPro });
    expect(stopped.affected.assistants).toEqual([]);
    expect(stopped.affected.cost.turns).toBe(4);

    const enabled = await foreseeAndMake(project, { action: "enable", model_id: novaLite });
    expect(enabled.affected.assistants)
      .toMatchObject([{ from_model_id: novaPro, to_model_id: novaLite, reason: "assistant" }]);

    expect(clinician.body.model.model_id).toBe(sonnet);
    const switched = await foreseeAndMake(project, {
      action: "set-default",
      model_id: novaMicro,
    });
    expect(switched.affected.assistants).toMatchObject([
      { assistant_type: "platform", from_model_id: novaPro, to_model_id: novaMicro },
    ]);
    const assigned = await foreseeAndMake(project, {
      action: "set-assistant-model",
      assistant_type: "clinical",
      model_id: sonnet,
    });
    expect(assigned.affected.assistants)
      .toMatchObject([{
        assistant_type: "clinical",
        from_model_id: claude35,
        to_model_id: sonnet,
      }]);
  }));

Deno.test("impact of a retirement, of geographies and of a rollback is what then happens", () =>
  withFreshProject(stack, async (project) => {
    const retired = await impact(project, { action: "retire", model_id: claude35 });
    expect(retired.affected.assistants).toMatchObject([
      { assistant_type: "clinical", from_model_id: claude35, to_model_id: sonnet },
    ]);
    const alone = await impact(project, {
      action: "retire",
      model_id: claude35,
      successor_model_id: null,
    });
    expect(alone.affected.assistants).toMatchObject([{ to_model_id: novaPro }]);
    expect(alone.warnings).toContain(`${claude35} has no successor on record.`);
    await project.sql`select switchboard.end_model(${claude35})`;
    expect((await project.ask("clinician", "Who answers?")).body.model.model_id).toBe(sonnet);

    const nowhere = await impact(project, {
      action: "update-settings",
      allowed_geographies: ["us"],
    });
    expect(nowhere.affected.assistants.map((row: { to_model_id: unknown }) => row.to_model_id))
      .toEqual([null, null, null, null]);
    expect(nowhere.warnings).toContainEqual(
      expect.stringMatching(/^Available, but never selected, .*allowed geographies: eu\.amazon/),
    );

    const both = ["eu", "us"];
    const made = await manage(project, { action: "update-settings", allowed_geographies: both });
    expect([made.status, made.body.affected.assistants, made.body.warnings]).toEqual([200, [], []]);
    const stranded = await foreseeAndMake(project, {
      action: "update-settings",
      allowed_geographies: ["us"],
    });
    expect(stranded.affected.assistants).toEqual(nowhere.affected.assistants);
    await manage(project, { action: "update-settings", allowed_geographies: ["eu"] });

    await manage(project, { action: "set-default", model_id: novaLite });
    const back = await impact(project, { action: "rollback" });
    expect(back.affected.assistants).toMatchObject([
      { assistant_type: "platform", from_model_id: novaLite, to_model_id: novaPro },
    ]);
    await manage(project, { action: "rollback" });
    expect((await project.ask("admin", "Who answers?")).body.model.model_id).toBe(novaPro);
  }));

Deno.test("impact refuses what the change would be refused with, in the same words", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set lifecycle = 'retired' where model_id = ${claude35}`;
    const opus = "anthropic.claude-3-opus-20240229-v1:0";
    const assign = { action: "set-assistant-model", assistant_type: "health" };
    const both = async (change: Record<string, unknown>) => {
      const foreseen = await manage(project, { action: "impact", change });
      const made = await manage(project, change);
      expect(foreseen.status).toBeGreaterThanOrEqual(400);
      expect([foreseen.status, foreseen.body.error]).toEqual([
        made.status,
        { ...made.body.error, request_id: foreseen.body.error.request_id },
      ]);
      return made.body.error.code;
    };
    for (
      const change of [
        { action: "set-default", model_id: "no.such" },
        { action: "set-default", model_id: opus },
        { action: "set-default", model_id: claude35 },
        { action: "enable", model_id: claude35 },
        { action: "disable", model_id: novaPro },
        { ...assign, model_id: opus },
        { ...assign, assistant_type: "nobody", model_id: null },
        { ...assign, model_id: null, fallback_models: ["no.such"] },
        { action: "rollback", to: 999_999 },
      ]
    ) await both(change);
    await project.sql`update bedrock_models set is_default = false`;
    await project.sql`update bedrock_models set is_available = model_id = ${novaLite}`;
    expect(await both({ action: "disable", model_id: novaLite })).toBe("last_available_model");
    const only = await manage(project, { action: "impact", change: { action: "drop" } });
    expect([only.status, only.body.error.code]).toEqual([400, "invalid_request"]);
  }));

Deno.test("impact is for operators, and needs no second factor, as it changes nothing", () =>
  withFreshProject(stack, async (project) => {
    const request = { action: "impact", change: { action: "disable", model_id: novaLite } };
    const denied = await manage(project, request, await project.token("clinician"));
    expect([denied.status, denied.body.error.code]).toEqual([403, "forbidden"]);
    await project.sql`update registry_settings set require_mfa = true`;
    expect((await manage(project, request, await project.token("admin"))).status).toBe(200);
    const [row] = await project.sql`
      select is_available from bedrock_models where model_id = ${novaLite}`;
    expect(row?.is_available).toBe(true);
  }));

Deno.test("a switch is made although its figures cannot be read, and says so", () =>
  withFreshProject(stack, async (project) => {
    await without(project, "impact_figures(jsonb, text[])", async () => {
      const { status, body } = await manage(project, {
        action: "set-default",
        model_id: novaMicro,
      });
      expect(status).toBe(200);
      expect(body.affected).toMatchObject({
        assistants: [{ assistant_type: "platform", to_model_id: novaMicro, turns: null }],
        conversations: { pinned: null, keep_model: true },
        cost: null,
      });
      expect(body.warnings).toContain(
        "The figures of the last 30 days could not be read (database_error).",
      );
    });
    await without(project, "read_registry_as_of(bigint, timestamptz)", async () => {
      const { status, body } = await manage(project, { action: "set-default", model_id: novaPro });
      expect([status, body.affected]).toEqual([200, null]);
      expect(body.warnings).toContain(
        "The change is made, but what it affects could not be read (database_error).",
      );
    });
  }));

/** The stack is that of other tests too, so what is taken away is given back. */
async function without({ sql }: FreshProject, name: string, test: () => Promise<void>) {
  await sql.unsafe(`revoke execute on function public.${name} from service_role`);
  try {
    await test();
  } finally {
    await sql.unsafe(`grant execute on function public.${name} to service_role`);
  }
}
