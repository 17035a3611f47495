import { expect } from "@std/expect";
import { connect } from "../support/connect.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

/** Longer than a turn takes on a busy machine. */
const timeoutMs = 12_000;

/** Most milliseconds until a request must have its answer, whatever is away. */
const patience = timeoutMs + 20_000;

/** Runs a test on a stack of its own, whose parts it may stop. */
async function withOwnStack(
  test: (stack: Stack, project: FreshProject) => Promise<void>,
): Promise<void> {
  const stateDir = await Deno.makeTempDir({ prefix: "switchboard-outage-" });
  // Root runs Postgres as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  const stack = await startStack({
    stateDir,
    durable: false,
    functionsDeno: testStack().functionsDeno,
    env: { CHAT_TIMEOUT_MS: String(timeoutMs), BEDROCK_RETRY_BASE_MS: "1" },
  });
  try {
    await withFreshProject(stack, (project) => test(stack, project));
  } finally {
    await stack.stop();
    await Deno.remove(stateDir, { recursive: true });
  }
}

async function expectUnavailable(
  project: FreshProject,
  statuses: readonly number[],
): Promise<string[]> {
  const startedAt = performance.now();
  const answers = await Promise.all([
    project.ask("patient", "Are you there?"),
    project.ask("clinician", "Are you there?"),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(patience);
  for (const { status, body } of answers) {
    expect(statuses).toContain(status);
    expect(body).toMatchObject({
      success: false,
      error: { code: expect.any(String), message: expect.any(String) },
    });
  }
  return answers.map(({ body }) => body.error.code);
}

/** As a project does whose disk is full: for the connections that come, and there are no others. */
async function setReadOnly(dbUrl: string, isReadOnly: boolean): Promise<void> {
  const sql = connect({
    port: Number(new URL(dbUrl).port),
    user: "supabase_admin",
  });
  await sql`set default_transaction_read_only = off`;
  await sql.unsafe(`
    alter database postgres ${isReadOnly ? "set" : "reset"} default_transaction_read_only ${
    isReadOnly ? "= on" : ""
  };
    select pg_terminate_backend(a.pid) from pg_stat_activity as a
    where a.datname = current_database() and a.pid <> pg_backend_pid();`);
  await sql.end();
}

async function expectWorking({ ask }: FreshProject): Promise<void> {
  const { status, body } = await ask("patient", "Are you back?");
  expect([status, body.error?.code]).toEqual([200, undefined]);
}

Deno.test("a stack whose parts go away and come back", async (t) => {
  await withOwnStack(async (stack, project) => {
    // The driver does not survive that its server goes away.
    await project.sql.end();
    await project.token("patient");
    await project.token("clinician");
    await project.token("facility");
    await expectWorking(project);

    await t.step("answers 503 while Postgres is away, and works when it is back", async () => {
      await stack.postgres.stop();
      const codes = await expectUnavailable(project, [503]);
      expect(codes).toEqual(["database_unavailable", "database_unavailable"]);
      const { status, body } = await manage(project, { action: "list" });
      expect([status, body.error.code]).toEqual([503, "database_unavailable"]);
      await stack.postgres.start();
      await expectWorking(project);
    });

    await t.step("answers everyone when Postgres goes away under load", async () => {
      const load = Array.from({ length: 12 }, async (_, n) => {
        const statuses: number[] = [];
        for (let turn = 0; turn < 6; turn++) {
          statuses.push((await project.ask(n % 2 === 0 ? "facility" : "clinician", "Hi")).status);
        }
        return statuses;
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await stack.postgres.stop();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await stack.postgres.start();
      for (const status of (await Promise.all(load)).flat()) expect([200, 503]).toContain(status);
      // The API's connections come back one after the other.
      for (let n = 0; n < 40 && (await project.ask("patient", "Hi")).status !== 200; n++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      await expectWorking(project);
    });

    await t.step("answers 503 while the API is away, and works when it is back", async () => {
      await stack.api.stop();
      expect(await expectUnavailable(project, [503]))
        .toEqual(["database_unavailable", "database_unavailable"]);
      await stack.api.start();
      await expectWorking(project);
    });

    await t.step("answers 503 while Bedrock is away, and works when it is back", async () => {
      await stack.bedrock.stop();
      expect(await expectUnavailable(project, [503]))
        .toEqual(["bedrock_unavailable", "bedrock_unavailable"]);
      const sql = connect({ port: Number(new URL(stack.dbUrl).port) });
      const failed = await sql`
        select from ai_messages where status = 'failed' and error_code = 'bedrock_unavailable'`;
      await sql.end();
      expect(failed).toHaveLength(4);
      await stack.bedrock.start();
      await expectWorking(project);
    });

    await t.step("answers 504 within its deadline while Bedrock hangs", async () => {
      await project.bedrock.addFaultRule({ kind: "hang" }, { times: "until-removed" });
      expect(await expectUnavailable(project, [504])).toEqual([
        "bedrock_timeout",
        "bedrock_timeout",
      ]);
      await project.bedrock.clearFaultRules();
      await expectWorking(project);
    });

    const keepsAnswer = async (
      takeAway: () => Promise<void> | void,
      giveBack: () => Promise<void> | void,
    ) => {
      const before = (await project.bedrock.requests()).length;
      const turn = { message: "Keep it", request_id: crypto.randomUUID() };
      await project.bedrock.addFaultRule({ kind: "latency", ms: 4000 });
      const asked = project.ask("patient", turn);
      while ((await project.bedrock.requests()).length === before) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await takeAway();
      const told = await asked;
      expect(told.status).toBe(200);
      expect(told.body).toMatchObject({ persisted: false, usage: { cost_usd: null } });
      await giveBack();

      let again = await project.ask("patient", turn);
      for (let n = 0; n < 50 && again.status !== 200; n++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        again = await project.ask("patient", turn);
      }
      expect(again.status).toBe(200);
      expect(again.body.message).toMatchObject({
        id: told.body.message.id,
        content: told.body.message.content,
      });
      expect((await project.bedrock.requests()).length).toBe(before + 1);
    };

    await t.step(
      "keeps an answer that it cannot store until Postgres is back",
      () => keepsAnswer(() => stack.postgres.stop(), () => stack.postgres.start()),
    );

    await t.step(
      "keeps an answer that it cannot store until Postgres takes writes again",
      () =>
        keepsAnswer(() => setReadOnly(stack.dbUrl, true), () => setReadOnly(stack.dbUrl, false)),
    );
  });
});
