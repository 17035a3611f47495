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

/** Another model answers in the place of the canary, to which access is denied. */
const denied = {
  model: novaPro,
  reason: "fallback",
  requestedModel: novaMicro,
  fallbackCode: "bedrock_access_denied",
} as const;

/** Begins new conversations until one is on a side of the rollout under way. */
async function beginOn(database: TestDatabase, side: "canary" | "former"): Promise<Begun> {
  while (true) {
    const begun = await begin(database);
    if (begun.rollout?.side === side) return begun;
  }
}

/** Ends a turn of a new conversation on a side. */
async function turn(
  database: TestDatabase,
  side: "canary" | "former",
  id: number,
  more: TurnResult = {},
): Promise<Begun> {
  const begun = await beginOn(database, side);
  await completeTurn(database, begun.question_id, on(side, id, more));
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
    const first = await turn(database, "canary", id, {
      status: "failed",
      errorCode: "bedrock_throttled",
    });
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
    const first = await beginOn(database, "former");
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
    const pinned = await turn(database, "canary", id);
    const stays = await turn(database, "former", id);
    await turn(database, "canary", id, denied);
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
    const pinned = await turn(database, "canary", id);
    await database.sql`select public.end_rollout(${id}, 'revert')`;
    const { conversation_id: conversationId } = pinned;
    const asked = await begin(database, { conversationId, modelId: novaPro });
    expect(asked.rollout?.pin_is_reverted).toBe(true);
  }));

Deno.test("a pin that ended with its rollout does not come back with the next rollout", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const pinned = await turn(database, "canary", id);
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
      await turn(database, "canary", id, denied);
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
      await turn(database, "canary", id, denied);
    });
    expect(await rolloutOf(database, id)).toEqual({ outcome: "promoted", found: false });
  }));

Deno.test("a conversation is on its side before its first turn ends, whatever the share becomes", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database, 10);
    // Its process dies.
    const first = await beginOn(database, "former");
    await database.sql`select public.set_rollout_share(${id}, 100)`;
    const { conversation_id: conversationId } = first;
    expect((await begin(database, { conversationId })).rollout)
      .toEqual({ id, side: "former", share: 10, pin_is_reverted: false });
    expect((await begin(database)).rollout).toMatchObject({ side: "canary", share: 100 });
    // One that asks for a model is part of none, once that has answered.
    const named = await begin(database, { modelId: novaPro });
    await completeTurn(database, named.question_id, { model: novaPro, reason: "requested" });
    expect(await conversation(database, named)).toEqual({ model_id: novaPro, rollout_side: null });
  }));

Deno.test("a rollout that cannot be taken back fails no answer, says why, and is tried again", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    const id = await startRollout(database);
    await sql.unsafe(`
      create function public.refuse_all() returns trigger language plpgsql as
        'begin raise exception ''not now''; end';
      create trigger refuse_all before update on public.bedrock_models
        for each row when (old.canary_share is not null) execute function public.refuse_all();`);
    const answered = await turn(database, "canary", id, denied);
    expect(await conversation(database, answered)).toMatchObject({ model_id: novaPro });
    const [row] = await sql`select public.list_rollouts(${id}) -> 0 as rollout`;
    expect(row!.rollout).toMatchObject({ verdict: "worse", outcome: null, problem: "not now" });
    await begin(database);
    await sql`drop trigger refuse_all on public.bedrock_models`;
    // Once a minute.
    await begin(database);
    expect((await rolloutOf(database, id)).outcome).toBeNull();
    await sql`update public.ai_rollouts set problem_at = now() - interval '61 seconds'`;
    await begin(database);
    const [later] = await sql`select outcome, problem from public.ai_rollouts where id = ${id}`;
    expect(later).toEqual({ outcome: "reverted", problem: null });
  }));

Deno.test("an error that cannot be weighed fails no answer", () =>
  withDatabase(async (database) => {
    const { sql } = database;
    const id = await startRollout(database);
    await sql`
      alter table switchboard.rollout_errors add constraint no_more check (place < 0)`;
    const answered = await turn(database, "canary", id, denied);
    expect(await conversation(database, answered)).toMatchObject({ model_id: novaPro });
    const [row] = await sql`select outcome, problem from public.ai_rollouts where id = ${id}`;
    expect(row).toEqual({ outcome: null, problem: expect.stringContaining("no_more") });
  }));

Deno.test("access that the whole account is denied blows no fuse, whichever side meets it first", () =>
  withDatabase(async (database) => {
    const id = await startRollout(database);
    const failed = { status: "failed", errorCode: "bedrock_access_denied" } as const;
    await turn(database, "former", id);
    await turn(database, "canary", id, failed);
    await turn(database, "canary", id, failed);
    expect((await rolloutOf(database, id)).outcome).toBeNull();
    await turn(database, "former", id, failed);
    await turn(database, "canary", id, denied);
    expect((await rolloutOf(database, id)).outcome).toBeNull();

    // The former model answers while the canary is denied.
    await database.sql`select public.end_rollout(${id}, 'revert')`;
    const other = await startRollout(database);
    await turn(database, "canary", other, failed);
    await turn(database, "former", other);
    expect((await rolloutOf(database, other)).outcome).toBeNull();
    await turn(database, "canary", other, failed);
    expect((await rolloutOf(database, other)).outcome).toBe("reverted");
    const [verdict] = await database.sql`
      select public.verify_verdict(max(id)) as told from public.ai_rollout_verdicts`;
    expect(verdict!.told).toEqual({ ok: true, differences: [] });
  }));

Deno.test("refusals blow the fuse when three conversations had them, and none on the other side", () =>
  withDatabase(async (database) => {
    const refused = { status: "failed", errorCode: "bedrock_request_refused" } as const;
    const id = await startRollout(database);
    const first = await turn(database, "canary", id, refused);
    for (let n = 0; n < 3; n++) {
      const again = await begin(database, { conversationId: first.conversation_id });
      await completeTurn(database, again.question_id, on("canary", id, refused));
    }
    await turn(database, "canary", id, refused);
    expect((await rolloutOf(database, id)).outcome).toBeNull();
    await turn(database, "canary", id, refused);
    expect((await rolloutOf(database, id)).outcome).toBe("reverted");

    const both = await startRollout(database);
    await turn(database, "former", both, refused);
    for (let n = 0; n < 4; n++) await turn(database, "canary", both, refused);
    expect((await rolloutOf(database, both)).outcome).toBeNull();
  }));

Deno.test("a call holds what the model of its side may cost, for every caller", () =>
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
