/** What turns and calls do with a rollout: sides, pins, what they find, and what they take back. */
import { expect } from "@std/expect";
import { sideOf } from "../../../supabase/functions/_shared/runs/assign_rollout.ts";
import { anyDigest, createKey } from "../../support/api_keys.ts";
import { addLimit, holdCall, smallDemand } from "../../support/held_runs.ts";
import { platformAdmin, type TestDatabase, withDatabase } from "../../support/test_database.ts";
import {
  beginTurn,
  completeTurn,
  novaMicro,
  novaPro,
  type TurnRequest,
  type TurnResult,
} from "../../support/turns.ts";

interface Begun {
  readonly conversation_id: string;
  readonly question_id: string;
  readonly pinned_model_id: string | null;
  readonly rollout: {
    readonly id: number;
    readonly side: string;
    readonly share: number;
    readonly pin_is_reverted: boolean;
  } | null;
}

async function begin(database: TestDatabase, request: TurnRequest = {}): Promise<Begun> {
  return await beginTurn(database, platformAdmin, request) as unknown as Begun;
}

async function startRollout({ sql }: TestDatabase, share = 50): Promise<number> {
  const [row] = await sql`select public.start_rollout(${novaMicro}, ${share}) as made`;
  return row!.made.rollout.id;
}

/** The end of a turn that was on a side of a rollout. */
function on(side: "canary" | "former", id: number, more: TurnResult = {}): TurnResult {
  return {
    model: side === "canary" ? novaMicro : novaPro,
    ...more,
    figures: { rollout_id: id, rollout_side: side, rollout_share: 50, ...more.figures },
  };
}

const denied = { status: "failed", errorCode: "bedrock_access_denied" } as const;

/** Ends a turn of a new conversation. */
async function turn(database: TestDatabase, result: TurnResult): Promise<Begun> {
  const begun = await begin(database);
  await completeTurn(database, begun.question_id, result);
  return begun;
}

async function conversation({ sql }: TestDatabase, { conversation_id: id }: Begun) {
  const [row] = await sql`
    select model_id, rollout_side from public.ai_conversations where id = ${id}`;
  return row!;
}

async function rolloutOf({ sql }: TestDatabase, id: number) {
  const [row] = await sql`
    select outcome, found_worse_at is not null as found from public.ai_rollouts where id = ${id}`;
  return row!;
}

Deno.test("a conversation keeps the side of its first turn, also of one that failed", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const first = await turn(
      database,
      on("canary", id, { status: "failed", errorCode: "bedrock_throttled" }),
    );
    expect(await conversation(database, first)).toEqual({ model_id: null, rollout_side: "canary" });
    await database.sql`select public.set_rollout_share(${id}, 1)`;
    const next = await begin(database, { conversationId: first.conversation_id });
    expect(next.rollout).toEqual({ id, side: "canary", share: 50, pin_is_reverted: false });
    await completeTurn(database, next.question_id, on("canary", id));
    expect(await conversation(database, first))
      .toEqual({ model_id: novaMicro, rollout_side: "canary" });
  }));

Deno.test("an attempt on the other side counts for none, and pins nothing", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const first = await begin(database);
    // Begun at the same time, by a process that saw another share.
    const other = await begin(database, { conversationId: first.conversation_id });
    await completeTurn(
      database,
      first.question_id,
      on("former", id, { status: "failed", errorCode: "bedrock_throttled" }),
    );
    await completeTurn(database, other.question_id, on("canary", id));
    expect(await conversation(database, first)).toEqual({ model_id: null, rollout_side: "former" });
    const entries = await database.sql`
      select model_id, rollout_side, rollout_failed from public.ai_usage order by id`;
    expect(entries).toEqual([
      { model_id: novaPro, rollout_side: "former", rollout_failed: true },
      { model_id: novaMicro, rollout_side: null, rollout_failed: null },
    ]);
  }));

Deno.test("the answer that finds a rollout worse takes it back, and its conversations move", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const pinned = await turn(database, on("canary", id));
    const stays = await turn(database, on("former", id));
    await turn(database, on("canary", id, denied));
    expect(await rolloutOf(database, id)).toEqual({ outcome: "reverted", found: true });
    const next = await begin(database, { conversationId: pinned.conversation_id });
    expect([next.pinned_model_id, next.rollout?.pin_is_reverted]).toEqual([novaMicro, true]);
    // A turn that fails moves nothing: the next one is told as well.
    const end = { pinSeen: novaMicro, requestedModel: novaMicro, fallbackCode: "rollout_reverted" };
    await completeTurn(database, next.question_id, {
      status: "failed",
      errorCode: "bedrock_throttled",
      pinSeen: novaMicro,
    });
    const again = await begin(database, { conversationId: pinned.conversation_id });
    expect(again.rollout?.pin_is_reverted).toBe(true);
    await completeTurn(database, again.question_id, { ...end, model: novaPro, reason: "fallback" });
    expect(await conversation(database, pinned)).toEqual({ model_id: novaPro, rollout_side: null });
    const kept = await begin(database, { conversationId: stays.conversation_id });
    expect([kept.pinned_model_id, kept.rollout?.pin_is_reverted]).toEqual([novaPro, false]);
  }));

