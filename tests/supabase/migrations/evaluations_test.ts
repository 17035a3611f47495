/** Evaluations: who may attach and read them, and the switches that are refused without one. */
import { expect } from "@std/expect";
import { attachEvaluation, passingEvaluation } from "../../support/evaluations.ts";
import {
  anon,
  type Caller,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

/** Expects a refusal in these words. */
async function refusedWith(
  statement: Promise<unknown>,
  expected: { code: string; detail: string; message?: string; hint?: string },
): Promise<void> {
  const { code, detail = "", message, hint = "" } = await refused(statement);
  expect({ code, detail, message, hint }).toMatchObject(expected);
}

/** Has an assistant require evaluations. */
async function require(
  { as }: TestDatabase,
  type: string,
  fields: Record<string, unknown> = {},
): Promise<void> {
  await as(serviceRole, (sql) =>
    sql`select public.set_assistant(
      ${type}, ${sql.json({ requires_evaluation: true, ...fields } as never)})`);
}

const assign = ({ as }: TestDatabase, type: string, modelId: string | null) =>
  as(serviceRole, (sql) => sql`select public.assign_model(${type}, ${modelId})`);

const switchTo = ({ as }: TestDatabase, modelId: string) =>
  as(serviceRole, (sql) => sql`select public.set_default_model(${modelId})`);

const missing = ({ as }: TestDatabase, modelId: string | null, type: string | null = null) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.missing_evaluations(${modelId}, ${type}) as missing`;
    return row?.missing;
  });

/** The refusal of a model by an assistant, with the command to run. */
function required(type: string, modelId: string, lack: string) {
  return {
    code: "PT409",
    detail: "evaluation_required",
    message: `${type} changes its model only with a passing evaluation, and ${modelId} ${lack}.`,
    hint: `Run: deno task evals ${modelId} --assistant ${type}`,
  };
}

const none = "has no evaluation with its present prompt and settings";

Deno.test("attach_evaluation() keeps figures and the actor, once a file, and raises no version", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const [before] = await sql`select version from public.registry_version`;
    const stated = { ...passingEvaluation(), passed: 3, failed: 1, errors: 1, score: 0.7 };
    const first = await attachEvaluation(database, novaPro, "health", stated);
    expect(first.is_new).toBe(true);
    expect(first.evaluation).toEqual({
      ...stated,
      ended_at: undefined,
      id: expect.any(Number),
      model_id: novaPro,
      assistant_type: "health",
      prompt_version: expect.stringMatching(/^[0-9a-f]{64}$/),
      ran_at: expect.any(String),
      created_at: expect.any(String),
      actor_user_id: null,
      actor_email: null,
      actor_key_name: "ci",
      actor_proven: false,
      database_role: "service_role",
      source: "cli",
      reason: null,
      is_passing: false,
      is_of_present_prompt: true,
    });
    const again = await attachEvaluation(database, novaPro, "health", stated);
    expect(again).toEqual({ ...first, is_new: false });
    const other = await attachEvaluation(database, novaMicro, "health", stated);
    expect(other.evaluation.id).not.toBe(first.evaluation.id);
    expect((await sql`select version from public.registry_version`)[0]).toEqual(before);
  });
});

Deno.test("evaluations are written by attach_evaluation() alone, and read by platform admins", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    await attachEvaluation(database, novaPro, "health");
    const rows = (caller: Caller) =>
      as(caller, async (session) => (await session`select id from public.ai_evaluations`).length);
    expect(await rows(platformAdmin)).toBe(1);
    expect(await rows(serviceRole)).toBe(1);
    expect(await rows(patient)).toBe(0);
    expect(await refusal(rows(anon))).toBe("42501");
    for (const caller of [serviceRole, platformAdmin]) {
      const writes = [
        "update public.ai_evaluations set passed = 9, failed = 0",
        "delete from public.ai_evaluations",
        `insert into public.ai_evaluations (model_id, assistant_type, passed) values ('a', 'b', 1)`,
      ];
      for (const write of writes) {
        expect(await refusal(as(caller, (session) => session.unsafe(write)))).toBe("42501");
      }
    }
    const call = (session: TestDatabase["sql"] | Parameters<Parameters<typeof as>[1]>[0]) =>
      session`select public.attach_evaluation(${novaPro}, 'health', ${
        sql.json(passingEvaluation() as never)
      })`;
    for (const caller of [anon, patient, platformAdmin]) {
      expect(await refusal(as(caller, call))).toBe("42501");
    }
  });
});

Deno.test("attach_evaluation() refuses counts and times that cannot be, and what is not there", async () => {
  await withDatabase(async (database) => {
    const attach = (stated: Record<string, unknown>, model = novaPro, type = "health") =>
      attachEvaluation(database, model, type, stated);
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    await refusedWith(attach({}, "no.such"), { code: "PT404", detail: "model_not_found" });
    await refusedWith(attach({}, novaPro, "nobody"), {
      code: "PT404",
      detail: "assistant_not_found",
    });
    const invalid = { code: "PT400", detail: "invalid_request" };
    await refusedWith(attach({ ran_at: hour(1), ended_at: hour(1) }), invalid);
    await refusedWith(attach({ ran_at: hour(-1), ended_at: hour(-2) }), invalid);
    await refusedWith(attach({ ran_at: null }), invalid);
    // Before the assistant was there.
    await database.sql`insert into public.ai_assistants (assistant_type, name) values ('new', 'N')`;
    await refusedWith(attach({ ran_at: hour(-1), ended_at: hour(-1) }, novaPro, "new"), invalid);
    for (const counts of [{ passed: 0 }, { failed: -1 }, { errors: 100_000 }, { score: 1.1 }]) {
      expect(await refusal(attach(counts))).toBe("23514");
    }
  });
});

Deno.test("an evaluation is of the prompt that it ran with, and refused if that changed meanwhile", async () => {
  await withDatabase(async (database) => {
    const begun = await attachEvaluation(database, novaPro, "health");
    const ran_at = new Date().toISOString();
    await database.sql`
      update public.ai_assistants set system_prompt = 'Another prompt.'
      where assistant_type = 'health'`;
    // It ended before the change.
    const { evaluation } = await attachEvaluation(database, novaPro, "health", {
      ran_at,
      ended_at: ran_at,
    });
    expect(evaluation).toMatchObject({
      prompt_version: begun.evaluation.prompt_version,
      is_of_present_prompt: false,
    });
    await refusedWith(
      attachEvaluation(database, novaPro, "health", {
        ran_at,
        ended_at: new Date(Date.now() + 1000).toISOString(),
      }),
      { code: "PT409", detail: "registry_changed" },
    );
  });
});

Deno.test("an assistant that requires it changes its model only to one that passed its evaluation", async () => {
  await withDatabase(async (database) => {
    await assign(database, "health", novaPro);
    await require(database, "health", { evaluation_max_age_days: 30 });
    await refusedWith(assign(database, "health", novaMicro), required("health", novaMicro, none));
    // Also in SQL with a secret key.
    const byHand = database.as(serviceRole, (sql) =>
      sql`
      update public.ai_assistants set model_version = ${novaMicro}, requires_evaluation = false
      where assistant_type = 'health'`);
    await refusedWith(byHand, required("health", novaMicro, none));
    expect(await missing(database, novaMicro, "health")).toEqual([
      { assistant_type: "health", model_id: novaMicro, lack: none },
    ]);

    // Of another model, of another assistant, too old, and failed.
    await attachEvaluation(database, novaLite, "health");
    await attachEvaluation(database, novaMicro, "clinical");
    await refusedWith(assign(database, "health", novaMicro), required("health", novaMicro, none));
    await database.sql`
      alter table public.model_switches disable trigger refuse_change`;
    await database.sql`
      update public.model_switches set created_at = created_at - interval '1 year'`;
    const old = new Date(Date.now() - 31 * 86_400_000).toISOString();
    await attachEvaluation(database, novaMicro, "health", { ran_at: old, ended_at: old });
    await refusedWith(
      assign(database, "health", novaMicro),
      required("health", novaMicro, "was evaluated more than 30 days ago"),
    );
    await attachEvaluation(database, novaMicro, "health", { passed: 3, failed: 1, errors: 1 });
    await refusedWith(
      assign(database, "health", novaMicro),
      required("health", novaMicro, "failed 2 of 5 cases of its evaluation"),
    );

    await attachEvaluation(database, novaMicro, "health");
    expect(await missing(database, novaMicro, "health")).toEqual([]);
    await assign(database, "health", novaMicro);
    // Back to what it was: no evaluation is asked for.
    await assign(database, "health", novaPro);
  });
});

Deno.test("an evaluation of another prompt, or of other settings, does not count", async () => {
  await withDatabase(async (database) => {
    await require(database, "health");
    await attachEvaluation(database, novaPro, "health");
    await require(database, "health", { model_config: { temperature: 0.2 } });
    await refusedWith(assign(database, "health", novaPro), required("health", novaPro, none));
    // A name is no part of what is asked.
    await attachEvaluation(database, novaPro, "health");
    await require(database, "health", { name: "Another name" });
    await assign(database, "health", novaPro);
  });
});

Deno.test("the default changes only to a model that its followers have evaluated, and back at once", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await sql`update public.ai_assistants set model_version = null where assistant_type = 'operations'`;
    const [former] = await sql`select model_id from public.bedrock_models where is_default`;
    const [candidate] = await sql`
      select model_id from public.bedrock_models
      where is_available and not is_default order by model_id limit 1`;
    const model = candidate!.model_id;
    await require(database, "operations");
    await refusedWith(switchTo(database, model), required("operations", model, none));
    const byHand = (set: string) =>
      as(serviceRole, (session) => session.unsafe(`update public.bedrock_models set ${set}`));
    await refusedWith(
      byHand(`is_default = true where model_id = '${model}'`),
      required("operations", model, none),
    );
    await refusedWith(
      byHand(`model_id = 'eu.renamed-v1:0' where is_default`),
      required("operations", "eu.renamed-v1:0", none),
    );
    await refusedWith(
      byHand(`use_case = 'operations', is_available = true where model_id = '${model}'`),
      required("operations", model, none),
    );
    await refusedWith(
      as(serviceRole, (session) =>
        session`
          insert into public.bedrock_models
            (model_id, model_name, provider, format, geographies, max_tokens, context_window,
             is_available, is_default)
          values ('eu.other-v1:0', 'Other', 'Other', 'converse', '{eu}', 100, 1000, true, true)`),
      required("operations", "eu.other-v1:0", none),
    );
    expect(await missing(database, model)).toEqual([
      { assistant_type: "operations", model_id: model, lack: none },
    ]);

    await attachEvaluation(database, model, "operations");
    expect(await missing(database, model)).toEqual([]);
    await switchTo(database, model);
    // Neither a rollback nor a switch back needs an evaluation.
    await as(serviceRole, (session) => session`select public.roll_back_switches()`);
    expect((await sql`select model_id from public.bedrock_models where is_default`)[0])
      .toEqual(former);
    await switchTo(database, model);
    await switchTo(database, former!.model_id);
  });
});

Deno.test("an assistant that requires it comes to the default only if that is evaluated", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`insert into public.ai_assistants (assistant_type, name, model_version)
      values ('triage', 'Triage', ${novaMicro})`;
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaPro}`;
    await require(database, "triage");
    await refusedWith(assign(database, "triage", null), required("triage", novaPro, none));
    expect(await missing(database, null, "triage")).toMatchObject([{ model_id: novaPro }]);
    await attachEvaluation(database, novaPro, "triage");
    await assign(database, "triage", null);
    // The same model as its own is no change.
    await assign(database, "triage", novaPro);
    await sql`update public.bedrock_models set is_default = false where is_default`;
    expect(await missing(database, null, "triage")).toEqual([]);
    await require(database, "operations");
    await refusedWith(assign(database, "operations", null), {
      code: "PT409",
      detail: "evaluation_required",
      message: "operations changes its model only with a passing evaluation, and the default is " +
        "no model at present.",
    });
  });
});

