/** Rollouts and watched switches of protected assistants: what one person alone can do of them. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { approve, entries, propose, protect, twoAdmins } from "../../support/second_person.ts";
import {
  patient,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { beginTurn, novaLite, novaMicro, novaPro } from "../../support/turns.ts";

type Statement = (sql: postgres.TransactionSql) => Promise<unknown>;

const asService = ({ as }: TestDatabase, statement: Statement) => as(serviceRole, statement);

async function expectApprovalRequired(database: TestDatabase, statement: Statement) {
  const error = await refused(asService(database, statement));
  expect([error.code, error.detail]).toEqual(["PT409", "approval_required"]);
  return error;
}

/** Proposed by one admin, approved by the other. */
async function decide(database: TestDatabase, change: unknown) {
  const { ada, ben } = admins.get(database) ?? await twoAdmins(database);
  admins.set(database, { ada, ben });
  const { id } = await propose(database, change, { by: ada });
  expect(await approve(database, ben, id)).toMatchObject({ status: "applied" });
}
const admins = new WeakMap<TestDatabase, Awaited<ReturnType<typeof twoAdmins>>>();

async function newestRollout({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql`select max(id)::int as id from public.ai_rollouts`;
  return row?.id;
}

async function modelOf({ sql }: TestDatabase): Promise<string | null> {
  const [row] = await sql`
    select model_version from public.ai_assistants where assistant_type = 'health'`;
  return row?.model_version;
}

const start = { action: "start-rollout", model_id: novaPro, assistant_type: "health", share: 10 };

Deno.test("a rollout that was reverted does not begin again without approval", async () => {
  await withDatabase(async (database) => {
    await protect(database, "health");
    await decide(database, start);
    const id = await newestRollout(database);
    await asService(database, (tx) => tx`select public.end_rollout(${id}, 'revert')`);
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.start_rollout(${novaPro}, 10, 'health', null, 'promote')`,
    );
  });
});

Deno.test("a rollout that is to promote is not promoted before the proof", async () => {
  await withDatabase(async (database) => {
    await protect(database, "health");
    await decide(database, { ...start, on_verdict: "promote" });
    const id = await newestRollout(database);
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.end_rollout(${id}, 'promote')`,
    );
    await expectApprovalRequired(
      database,
      (tx) =>
        tx`update public.ai_assistants set model_version = ${novaPro} where assistant_type = 'health'`,
    );
  });
});

Deno.test("a watched switch is taken back without approval, whatever was approved since", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.ai_assistants set model_version = null where assistant_type = 'health'`;
    await protect(database, "health");
    await decide(database, {
      action: "set-assistant-model",
      assistant_type: "health",
      model_id: novaLite,
      watch_minutes: 30,
    });
    const id = await newestRollout(database);
    await decide(database, {
      action: "set-assistant",
      assistant_type: "health",
      system_prompt: "Be brief.",
    });
    await asService(database, (tx) => tx`select public.end_rollout(${id}, 'revert')`);
    expect(await modelOf(database)).toBe(novaPro);
    expect(await entries(database, 1)).toEqual(["assign going-back"]);
  });
});

Deno.test("a watched default is taken back without approval, whatever was approved since", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.ai_assistants set model_version = null where assistant_type = 'health'`;
    await protect(database, "health");
    await decide(database, { action: "set-default", model_id: novaLite, watch_minutes: 30 });
    const id = await newestRollout(database);
    await decide(database, {
      action: "set-assistant",
      assistant_type: "health",
      system_prompt: "Be brief.",
    });
    await asService(database, (tx) => tx`select public.end_rollout(${id}, 'revert')`);
    const [row] = await sql`select model_id from public.bedrock_models where is_default`;
    expect(row?.model_id).toBe(novaPro);
    // The rollout has ended, and lets nothing more pass.
    await expectApprovalRequired(
      database,
      (tx) => tx`select public.set_default_model(${novaMicro})`,
    );
  });
});