Deno.test("a conversation whose rollout was taken back may ask for any model", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const pinned = await turn(database, on("canary", id));
    await database.sql`select public.end_rollout(${id}, 'revert')`;
    const { conversation_id: conversationId } = pinned;
    const asked = await begin(database, { conversationId, modelId: novaPro });
    expect(asked.rollout?.pin_is_reverted).toBe(true);
  }));

Deno.test("a pin that ended with its rollout does not come back with the next rollout", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const pinned = await turn(database, on("canary", id));
    await database.sql`select public.end_rollout(${id}, 'revert')`;
    const second = await startRollout(database);
    const next = await begin(database, { conversationId: pinned.conversation_id });
    const failed = { status: "failed", errorCode: "bedrock_throttled" } as const;
    await completeTurn(
      database,
      next.question_id,
      on("former", second, { ...failed, pinSeen: novaMicro }),
    );
    const again = await begin(database, { conversationId: pinned.conversation_id });
    expect(again.rollout).toMatchObject({ id, pin_is_reverted: true });
  }));

Deno.test("what was found while an operator held the registry is taken back by the next that begins", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const operator = database.session();
    await operator.begin(async (transaction) => {
      await transaction`select switchboard.lock_registry()`;
      await turn(database, on("canary", id, denied));
      expect(await rolloutOf(database, id)).toEqual({ outcome: null, found: true });
      // Nor does a beginning wait.
      await begin(database);
      expect(await rolloutOf(database, id)).toEqual({ outcome: null, found: true });
    });
    await begin(database);
    expect(await rolloutOf(database, id)).toEqual({ outcome: "reverted", found: true });
  }));

Deno.test("no answer waits for an operator who is ending its rollout", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const operator = database.session();
    await operator.begin(async (transaction) => {
      // Of an answer that waits, the test fails.
      await transaction`set local idle_in_transaction_session_timeout = '30s'`;
      await transaction`select public.end_rollout(${id}, 'promote')`;
      await turn(database, on("canary", id, denied));
    });
    expect(await rolloutOf(database, id)).toEqual({ outcome: "promoted", found: false });
  }));

Deno.test("refusals blow the fuse when three conversations had them, and none on the other side", () =>
  withDatabase(async (database) => {
    const refused = { status: "failed", errorCode: "bedrock_request_refused" } as const;
    const id = await startRollout(database);
    const first = await turn(database, on("canary", id, refused));
    for (let n = 0; n < 3; n++) {
      const again = await begin(database, { conversationId: first.conversation_id });
      await completeTurn(database, again.question_id, on("canary", id, refused));
    }
    await turn(database, on("canary", id, refused));
    expect((await rolloutOf(database, id)).outcome).toBeNull();
    await turn(database, on("canary", id, refused));
    expect((await rolloutOf(database, id)).outcome).toBe("reverted");

    const both = await startRollout(database);
    await turn(database, on("former", both, refused));
    for (let n = 0; n < 4; n++) await turn(database, on("canary", both, refused));
    expect((await rolloutOf(database, both)).outcome).toBeNull();
  }));

Deno.test("a call holds what the model of its side may cost, whoever calls", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    const id = await startRollout(database);
    await addLimit(sql, { scope: "project", unit: "usd", amount: 1_000, period: "day" });
    await sql`
      update public.bedrock_models set input_cost_per_mtok = 1000, output_cost_per_mtok = 1000
      where model_id = ${novaMicro}`;
    const digest = anyDigest();
    const key = await createKey(database, digest);
    const userHash = await sql`
      select switchboard.keyed_hash('user', ${platformAdmin.userId}) as hash`;
    const callers = [
      ["service", { kind: "service" }],
      [key.id, { kind: "api-key", digest }],
      [userHash[0]!.hash, {
        kind: "user",
        user_id: platformAdmin.userId,
        session_id: null,
        is_anonymous: false,
      }],
    ] as const;
    for (const [name, caller] of callers) {
      const sides = new Set<string>();
      for (let n = 0; n < 12; n++) {
        const unit = `unit ${n}`;
        const { budget } = await holdCall(database, caller, smallDemand, { unit });
        const side = budget!.usd!.amount > 0.1 ? "canary" : "former";
        expect([name, unit, side]).toEqual([name, unit, sideOf(id, `${name} ${unit}`, 50)]);
        sides.add(side);
      }
      expect(sides.size).toBe(2);
    }
    // One that names its model is on no side.
    const { budget } = await holdCall(database, callers[0][1], smallDemand, {
      unit: "unit 0",
      model: novaPro,
    });
    expect(budget!.usd!.amount).toBeLessThan(0.1);
  }));

Deno.test("a rollout ends with the row of its model", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    await database.sql`
      update public.ai_assistants set model_version = null where model_version = ${novaMicro}`;
    await database.sql`delete from public.bedrock_models where model_id = ${novaMicro}`;
    expect((await rolloutOf(database, id)).outcome).toBe("reverted");
    await database.sql`select public.set_default_model('eu.amazon.nova-lite-v1:0')`;
  }));