Deno.test("a rollout begins only with a model that is evaluated, for an assistant and for the default", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    const start = (type: string | null) =>
      as(
        serviceRole,
        (session) => session`select public.start_rollout(${novaMicro}, 10, ${type}) as started`,
      );
    await require(database, "health");
    await require(database, "platform");
    await refusedWith(start("health"), required("health", novaMicro, none));
    await refusedWith(start(null), required("platform", novaMicro, none));
    const byHand = as(serviceRole, (session) =>
      session`
        update public.ai_assistants set canary_model_id = ${novaMicro}, canary_share = 10
        where assistant_type = 'health'`);
    await refusedWith(byHand, required("health", novaMicro, none));

    await attachEvaluation(database, novaMicro, "health");
    await attachEvaluation(database, novaMicro, "platform");
    await start("health");
    await start(null);
    // Its prompt has changed since it began.
    await require(database, "health", { system_prompt: "Another prompt." });
    const promote = () =>
      as(serviceRole, async (session) => {
        const [row] = await session`
          select id from public.ai_rollouts where assistant_type = 'health'`;
        await session`select public.end_rollout(${row!.id}, 'promote')`;
      });
    await refusedWith(promote(), required("health", novaMicro, none));
    await attachEvaluation(database, novaMicro, "health");
    await promote();
    const [row] = await sql`
      select model_version, canary_model_id from public.ai_assistants
      where assistant_type = 'health'`;
    expect(row).toEqual({ model_version: novaMicro, canary_model_id: null });
  });
});

