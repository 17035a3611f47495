/** What a proposal was decided on, and what is approved at the same time as it changes. */
import { expect } from "@std/expect";
import { approve, entries, propose, protect, twoAdmins } from "../../support/second_person.ts";
import {
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

/** Until so many sessions wait for a lock. */
async function untilWaiting({ sql }: TestDatabase, count: number): Promise<void> {
  for (;;) {
    const [row] = await sql`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    if (row?.waiting >= count) return;
  }
}

Deno.test("to follow the default is decided on which model that is, and on those of the use case", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    const follow = { action: "set-assistant-model", assistant_type: "health", model_id: null };
    const first = await propose(database, follow, { by: ada });
    // While it has a model of its own, both are free.
    await database.as(serviceRole, (sql) => sql`select public.set_default_model(${novaMicro})`);
    expect(await approve(database, ben, first.id)).toMatchObject({
      status: "returned",
      problem: "the default is another one now",
    });
    const second = await propose(database, follow, { by: ada });
    await database.as(serviceRole, (sql) =>
      sql`
        update public.bedrock_models set use_case = 'health', is_available = true
        where model_id = ${novaPro}`);
    expect(await approve(database, ben, second.id)).toMatchObject({
      status: "returned",
      problem: `model ${novaPro} is new`,
    });
  });
});

Deno.test("the end of a rollout is decided on its share, and on that it was not found worse", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    const [started] = await sql`
      select (public.start_rollout(${novaPro}, 10, 'health') #>> '{rollout,id}')::int as id`;
    const id = Number(started?.id);
    const promote = { action: "end-rollout", id, outcome: "promote" };
    const share = await propose(database, promote, { by: ada });
    await sql`select public.set_rollout_share(${id}, 50)`;
    expect(await approve(database, ben, share.id)).toMatchObject({
      status: "returned",
      problem: `rollout ${id} has changed: share`,
    });
    const worse = await propose(database, promote, { by: ada });
    await sql`update public.ai_rollouts set found_worse_at = now() where id = ${id}`;
    expect(await approve(database, ben, worse.id)).toMatchObject({
      status: "returned",
      problem: `rollout ${id} has changed: found_worse_at`,
    });
  });
});

Deno.test("a model of a protected assistant is retired by a proposal, which the refusal names", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const retire = () =>
      database.as(serviceRole, (tx) => tx`select public.retire_model(${novaLite}, ${novaPro})`);
    const { detail, hint } = await refused(retire());
    expect([detail, hint]).toEqual([
      "approval_required",
      `Propose it: ${novaLite} retire --successor ${novaPro} --propose, or over REST ` +
      `{"action":"propose","change":{"action": "retire", "model_id": "${novaLite}", ` +
      `"successor_model_id": "${novaPro}"}}.`,
    ]);
    const change = { action: "retire", model_id: novaLite, successor_model_id: novaPro };
    const late = await propose(database, change, { by: ada });
    await sql`update public.ai_assistants set model_version = ${novaLite} where assistant_type = 'clinical'`;
    expect(await approve(database, ben, late.id)).toMatchObject({
      status: "returned",
      problem: "assistant clinical is new",
    });
    const { id } = await propose(database, change, { by: ada });
    expect(await approve(database, ben, id)).toMatchObject({ status: "applied" });
    const rows = await sql`
      select model_version from public.ai_assistants
      where assistant_type in ('health', 'clinical')`;
    expect(rows.map(({ model_version }) => model_version)).toEqual([novaPro, novaPro]);
    expect(await entries(database, 1)).toEqual(["assign approved"]);
    await database.as(serviceRole, (tx) => tx`select public.roll_back_switches()`);
    const [model] = await sql`
      select lifecycle from public.bedrock_models where model_id = ${novaLite}`;
    expect(model?.lifecycle).toBe("active");
  });
});

Deno.test("an alias that a protected assistant allows means another model only with approval", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await database.sql`
      update public.bedrock_models set aliases = '{quick}' where model_id = ${novaMicro}`;
    await database.sql`
      update public.ai_assistants set allowed_models = '{quick}' where assistant_type = 'health'`;
    await protect(database, "health");
    const setAliases = (model: string, aliases: string[]) =>
      database.as(serviceRole, (sql) => sql`select public.set_model_aliases(${model}, ${aliases})`);
    // Then it means none.
    await setAliases(novaMicro, []);
    expect(await entries(database, 1)).toEqual(["set-aliases going-back"]);
    const { detail, hint } = await refused(setAliases(novaPro, ["quick"]));
    expect([detail, hint]).toEqual([
      "approval_required",
      expect.stringContaining(`Propose it: ${novaPro} aliases with its names --propose`),
    ]);
    await setAliases(novaMicro, ["quick"]);
    await setAliases(novaMicro, []);
    const change = { action: "set-aliases", model_id: novaPro, aliases: ["quick"] };
    const { id } = await propose(database, change, { by: ada });
    expect(await approve(database, ben, id)).toMatchObject({ status: "applied" });
  });
});

Deno.test("an approver whose role is being taken away is refused, and neither waits for the other", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    await protect(database, "health");
    const { id } = await propose(database, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaPro,
    }, { by: ada });
    const approval = await database.sql.begin(async (sql) => {
      await sql`select switchboard.lock_registry()`;
      const asked = refused(approve(database, ben, id));
      await untilWaiting(database, 1);
      // As set_user_role() does it, which holds the registry by then.
      await sql`delete from public.ai_user_roles where user_id = ${ben.userId}`;
      return { asked };
    });
    expect((await approval.asked).detail).toBe("forbidden");
  });
});

Deno.test("the tick that ends an expired proposal waits for the one who approves it, and ends it then", async () => {
  await withDatabase(async (database) => {
    const { ada, ben } = await twoAdmins(database);
    const { sql } = database;
    await protect(database, "health");
    const change = { action: "disable", model_id: novaLite };
    const { id } = await propose(database, change, { by: ada });
    await sql`update public.ai_change_proposals set expires_at = now() where id = ${id}`;
    const ticking = await sql.begin(async (tx) => {
      await tx`select switchboard.lock_registry()`;
      const ticked = database.session()`select switchboard.apply_due_changes() as done`.execute();
      await untilWaiting(database, 1);
      // It has locked nothing that an approval looks at.
      await tx`select from public.ai_change_proposals where id = ${id} for update nowait`;
      return { ticked };
    });
    const [row] = await ticking.ticked;
    expect(row?.done).toEqual({ applied: 0, returned: 0, expired: 1 });
    expect((await refused(approve(database, ben, id))).detail).toBe("proposal_not_open");
  });
});
