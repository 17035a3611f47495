/** A transaction left open that holds the registry: who waits is told by whom, and how to end it. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  clinician,
  patient,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import {
  beginTurn,
  completeTurn,
  converse,
  novaLite,
  novaMicro,
  novaPro,
} from "../../support/turns.ts";

/** Runs a test while a session, as an editor's, has run a statement and not committed. */
async function whileHolding(
  database: TestDatabase,
  statement: string,
  test: (pid: number) => Promise<void>,
): Promise<void> {
  const editor = database.session();
  await editor`set application_name = 'an editor'`;
  const [row] = await editor`select pg_backend_pid() as pid`;
  await editor.unsafe(`begin; ${statement}`);
  try {
    await test(row?.pid);
  } finally {
    await editor.unsafe("rollback").catch(() => {});
  }
}

/** The rows of a query, once there are any. */
async function untilSome(query: () => Promise<readonly postgres.Row[]>) {
  for (;;) {
    const rows = await query();
    if (rows.length > 0) return rows;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const openUpdate = "update public.bedrock_models set description = 'held' where is_default";
/** Locks rows only, as an editor that reads for an update does. */
const rowsOnly = "select * from public.bedrock_models, public.ai_assistants, " +
  "public.registry_settings for update";

const call = (statement: string) => ({ as }: TestDatabase) =>
  as(serviceRole, (sql) => sql.unsafe(statement));

/** Every way to write the registry. */
const writes: Readonly<Record<string, (database: TestDatabase) => Promise<unknown>>> = {
  "set_default_model()": call(`select public.set_default_model('${novaLite}')`),
  "enable_model()": call(`select public.enable_model('${novaMicro}')`),
  "disable_model()": call(`select public.disable_model('${novaLite}')`),
  "assign_model()": call(`select public.assign_model('health', '${novaPro}')`),
  "retire_model()": call(`select public.retire_model('${novaPro}', '${novaLite}')`),
  "set_registry_settings()": call(`select public.set_registry_settings('{"require_mfa": true}')`),
  "apply_catalog_changes()": call(`select public.apply_catalog_changes('[{
    "kind": "set-lifecycle", "model_id": "${novaPro}", "lifecycle": "legacy",
    "retires_on": "2030-01-01"}]')`),
  "roll_back_switches()": call(`select public.roll_back_switches()`),
};

function expectHolder(error: postgres.PostgresError, pid: number) {
  expect([error.code, error.detail]).toEqual(["PT409", "registry_locked"]);
  expect(error.message).toContain(`process ${pid} (an editor, role postgres, idle in transaction`);
  expect(error.message).toMatch(/open since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)/);
  // Its statement may quote anything.
  expect(error.message).not.toContain("held");
  expect(error.hint).toContain(`select pg_terminate_backend(${pid});`);
}

Deno.test("every function that writes the registry tells who holds it, for a statement and for rows", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.bedrock_models set is_available = false where model_id = ${novaMicro}`;
    for (const statement of [openUpdate, rowsOnly]) {
      await whileHolding(database, statement, async (pid) => {
        const refusals = await Promise.all(
          Object.entries(writes).map(async ([name, write]) =>
            [name, await refused(write(database))] as const
          ),
        );
        for (const [name, error] of refusals) {
          expect([name, error.detail]).toEqual([name, "registry_locked"]);
        }
        // One alone: among many, one may be seen that has the registry for a moment.
        expectHolder(await refused(writes["set_default_model()"]!(database)), pid);
      });
    }
  });
});

Deno.test("a writer that is behind another writer is told whom both wait for", async () => {
  await withDatabase(async (database) => {
    await whileHolding(database, rowsOnly, async (pid) => {
      const first = refused(writes["set_default_model()"]!(database));
      const [waiting] = await untilSome(() =>
        database.sql`
          select pid from pg_locks where not granted and pid <> pg_backend_pid()`
      );
      expect(waiting?.pid).not.toBe(pid);
      const found = await call(`select pid from switchboard.find_registry_holder()`)(database);
      expect(found.map((row) => row.pid)).toEqual([pid]);
      await first;
    });
  });
});

Deno.test("find_registry_holder() passes over locks of roles and price periods, which hold no writer up", async () => {
  await withDatabase(async (database) => {
    const innocent = "select from public.model_prices for share; " +
      `delete from public.ai_user_roles where user_id = '${clinician.userId}'`;
    const find = () => call("select pid from switchboard.find_registry_holder()")(database);
    await whileHolding(database, innocent, async () => {
      expect(await find()).toHaveLength(0);
      await whileHolding(database, openUpdate, async (pid) => {
        expect((await find()).map((row) => row.pid)).toEqual([pid]);
      });
    });
  });
});

Deno.test("direct changes over the API and in SQL tell who holds the registry", async () => {
  await withDatabase(async (database) => {
    const change = `update public.ai_assistants set name = 'x' where assistant_type = 'health'`;
    await whileHolding(database, openUpdate, async (pid) => {
      const both = await Promise.all([
        refused(call(change)(database)),
        refused(database.sql.unsafe(change)),
      ]);
      for (const error of both) expectHolder(error, pid);
    });
  });
});

Deno.test("the registry is free when the session that held it is ended as the hint says", async () => {
  await withDatabase(async (database) => {
    await whileHolding(database, openUpdate, async () => {
      const { hint } = await refused(writes["disable_model()"]!(database));
      await database.sql.unsafe(/select pg_terminate_backend\(\d+\);/.exec(hint ?? "")![0]);
      await writes["set_default_model()"]!(database);
    });
  });
});

Deno.test("turns begin and end while the registry is held", async () => {
  await withDatabase(async (database) => {
    for (const statement of [openUpdate, rowsOnly]) {
      await whileHolding(
        database,
        statement.replace("for update", "for no key update"),
        async () => {
          const turn = await beginTurn(database, patient);
          const answer = await completeTurn(database, turn.question_id, { model: novaLite });
          expect(answer.status).toBe("complete");
          const [row] = await database.sql`
          select model_id from public.ai_conversations where id = ${turn.conversation_id}`;
          expect(row?.model_id).toBe(novaLite);
        },
      );
    }
  });
});

Deno.test("an answer is stored without its pin where its model is being renamed or deleted", async () => {
  await withDatabase(async (database) => {
    const turn = await beginTurn(database, patient);
    const rename =
      `update public.bedrock_models set model_id = 'renamed' where model_id = '${novaLite}'`;
    await whileHolding(database, rename, async () => {
      expect((await completeTurn(database, turn.question_id, { model: novaLite })).status)
        .toBe("complete");
    });
    const [row] = await database.sql`
      select model_id, answered_turns from public.ai_conversations
      where id = ${turn.conversation_id}`;
    expect({ ...row }).toEqual({ model_id: null, answered_turns: 1 });
  });
});

Deno.test("begin_chat_turn() tells who keeps a new conversation from its assistant", async () => {
  await withDatabase(async (database) => {
    const rename =
      "update public.ai_assistants set assistant_type = 'x' where assistant_type = 'health'";
    await whileHolding(database, rename, async (pid) => {
      expectHolder(await refused(beginTurn(database, patient)), pid);
    });
  });
});

Deno.test("begin_chat_turn() tells who keeps a moved conversation from its assistant", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, clinician, "a dose");
    await database.sql`update public.registry_settings set on_role_change = 'move'`;
    await database.sql`
      delete from public.ai_user_roles where user_id = ${clinician.userId}`;
    const rename =
      "update public.ai_assistants set assistant_type = 'x' where assistant_type = 'health'";
    await whileHolding(database, rename, async (pid) => {
      expectHolder(await refused(beginTurn(database, clinician, { conversationId })), pid);
    });
    const turn = await beginTurn(database, clinician, { conversationId });
    expect(turn.assistant_type).toBe("health");
  });
});
