/** Rollouts and watched switches of protected assistants: what one person alone can do of them. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { approve, entries, propose, protect, twoAdmins } from "../../support/second_person.ts";
import {
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaMicro, novaPro } from "../../support/turns.ts";

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
