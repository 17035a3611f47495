/** Prices over REST: now, from a later moment on, and taken back. */
import { expect } from "@std/expect";
import { withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
const day = 24 * 60 * 60 * 1000;

Deno.test("set-price enters the price that a switch asks for, and rollback takes it back", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null, output_cost_per_mtok = null
      where model_id = ${novaLite}`;
    const refused = await manage(project, { action: "set-default", model_id: novaLite });
    expect([refused.status, refused.body.error.code]).toEqual([409, "price_unknown"]);
    expect(refused.body.error.hint).toContain("set-price");

    const half = await manage(project, {
      action: "set-price",
      model_id: novaLite,
      input_cost_per_mtok: 0.07,
    });
    expect(half.body.warnings[0]).toContain("not known for output tokens");
    const { status, body } = await manage(project, {
      action: "set-price",
      model_id: novaLite,
      output_cost_per_mtok: 0.3,
    }, await project.token("admin"));
    expect([status, body.warnings, body.message])
      .toEqual([200, [], `The prices of ${body.model.model_name} hold from now on.`]);
    expect(body.model).toMatchObject({ input_cost_per_mtok: 0.07, output_cost_per_mtok: 0.3 });
    expect(body.prices[0]).toMatchObject({ state: "current", output_cost_per_mtok: 0.3 });
    const [entry] = (await manage(project, { action: "history", limit: 1 })).body.switches;
    expect(entry).toMatchObject({
      action: "set-price",
      from: { output_cost_per_mtok: null },
      to: { output_cost_per_mtok: 0.3 },
      actor_user_id: "00000000-0000-4000-8000-000000000004",
    });
    expect((await manage(project, { action: "set-default", model_id: novaLite })).status).toBe(200);

    const back = await manage(project, { action: "rollback", to: entry.id });
    expect(back.status).toBe(200);
    const { models } = (await manage(project, { action: "list" })).body;
    expect(models.find((model: { model_id: string }) => model.model_id === novaLite))
      .toMatchObject({ input_cost_per_mtok: 0.07, output_cost_per_mtok: null });
  }));

Deno.test("set-price schedules, replaces and takes back a price; list-prices shows every period", () =>
  withFreshProject(stack, async (project) => {
    const valid_from = new Date(Date.now() + 30 * day).toISOString();
    const set = (fields: Record<string, unknown>) =>
      manage(project, { action: "set-price", model_id: novaLite, ...fields });
    const states = async () =>
      (await manage(project, { action: "list-prices", model_id: novaLite })).body.prices
        .filter(({ state }: { state: string }) => state !== "past")
        .map(({ state, input_cost_per_mtok }: Record<string, unknown>) => [
          state,
          input_cost_per_mtok,
        ]);
    const [[, present]] = await states();
    const first = await set({ input_cost_per_mtok: 9, valid_from });
    expect([first.status, first.body.model.input_cost_per_mtok]).toEqual([200, present]);
    expect(first.body.message).toContain(`hold from ${valid_from} on`);
    await set({ input_cost_per_mtok: 8, valid_from });
    expect(await states()).toEqual([["scheduled", 8], ["current", present]]);
    const now = await set({ output_cost_per_mtok: 77 });
    expect(now.body.message).toMatch(`hold from now on, until ${valid_from}.`);
    expect(now.body.warnings).toEqual([expect.stringContaining(`From ${valid_from} on`)]);
    const taken = await set({ valid_from });
    expect([taken.status, taken.body.message])
      .toEqual([200, expect.stringContaining("are taken back")]);
    expect(await states()).toEqual([["current", present]]);
    const { switches } = (await manage(project, { action: "history", limit: 3 })).body;
    expect(switches.map(({ action }: { action: string }) => action))
      .toEqual(["schedule-price", "set-price", "schedule-price"]);
  }));

Deno.test("set-price refuses a past moment, half a rule on long prompts, and an outdated decision", () =>
  withFreshProject(stack, async (project) => {
    const set = async (fields: Record<string, unknown>) => {
      const { status, body } = await manage(project, {
        action: "set-price",
        model_id: novaLite,
        ...fields,
      });
      return [status, body.error.code, body.error.message];
    };
    expect(await set({ input_cost_per_mtok: 1, valid_from: "2024-01-01T00:00:00Z" }))
      .toEqual([400, "invalid_request", expect.stringContaining("keeps its cost")]);
    expect(await set({ long_prompt_tokens: 60_000 }))
      .toEqual([400, "invalid_request", expect.stringContaining("set together")]);
    expect(await set({})).toEqual([400, "invalid_request", "The request names no price."]);
    const { registry_version: version } = (await manage(project, { action: "list" })).body;
    await project.sql`
      update bedrock_models set description = 'changed' where model_id = ${novaLite}`;
    expect((await set({ input_cost_per_mtok: 1, expected_version: version }))[1])
      .toBe("registry_changed");
  }));
