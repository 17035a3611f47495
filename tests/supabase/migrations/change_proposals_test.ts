/** Proposals: who may decide on them, what is applied, and what keeps them from it. */
import { expect } from "@std/expect";
import {
  type Admin,
  approve,
  entries,
  listed,
  propose,
  protect,
  twoAdmins,
} from "../../support/second_person.ts";
import {
  anon,
  patient,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

const toPro = { action: "set-assistant-model", assistant_type: "health", model_id: novaPro };

async function modelOf({ sql }: TestDatabase, type = "health"): Promise<string | null> {
  const [row] = await sql`
    select model_version from public.ai_assistants where assistant_type = ${type}`;
  return row?.model_version;
}

/** The code that an approval is refused with. */
async function refusalOf(database: TestDatabase, by: Admin, id: number): Promise<string> {
  return (await refused(approve(database, by, id))).detail ?? "";
}

Deno.test("approve_change() applies a proposal once, and answers the same when it is repeated", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    const proposal = await propose(database, toPro, { by: ada });
    expect(proposal).toMatchObject({ status: "open", proposed_by: ada.userId, change: toPro });
    expect(await modelOf(database)).toBe(novaLite);
    const first = await approve(database, ben, proposal.id);
    expect(first).toMatchObject({ status: "applied", decided_by: ben.userId, problem: null });
    expect(await modelOf(database)).toBe(novaPro);
    const [entry] = await database.sql`
      select approval, proposal_id::int, actor_user_id, actor_proven, probe
      from public.model_switches order by id desc limit 1`;
    expect({ ...entry }).toEqual({
      approval: "approved",
      proposal_id: proposal.id,
      actor_user_id: ben.userId,
      actor_proven: true,
      probe: "skipped",
    });
    await database.as(serviceRole, (sql) => sql`select public.roll_back_switches()`);
    // A replay changes nothing: not the row, and not the answer.
    expect(await approve(database, ben, proposal.id)).toEqual(first);
    expect(await modelOf(database)).toBe(novaLite);
  });
});

Deno.test("two admins approve at once: the change is made once", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const cleo: Admin = { ...ben, userId: patient.userId, sessionId: crypto.randomUUID() };
    await database.sql`
      insert into public.ai_user_roles (user_id, assistant_type) values (${cleo.userId}, 'platform')`;
    await database.sql`
      insert into auth.sessions (id, user_id) values (${cleo.sessionId}, ${cleo.userId})`;
    await protect(database, "health");
    const { id } = await propose(database, toPro, { by: ada });
    const answers = await Promise.all([
      approve(database, ben, id),
      approve(database, cleo, id),
      approve(database, ben, id),
    ]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const [count] = await database.sql`
      select count(*)::int as entries from public.model_switches where proposal_id = ${id}`;
    expect(count?.entries).toBe(1);
  });
});

