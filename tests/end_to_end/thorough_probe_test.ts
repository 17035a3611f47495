/** `validate` with a probe calls a model with each thing that its row says it accepts. */
import { expect } from "@std/expect";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaLite = "eu.amazon.nova-lite-v1:0";
const micro = "eu.amazon.nova-micro-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const opus = "eu.anthropic.claude-opus-5-5";

Deno.test("every seeded model that is served passes its probe, whatever it accepts", () =>
  withFreshProject(stack, async (project) => {
    const { models } = (await manage(project, { action: "list" })).body;
    for (const { model_id, capabilities } of models) {
      const { body } = await manage(project, { action: "validate", model_id, probe: true });
      const checks: { name: string; ok: boolean | null }[] = body.probe.checks;
      expect([model_id, body.probe.passed, checks.every(({ ok }) => ok)])
        .toEqual([model_id, true, true]);
      const { tools, output_schema, images, documents, caching } = capabilities;
      expect([model_id, ...checks.map(({ name }) => name)])
        .toEqual([
          model_id,
          "invoke",
          "stream",
          ...tools ? ["tool"] : [],
          ...output_schema ? ["schema"] : [],
          ...images ? ["image"] : [],
          ...documents ? ["document"] : [],
          ...caching ? ["caching"] : [],
        ]);
    }
  }));

/** Gives a row a member of another row's capabilities. */
const claim = (project: FreshProject, model_id: string, member: string, from: string) =>
  project.sql`
    update bedrock_models set capabilities = jsonb_set(capabilities, ${[member]}, (
      select capabilities -> ${member}::text from bedrock_models where model_id = ${from}))
    where model_id = ${model_id}`;

/** A row that claims what its model does not take, and the check that finds it. */
const falseClaims: [string, string, (project: FreshProject) => Promise<unknown>, string][] = [
  ["images", micro, (project) => claim(project, micro, "images", novaLite), "image"],
  ["documents", micro, (project) => claim(project, micro, "documents", novaLite), "document"],
  ["caching", claude35, (project) => claim(project, claude35, "caching", opus), "caching"],
  [
    "JSON schemas",
    claude35,
    ({ sql }) =>
      sql`
        update bedrock_models set capabilities = capabilities || '{"output_schema": true}'
        where model_id = ${claude35}`,
    "schema",
  ],
];

for (const [what, model_id, prepare, name] of falseClaims) {
  Deno.test(`validate with a probe fails where a row claims ${what} that its model does not take`, () =>
    withFreshProject(stack, async (project) => {
      await prepare(project);
      const { body } = await manage(project, { action: "validate", model_id, probe: true });
      expect(body).toMatchObject({ valid: false, probe: { passed: false } });
      const failed = body.probe.checks.filter((check: { ok: boolean | null }) => !check.ok);
      expect(failed).toMatchObject([{
        name,
        error_code: "bedrock_request_refused",
        hint: expect.stringContaining("capabilities of the model's row"),
      }]);
    }));
}

Deno.test("validate with a probe sends little, and a switch's probe sends text only", () =>
  withFreshProject(stack, async (project) => {
    const { bedrock } = project;
    const { body } = await manage(project, { action: "validate", model_id: opus, probe: true });
    expect(body.probe.passed).toBe(true);
    expect(body.probe.input_tokens + body.probe.output_tokens).toBeLessThan(1000);
    for (const call of await bedrock.requests()) {
      expect((call.body as { max_tokens: number }).max_tokens).toBeLessThanOrEqual(1000);
    }
    await bedrock.clearRequests();
    const switched = (await manage(project, { action: "set-default", model_id: opus })).body;
    expect(switched.probe.checks.map((check: { name: string }) => check.name))
      .toEqual(["invoke", "stream"]);
    expect(switched.probe.input_tokens + switched.probe.output_tokens).toBeLessThan(150);
    expect(await bedrock.requests()).toHaveLength(2);
  }));

Deno.test("validate tells a check that the probe cannot make, and does not count it", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set capabilities =
        jsonb_set(capabilities, '{images,types}', '["image/gif"]') where model_id = ${novaLite}`;
    const { body } = await manage(project, {
      action: "validate",
      model_id: novaLite,
      probe: true,
    });
    expect(body).toMatchObject({ valid: true, probe: { passed: true } });
    expect(body.probe.checks.filter((check: { ok: boolean | null }) => !check.ok)).toMatchObject([{
      name: "image",
      ok: null,
      message: "Not tried: the probe has no image of image/gif.",
      latency_ms: null,
    }]);
  }));