Deno.test("an assistant that is deleted and comes back takes no other model without evaluation", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.ai_assistants set model_version = ${novaLite} where assistant_type = 'operations'`;
    await require(database, "operations");
    await database.sql`delete from public.ai_user_roles where assistant_type = 'operations'`;
    const back = (modelId: string, requires: boolean) =>
      database.as(serviceRole, (sql) =>
        sql`
          with gone as (
            delete from public.ai_assistants where assistant_type = 'operations' returning *)
          insert into public.ai_assistants (
            assistant_type, name, system_prompt, model_version, requires_evaluation)
          select assistant_type, name, system_prompt, ${modelId}, ${requires} from gone`);
    await refusedWith(back(novaMicro, true), required("operations", novaMicro, none));
    await refusedWith(back(novaMicro, false), required("operations", novaMicro, none));
    await back(novaLite, true);
  });
});

Deno.test("what answers an assistant by its use case is evaluated like its own model", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await sql`insert into public.ai_assistants (assistant_type, name, model_version)
      values ('triage', 'Triage', ${novaPro})`;
    const byHand = (set: string, modelId: string) =>
      as(
        serviceRole,
        (session) =>
          session.unsafe(`update public.bedrock_models set ${set} where model_id = '${modelId}'`),
      );
    await byHand("is_default = true", novaPro);
    await byHand("use_case = 'triage', priority = 7", novaLite);
    await byHand("use_case = 'triage', priority = 9", novaMicro);
    await require(database, "triage");
    // Without a model of its own, the first of its use case answers, and not the default.
    await refusedWith(assign(database, "triage", null), required("triage", novaLite, none));
    expect(await missing(database, null, "triage")).toMatchObject([{ model_id: novaLite }]);
    await attachEvaluation(database, novaLite, "triage");
    expect(await missing(database, null, "triage")).toEqual([]);
    await assign(database, "triage", null);
    // Another becomes the first of them.
    await refusedWith(byHand("priority = 5", novaMicro), required("triage", novaMicro, none));
    await byHand("priority = 8", novaMicro);
    await refusedWith(byHand("priority = 9", novaLite), required("triage", novaMicro, none));
    // What answers it does not change.
    await byHand("priority = 6", novaLite);
    // Nor is it held up that the first can answer no more.
    await byHand("is_available = false", novaLite);
    await byHand("is_available = true", novaLite);
  });
});

Deno.test("an assistant that follows the default again follows what it has followed before, or what is evaluated", async () => {
  await withDatabase(async (database) => {
    const { sql, as } = database;
    await sql`insert into public.ai_assistants (assistant_type, name) values ('triage', 'Triage')`;
    await sql`update public.bedrock_models set is_default = true where model_id = ${novaPro}`;
    await assign(database, "triage", novaMicro);
    await require(database, "triage");
    await assign(database, "triage", null);
    await assign(database, "triage", novaMicro);
    // Not followed by it, the default may become any model.
    await switchTo(database, novaLite);
    await refusedWith(assign(database, "triage", null), required("triage", novaLite, none));
    expect(await missing(database, null, "triage")).toMatchObject([{ model_id: novaLite }]);
    // Nor one that was not there when it followed the default.
    await sql`
      insert into public.bedrock_models
        (model_id, model_name, provider, format, geographies, max_tokens, context_window,
         is_available, is_default)
      values ('eu.new-v1:0', 'New', 'Other', 'converse', '{eu}', 100, 1000, true, true)`;
    await refusedWith(assign(database, "triage", null), required("triage", "eu.new-v1:0", none));
    await switchTo(database, novaPro);
    expect(await missing(database, null, "triage")).toEqual([]);
    await assign(database, "triage", null);
    // Also as its own, what it has followed before.
    await assign(database, "triage", novaMicro);
    await assign(database, "triage", novaPro);
    await assign(database, "triage", null);
    // A rollback to before all of it needs nothing.
    await assign(database, "triage", novaMicro);
    await switchTo(database, novaLite);
    const [first] = await sql`
      select min(id) as id from public.model_switches
      where assistant_type = 'triage' and row_after ->> 'model_version' = ${novaMicro}`;
    await as(serviceRole, (session) => session`select public.roll_back_switches(${first!.id})`);
    expect(
      (await sql`select model_version from public.ai_assistants where assistant_type = 'triage'`)[
        0
      ],
    )
      .toEqual({ model_version: null });
  });
});

Deno.test("a canary that was taken back begins again only with an evaluation that is fresh", async () => {
  await withDatabase(async (database) => {
    const { as } = database;
    const start = (type: string | null) =>
      as(serviceRole, async (session) => {
        const [row] = await session`
          select public.start_rollout(${novaMicro}, 10, ${type}) -> 'rollout' -> 'id' as id`;
        return row!.id as number;
      });
    for (const [type, of] of [["health", "health"], [null, "platform"]] as const) {
      await require(database, of);
      await attachEvaluation(database, novaMicro, of);
      const id = await start(type);
      // More of a share needs it too; less, and what was, do not.
      const share = (percent: number) =>
        as(serviceRole, (session) => session`select public.set_rollout_share(${id}, ${percent})`);
      await share(20);
      await attachEvaluation(database, novaMicro, of, { passed: 0, failed: 5 });
      const failed = "failed 5 of 5 cases of its evaluation";
      await refusedWith(share(100), required(of, novaMicro, failed));
      await share(5);
      await share(20);
      await as(serviceRole, (session) => session`select public.end_rollout(${id}, 'revert')`);
      await attachEvaluation(database, novaMicro, of, { passed: 4, failed: 1 });
      await refusedWith(
        start(type),
        required(of, novaMicro, "failed 1 of 5 cases of its evaluation"),
      );
      // What a rollback finds of it has ended, and does not come back.
      await as(serviceRole, (session) => session`select public.roll_back_switches()`);
    }
  });
});

Deno.test("list_evaluations() lists the newest runs first, of a model or an assistant", async () => {
  await withDatabase(async (database) => {
    const first = await attachEvaluation(database, novaPro, "health");
    const second = await attachEvaluation(database, novaPro, "clinical");
    const third = await attachEvaluation(database, novaMicro, "clinical", { failed: 1 });
    const list = (model: string | null, type: string | null, limit = 50) =>
      database.as(serviceRole, async (sql) => {
        const [row] = await sql`
          select public.list_evaluations(${model}, ${type}, ${limit}) as listed`;
        return row!.listed.evaluations.map(({ id }: { id: number }) => id);
      });
    const ids = [third, second, first].map(({ evaluation }) => evaluation.id);
    expect(await list(null, null)).toEqual(ids);
    expect(await list(novaPro, null)).toEqual(ids.slice(1));
    expect(await list(null, "clinical")).toEqual(ids.slice(0, 2));
    expect(await list(novaPro, "health")).toEqual([ids[2]]);
    expect(await list(null, null, 1)).toEqual([ids[0]]);
  });
});