Deno.test("approve_change() is for another platform admin, who is known and not said to be one", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    const { id } = await propose(database, toPro, { by: ada });
    expect(await refusalOf(database, ada, id)).toBe("second_person_required");
    expect(await refusalOf(database, { ...ben, userId: patient.userId }, id))
      .toBe("invalid_credentials");

    // As a role of the API, also with the claims of a token that was not verified.
    const claims = JSON.stringify({
      role: "authenticated",
      sub: ben.userId,
      session_id: ben.sessionId,
    });
    for (const caller of [serviceRole, anon]) {
      const error = await refused(database.as(caller, async (sql) => {
        await sql`select set_config('request.jwt.claims', ${claims}, true)`;
        await sql`select public.approve_change(${id})`;
      }));
      expect(error.code).toBe("42501");
    }
    // As the owner, who may call anything, and is no second person.
    const owner = await refused(database.sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${claims}, true)`;
      await sql`select public.approve_change(${id})`;
    }));
    expect(owner.detail).toBe("second_person_required");
    expect(await modelOf(database)).toBe(novaLite);
  });
});

Deno.test("approve_change() asks who the user is at this moment: role, session, ban, second factor", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const { id } = await propose(database, toPro, { by: ada });
    await sql`update public.registry_settings set require_mfa = true`;
    expect(await refusalOf(database, ben, id)).toBe("insufficient_aal");
    await sql`update public.registry_settings set require_mfa = false`;
    await sql`update auth.users set banned_until = now() + interval '1 day' where id = ${ben.userId}`;
    expect(await refusalOf(database, ben, id)).toBe("invalid_credentials");
    await sql`update auth.users set banned_until = null where id = ${ben.userId}`;
    await sql`
      update public.ai_user_roles set assistant_type = 'clinical' where user_id = ${ben.userId}`;
    expect(await refusalOf(database, ben, id)).toBe("forbidden");
    await sql`
      update public.ai_user_roles set assistant_type = 'platform' where user_id = ${ben.userId}`;
    await sql`delete from auth.sessions where id = ${ben.sessionId}`;
    expect(await refusalOf(database, ben, id)).toBe("invalid_credentials");
    expect(await refusalOf(database, { ...ben, sessionId: undefined as never }, id))
      .toBe("invalid_credentials");
    expect(await modelOf(database)).toBe(novaLite);
    await sql`insert into auth.sessions (id, user_id) values (${ben.sessionId}, ${ben.userId})`;
    // Who proposed it may be gone by then.
    await sql`delete from public.ai_user_roles where user_id = ${ada.userId}`;
    expect(await approve(database, ben, id)).toMatchObject({
      status: "returned",
      problem: "who proposed it is no platform admin any more",
    });
    expect(await modelOf(database)).toBe(novaLite);
  });
});

Deno.test("a proposal whose rows have changed is returned with what has changed", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const change = {
      action: "set-assistant",
      assistant_type: "health",
      system_prompt: "Be brief.",
    };
    const prompt = await propose(database, change, { by: ada });
    await database.as(serviceRole, (tx) =>
      tx`
      select public.set_assistant('health', '{"max_output_tokens": 900}')`);
    expect(await approve(database, ben, prompt.id)).toMatchObject({
      status: "returned",
      problem: "assistant health has changed: max_output_tokens",
    });

    const standard = await propose(database, { action: "set-default", model_id: novaLite });
    await sql`select public.set_default_model(${novaMicro})`;
    await sql`update public.bedrock_models set max_tokens = 999 where model_id = ${novaLite}`;
    expect(await approve(database, ben, standard.id)).toMatchObject({
      status: "returned",
      problem: `model ${novaLite} has changed: max_tokens; the default is another one now`,
    });
    expect(await approve(database, ben, standard.id)).toMatchObject({ status: "returned" });
    const [row] = await sql`
      select system_prompt from public.ai_assistants where assistant_type = 'health'`;
    expect(row?.system_prompt).not.toBe("Be brief.");
  });
});

Deno.test("no role but the owner changes a proposal, and none calls what applies it", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    const { id } = await propose(database, toPro, { by: ada });
    const attempts = [
      `update public.ai_change_proposals set is_applying = true`,
      `update public.ai_change_proposals set status = 'approved'`,
      `update public.ai_change_proposals set arguments = '{"p_model_id": "eu.evil"}'`,
      `insert into public.ai_change_proposals (change, function_name, arguments, decided_on,
        registry_version, database_role, is_applying)
        values ('{"action": "enable"}', 'enable_model', '{}', '{}', 1, 'x', true)`,
      `delete from public.ai_change_proposals`,
      `insert into public.model_switch_signatures (switch_id, signed_by) values (1, gen_random_uuid())`,
      `update switchboard.protected_assistants set state = null`,
      `delete from switchboard.protected_assistants`,
      `select switchboard.apply_proposal(c, 'api') from public.ai_change_proposals as c`,
      `select switchboard.call_proposed(c, null, null) from public.ai_change_proposals as c`,
      `select switchboard.apply_due_changes()`,
      `select switchboard.guard_protected()`,
    ];
    for (const caller of [serviceRole, ben]) {
      for (const attempt of attempts) {
        const error = await refused(database.as(caller, (sql) => sql.unsafe(attempt)));
        expect([attempt, error.code]).toEqual([attempt, "42501"]);
      }
    }
    const [row] = await database.sql`
      select status, is_applying from public.ai_change_proposals where id = ${id}`;
    expect({ ...row }).toEqual({ status: "open", is_applying: false });
  });
});

Deno.test("what a transaction changes besides an approved change is not approved with it", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    await protect(database, "clinical");
    const { id } = await propose(database, toPro, { by: ada });
    const error = await refused(database.as(ben, async (sql) => {
      await sql`select public.approve_change(${id})`;
      await sql`select set_config('role', 'service_role', true)`;
      await sql`select public.assign_model('clinical', ${novaMicro})`;
    }));
    expect(error.detail).toBe("approval_required");
    expect(await modelOf(database)).toBe(novaLite);
  });
});

Deno.test("propose_change() refuses what could not be applied, and leaves nothing of trying it", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await protect(database, "health");
    const [before] = await sql`
      select version::int, last_switch_hash from public.registry_version`;
    const refusals: readonly (readonly [unknown, string])[] = [
      [{ action: "set-default", model_id: "eu.none" }, "model_not_found"],
      [{ ...toPro, assistant_type: "none" }, "assistant_not_found"],
      [{ action: "set-assistant", assistant_type: "health", colour: 1 }, "invalid_request"],
      [{ action: "set-role", email: "a@b", assistant_type: "platform" }, "invalid_request"],
      [{ action: "set-default", model_id: novaLite, p_probe_id: 1 }, "invalid_request"],
      [{ action: "set-aliases", model_id: novaLite, aliases: ["default"] }, "alias_taken"],
      [{ action: "remove-limit", id: 99 }, "limit_not_found"],
      [{ action: "enable; drop table public.ai_usage" }, "invalid_request"],
    ];
    for (const [change, code] of refusals) {
      const error = await refused(propose(database, change));
      expect([change, error.detail]).toEqual([change, code]);
    }
    const past = await refused(propose(database, toPro, { effectiveAt: "2020-01-01T00:00:00Z" }));
    expect(past.detail).toBe("invalid_request");
    await propose(database, toPro);
    const [after] = await sql`select version::int, last_switch_hash from public.registry_version`;
    expect(after).toEqual(before);
    expect((await listed(database)).proposals).toHaveLength(1);
  });
});

Deno.test("every change that can be proposed is applied as its action would make it", async () => {
  await withDatabase(async (database) => {
    const { ben } = await twoAdmins(database);
    const { sql } = database;
    const apply = async (change: unknown) => {
      const { id } = await propose(database, change);
      expect(await approve(database, ben, id)).toMatchObject({ status: "applied" });
    };
    await apply({ action: "set-default", model_id: novaLite });
    await apply({ ...toPro, fallback_models: [novaMicro] });
    await apply({ action: "disable", model_id: novaMicro, now: true });
    await apply({ action: "enable", model_id: novaMicro });
    await apply({ action: "set-price", model_id: novaMicro, input_cost_per_mtok: null });
    await apply({ action: "set-aliases", model_id: novaMicro, aliases: ["tiny"] });
    await apply({
      action: "set-assistant",
      assistant_type: "health",
      max_output_tokens: null,
      model_config: { effort: "low" },
      is_protected: true,
    });
    await apply({
      action: "set-limit",
      scope: { kind: "each_user", id: "health" },
      unit: "turns",
      amount: 9,
      period: "hour",
    });
    const [limit] = await sql`
      select id::int, assistant_type from public.ai_limits where amount = 9 and period = 'hour'`;
    expect(limit?.assistant_type).toBe("health");
    await apply({ action: "remove-limit", id: limit?.id });
    expect(await sql`select from public.ai_limits where id = ${limit?.id}`).toHaveLength(0);
    const [micro] = await sql`
      select is_available, serves_pinned, input_cost_per_mtok, aliases
      from public.bedrock_models where model_id = ${novaMicro}`;
    expect({ ...micro }).toEqual({
      is_available: true,
      serves_pinned: true,
      input_cost_per_mtok: null,
      aliases: ["tiny"],
    });
    const [health] = await sql`
      select model_version, fallback_models, model_config, is_protected
      from public.ai_assistants where assistant_type = 'health'`;
    expect({ ...health }).toEqual({
      model_version: novaPro,
      fallback_models: [novaMicro],
      model_config: { effort: "low" },
      is_protected: true,
    });
    expect(await entries(database, 1)).toEqual(["remove-limit approved"]);
  });
});

Deno.test("with effective_at the tick applies it, if its people still are platform admins", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const due = async () => {
      await sql`
        update public.ai_change_proposals set effective_at = now() where status = 'approved'`;
      await sql`select public.tick()`;
    };
    const first = await propose(database, toPro, { by: ada, effectiveAt: inAnHour });
    expect(await approve(database, ben, first.id)).toMatchObject({ status: "approved" });
    await sql`select public.tick()`;
    expect(await modelOf(database)).toBe(novaLite);
    await sql`update auth.users set banned_until = now() + interval '1 day' where id = ${ben.userId}`;
    await due();
    expect(await modelOf(database)).toBe(novaLite);
    expect((await listed(database)).proposals[0]).toMatchObject({
      status: "returned",
      problem: "who approved it is no platform admin any more",
    });
    await sql`update auth.users set banned_until = null where id = ${ben.userId}`;
    const second = await propose(database, toPro, { by: ada, effectiveAt: inAnHour });
    await approve(database, ben, second.id);
    await due();
    expect(await modelOf(database)).toBe(novaPro);
    expect(await entries(database, 1)).toEqual(["assign approved"]);
    const [step] = await sql`
      select result, last_error from switchboard.tick_steps where step = 'apply-changes'`;
    expect({ ...step }).toEqual({
      result: { applied: 1, returned: 0, expired: 0 },
      last_error: null,
    });
  });
});

Deno.test("a proposal that expired, or was rejected while it waited, is not applied", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const late = await propose(database, toPro, { by: ada });
    await sql`update public.ai_change_proposals set expires_at = now() where id = ${late.id}`;
    expect(await refusalOf(database, ben, late.id)).toBe("proposal_not_open");
    await sql`select public.tick()`;
    const [row] = await sql`select status from public.ai_change_proposals where id = ${late.id}`;
    expect(row?.status).toBe("expired");

    const effectiveAt = new Date(Date.now() + 3_600_000).toISOString();
    const waiting = await propose(database, toPro, { by: ada, effectiveAt });
    await approve(database, ben, waiting.id);
    const reject = () =>
      database.as(serviceRole, (tx) =>
        tx`
          select public.reject_change(${waiting.id}, ${ada.userId}, p_reason => 'Not today.')`);
    await reject();
    await reject();
    await sql`update public.ai_change_proposals set effective_at = now() where id = ${waiting.id}`;
    await sql`select public.tick()`;
    expect(await modelOf(database)).toBe(novaLite);
    expect(await refusalOf(database, ben, waiting.id)).toBe("proposal_not_open");
  });
});