Deno.test("the successors of a canary are guarded, which would answer in its place", async () => {
  await withDatabase(async (database) => {
    await protect(database, "health");
    await decide(database, start);
    await expectApprovalRequired(
      database,
      (tx) =>
        tx`
          update public.bedrock_models set successor_model_id = ${novaMicro}
          where model_id = ${novaPro}`,
    );
  });
});

Deno.test("a default that is proven not worse is promoted, also where an assistant that follows it is protected", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.ai_assistants set model_version = null where assistant_type = 'health'`;
    await protect(database, "health");
    await decide(database, {
      action: "start-rollout",
      model_id: novaLite,
      share: 20,
      on_verdict: "promote",
    });
    const id = await newestRollout(database);
    const promote: Statement = (tx) => tx`select public.end_rollout(${id}, 'promote')`;
    const { hint } = await expectApprovalRequired(database, promote);
    expect(hint).toContain(`Propose it: rollout end ${id} promote --propose`);
    // What another share proved is no proof of this one.
    await decide(database, { action: "set-rollout-share", id, share: 50 });
    const prove = (stage: number) =>
      sql`
        insert into public.ai_rollout_verdicts (rollout_id, verdict, guard, figures)
        values (${id}, 'not_worse', 'all', ${sql.json({ stage })})`;
    await prove(1);
    await expectApprovalRequired(database, promote);
    await prove(2);
    await asService(database, promote);
    expect((await entries(database, 2)).sort())
      .toEqual(["set-default approved", "unset-default approved"]);
  });
});

Deno.test("a watched switch that is found worse is reverted by the next turn, whatever was approved since", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.ai_assistants set model_version = null where assistant_type = 'health'`;
    await protect(database, "health");
    const of = { assistant_type: "health" };
    await decide(database, {
      action: "set-assistant-model",
      model_id: novaLite,
      watch_minutes: 30,
      ...of,
    });
    await decide(database, { action: "set-assistant", system_prompt: "Be brief.", ...of });
    await sql`update public.ai_rollouts set found_worse_at = now()`;
    await beginTurn(database, patient);
    expect(await modelOf(database)).toBe(novaPro);
    const [entry] = await sql`
      select source, approval from public.model_switches order by id desc limit 1`;
    expect({ ...entry }).toEqual({ source: "watch", approval: "going-back" });
  });
});

Deno.test("the hints of rollouts propose what was refused", async () => {
  await withDatabase(async (database) => {
    await protect(database, "health");
    const begun: Statement = (tx) => tx`select public.start_rollout(${novaPro}, 10, 'health')`;
    expect((await expectApprovalRequired(database, begun)).hint).toBe(
      `Propose it: ${novaPro} rollout --share 10 --assistant health --propose, or over REST ` +
        `{"action":"propose","change":{"share": 10, "action": "start-rollout", ` +
        `"model_id": "${novaPro}", "assistant_type": "health"}}.`,
    );
    await decide(database, start);
    const id = await newestRollout(database);
    const more: Statement = (tx) => tx`select public.set_rollout_share(${id}, 50)`;
    expect((await expectApprovalRequired(database, more)).hint).toBe(
      `Propose it: rollout share ${id} 50 --propose, or over REST {"action":"propose","change":` +
        `{"id": ${id}, "share": 50, "action": "set-rollout-share"}}.`,
    );
    const end: Statement = (tx) => tx`select public.end_rollout(${id}, 'promote')`;
    expect((await expectApprovalRequired(database, end)).hint).toBe(
      `Propose it: rollout end ${id} promote --propose, or over REST {"action":"propose",` +
        `"change":{"id": ${id}, "action": "end-rollout", "outcome": "promote"}}.`,
    );
    await decide(database, { action: "end-rollout", id, outcome: "promote" });
    expect(await modelOf(database)).toBe(novaPro);
  });
});
