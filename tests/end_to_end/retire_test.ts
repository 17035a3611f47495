/** A retirement over REST: foreseen, made, followed by the next request, and taken back. */
import { expect } from "@std/expect";
import { madeKey } from "../support/made_key.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const sonnet = "eu.anthropic.claude-sonnet-5-5";
const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";

Deno.test("retire tells before what it does: a dry run, impact, SQL and the change have the same counts", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await sql`
      update ai_assistants set fallback_models = ${[claude35, novaPro]}
      where assistant_type = 'health'`;
    const { id } = await madeKey(sql, { models: [claude35] });
    const { body: asked } = await project.ask("clinician", "One");
    expect(asked.model.model_id).toBe(claude35);
    const version = async () => (await manage(project, { action: "list" })).body.registry_version;
    const before = await version();

    const retire = { action: "retire", model_id: claude35 };
    const { status, body: dry } = await manage(project, { ...retire, dry_run: true });
    expect(status).toBe(200);
    const [counted] = await sql`
      select
        (select count(*)::int from ai_conversations where model_id = ${claude35}) as pins,
        (select array_agg(assistant_type::text order by assistant_type) from ai_assistants
          where model_version = ${claude35}) as assistants,
        (select array_agg(assistant_type::text order by assistant_type) from ai_assistants
          where ${claude35} = any (fallback_models)) as lists`;
    expect(dry).toMatchObject({
      dry_run: true,
      successor_model_id: sonnet,
      refusal: null,
      uses: {
        is_default: false,
        assistants: counted?.assistants,
        fallback_lists: counted?.lists,
        api_keys: [{ id }],
        conversations: counted?.pins,
        recent_conversations: counted?.pins,
      },
      affected: { conversations: { pinned: counted?.pins, to_model_id: sonnet } },
    });
    expect(counted).toMatchObject({ pins: 1, lists: ["health"] });
    expect(await version()).toBe(before);
    const { body: foreseen } = await manage(project, { action: "impact", change: retire });
    expect(foreseen.affected).toEqual(dry.affected);

    const { body: made } = await manage(project, { ...retire, expected_version: before });
    expect(made).toMatchObject({
      dry_run: false,
      successor_model_id: sonnet,
      uses: dry.uses,
      affected: dry.affected,
      model: { lifecycle: "retired", is_available: false },
    });
    // The very next turn, also of the conversation that was pinned.
    const { conversation_id } = asked;
    const pinned = await project.ask("clinician", { message: "Two", conversation_id });
    expect(pinned.body.model).toMatchObject({ model_id: sonnet, fallback_code: "model_retired" });
    expect((await project.ask("clinician", "Another")).body.model)
      .toMatchObject({ model_id: sonnet, reason: "assistant" });

    expect((await manage(project, { action: "rollback" })).status).toBe(200);
    expect((await project.ask("clinician", "Back")).body.model.model_id).toBe(claude35);
    const [key] = await sql`select models from ai_api_keys where id = ${id}`;
    expect(key?.models).toEqual([claude35]);
  }));

Deno.test("retire refuses what cannot stand in, and the dry run says so and shows the uses", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await sql`update bedrock_models set is_available = false where model_id = ${sonnet}`;
    const retire = { action: "retire", model_id: claude35 };
    const refused = await manage(project, retire);
    expect([refused.status, refused.body.error.code]).toEqual([409, "model_not_available"]);
    const { status, body } = await manage(project, { ...retire, dry_run: true });
    expect([status, body.successor_model_id]).toEqual([200, null]);
    expect(body.refusal).toContain(`${sonnet} is not available.`);
    expect(body.uses.assistants).toEqual(["clinical"]);

    // Nor what the assistants' guards refuse, in the words of the change.
    await sql`update bedrock_models set is_available = true where model_id = ${sonnet}`;
    for (const column of ["requires_evaluation", "is_protected"]) {
      await sql.unsafe(
        `update ai_assistants set ${column} = true where assistant_type = 'clinical'`,
      );
      const { body: { error } } = await manage(project, retire);
      const { body: dry } = await manage(project, { ...retire, dry_run: true });
      expect(dry).toMatchObject({
        refusal: `${error.message} ${error.hint}`,
        message: `Claude 3.5 Sonnet v2 cannot be retired now. ${error.message} ${error.hint}`,
        successor_model_id: sonnet,
        affected: { assistants: [{ assistant_type: "clinical", to_model_id: sonnet }] },
      });
      const { body: impact } = await manage(project, { action: "impact", change: retire });
      expect(impact.warnings).toContain(`The retirement is refused now. ${dry.refusal}`);
      await sql.unsafe(
        `update ai_assistants set ${column} = false where assistant_type = 'clinical'`,
      );
    }

    await sql`update bedrock_models set successor_model_id = null where model_id = ${claude35}`;
    const alone = await manage(project, retire);
    expect([alone.status, alone.body.error.code]).toEqual([409, "successor_required"]);
    const stale = await manage(project, {
      ...retire,
      successor_model_id: novaLite,
      expected_version: 1,
    });
    expect([stale.status, stale.body.error.code]).toEqual([409, "registry_changed"]);
    // A user who is no platform admin foresees nothing.
    const foreseen = { ...retire, dry_run: true };
    const asPatient = await manage(project, foreseen, await project.token("patient"));
    expect(asPatient.status).toBe(403);
  }));

Deno.test("list-lifecycle has the dates of AWS's list after a sync, with a successor", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.setModel("amazon.nova-pro-v1:0", {
      lifecycle: "legacy",
      legacyOn: "2026-10-01",
      extendedAccessOn: "2099-01-31",
      endsOn: "2099-06-30",
    });
    expect((await manage(project, { action: "sync", apply: true })).status).toBe(200);
    const { body } = await manage(project, { action: "list-lifecycle" });
    const row = body.models.find(({ model_id }: { model_id: string }) => model_id === novaPro);
    expect(row).toMatchObject({
      lifecycle: "legacy",
      legacy_on: "2026-10-01",
      extended_access_on: "2099-01-31",
      retires_on: "2099-06-30",
      is_in_use: true,
    });
    expect(row.days_left).toBeGreaterThan(20_000);
    expect(body.count).toBe(body.models.length);
  }));
