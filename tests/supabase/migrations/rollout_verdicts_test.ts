/** What the tick finds of rollouts in the ledger, and what follows. */
import { expect } from "@std/expect";
import { watchMetricsSchema } from "../../../supabase/functions/_shared/reports/watch_metrics.ts";
import { open, watch } from "../../support/alerts.ts";
import { enterUnits } from "../../support/rollout_ledger.ts";
import {
  platformAdmin,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { approve, entries, propose, protect, twoAdmins } from "../../support/second_person.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

interface Guard {
  readonly estimate: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly verdict: string;
  readonly more_units: number | null;
}

interface Judged {
  readonly id: number;
  readonly outcome: string | null;
  readonly verdict: string;
  readonly figures: {
    readonly canary: { readonly units: number; readonly errors: number };
    readonly former: { readonly units: number; readonly errors: number };
    readonly evidence: number;
    readonly guards: Readonly<Record<"errors" | "first_token" | "time" | "cost", Guard>>;
    readonly forecast: {
      readonly more_units: number | null;
      readonly units_per_hour: number;
      readonly more_hours: number | null;
    };
  } | null;
  readonly verdicts: readonly {
    readonly id: number;
    readonly verdict: string;
    readonly guard: string;
    readonly figures: Readonly<Record<string, unknown>>;
  }[];
}

const start = async (
  { as }: TestDatabase,
  { share = 10, onVerdict = "hold" }: { share?: number; onVerdict?: string } = {},
): Promise<number> =>
  await as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.start_rollout(
        ${novaLite}, ${share}, p_on_verdict => ${onVerdict},
        p_actor_user_id => ${platformAdmin.userId!}, p_source => 'api') as made`;
    return row!.made.rollout.id;
  });

/** The rollout after a tick. */
async function judged({ as, sql }: TestDatabase, id: number): Promise<Judged> {
  const [ticked] = await as(serviceRole, (asked) => asked`select public.tick() as told`);
  const steps: { step: string; error: string | null }[] = ticked!.told.steps;
  expect(steps.find(({ step }) => step === "judge-rollouts")).toMatchObject({ error: null });
  const [row] = await sql`select public.list_rollouts(${id}) -> 0 as rollout`;
  return row!.rollout;
}

const verified = async ({ as }: TestDatabase, { verdicts }: Judged) =>
  await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.verify_verdict(${verdicts.at(-1)!.id}) as told`;
    return row!.told as { ok: boolean; differences: { name: string }[] };
  });

const defaultOf = async ({ sql }: TestDatabase) =>
  (await sql`select model_id from public.bedrock_models where is_default`)[0]!.model_id as string;

Deno.test("tick() proves a rollout not worse by all its guards, and says so once", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const former = await defaultOf(database);
    const id = await start(database, { share: 50 });
    await enterUnits(sql, id, { side: "former", units: 1000, errors: 10 });
    await enterUnits(sql, id, { side: "canary", units: 1000, errors: 10 });
    const rollout = await judged(database, id);
    expect(rollout).toMatchObject({
      outcome: null,
      verdict: "not_worse",
      figures: {
        canary: { units: 1000, errors: 10, answered: 990, unpriced: 0 },
        former: { units: 1000, errors: 10 },
        guards: {
          errors: { verdict: "not_worse", estimate: 0 },
          first_token: { verdict: "not_worse" },
          time: { verdict: "not_worse", tolerated: 1.25 },
          cost: { verdict: "not_worse", tolerated: 1.5 },
        },
        forecast: { more_units: 0 },
      },
      verdicts: [{ verdict: "not_worse", guard: "all" }],
    });
    const { estimate, lower, upper } = rollout.figures!.guards.time;
    expect(estimate).toBeGreaterThan(0.95);
    expect(estimate).toBeLessThan(1.05);
    expect(lower).toBeLessThan(estimate!);
    expect(upper).toBeGreaterThan(estimate!);
    expect(await verified(database, rollout)).toEqual({ ok: true, differences: [] });
    await enterUnits(sql, id, { side: "canary", units: 5 });
    const again = await judged(database, id);
    expect(again.figures!.canary.units).toBe(1005);
    expect(again.verdicts).toEqual(rollout.verdicts);
    expect(await verified(database, again)).toEqual({ ok: true, differences: [] });
    expect(await defaultOf(database)).toBe(former);
  });
});

Deno.test("tick() promotes what was proven not worse, where it was started to be promoted", async () => {
  await withDatabase(async (database) => {
    const { sql, session } = database;
    const id = await start(database, { share: 50, onVerdict: "promote" });
    await enterUnits(sql, id, { side: "former", units: 99 });
    await enterUnits(sql, id, { side: "canary", units: 5000 });
    // However many the others are, and however much time passes.
    const [early] = await sql`select clock_timestamp() as now`;
    expect((await judged(database, id)).outcome).toBeNull();
    await enterUnits(sql, id, { side: "former", units: 901 });
    // Who holds the registry delays the promotion, and does not hinder the tick.
    const operator = session();
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = operator.begin(async (transaction) => {
      await transaction`select switchboard.lock_registry()`;
      locked.resolve();
      await held.promise;
    });
    try {
      await locked.promise;
      expect(await judged(database, id)).toMatchObject({ outcome: null, verdict: "not_worse" });
    } finally {
      held.resolve();
      await holding;
    }
    expect(await judged(database, id)).toMatchObject({
      outcome: "promoted",
      verdicts: [{ verdict: "not_worse" }],
    });
    expect(await defaultOf(database)).toBe(novaLite);
    const [entry] = await sql`
      select source, action, created_at > ${early!.now} as is_late, reason
      from public.model_switches where table_name = 'bedrock_models' and row_after ->> 'is_default' = 'true'
      order by id desc limit 1`;
    expect(entry).toMatchObject({ source: "watch", is_late: true });
    expect(entry!.reason).toContain("not worse");
  });
});

for (
  const { guard, canary, figures } of [
    { guard: "first_token", canary: { medianMs: 5000 }, figures: "first_token" },
    { guard: "cost", canary: { medianUsd: 0.006 }, figures: "cost" },
  ] as const
) {
  Deno.test(`tick() takes back a canary that is worse in its ${guard}, with figures that verify_verdict() computes again`, async () => {
    await withDatabase(async (database) => {
      const { sql } = database;
      const former = await defaultOf(database);
      const id = await start(database, { share: 10, onVerdict: "promote" });
      await enterUnits(sql, id, { side: "former", units: 900 });
      await enterUnits(sql, id, { side: "canary", units: 99, ...canary });
      expect(await judged(database, id)).toMatchObject({ outcome: null, verdict: "undecided" });
      // A call whose end is not committed yet when the others are judged, and has a lower id.
      const late = Promise.withResolvers<void>();
      const entered = Promise.withResolvers<void>();
      const ending = database.session().begin(async (transaction) => {
        await enterUnits(transaction, id, { side: "canary", units: 3 });
        entered.resolve();
        await late.promise;
      });
      await entered.promise;
      let rollout: Judged;
      try {
        await enterUnits(sql, id, { side: "canary", units: 60, ...canary });
        rollout = await judged(database, id);
      } finally {
        late.resolve();
        await ending;
      }
      expect(rollout).toMatchObject({
        outcome: "reverted",
        verdict: "worse",
        verdicts: [{ verdict: "worse", guard, figures: { canary: { units: 159 } } }],
      });
      expect(rollout.figures!.guards[figures].lower)
        .toBeGreaterThan(guard === "cost" ? 1.5 : 1.25);
      expect(await defaultOf(database)).toBe(former);
      const [row] = await database.as(
        serviceRole,
        (asked) => asked`select public.watch_metrics() as told`,
      );
      const { rollouts } = watchMetricsSchema.parse(row!.told);
      expect(rollouts).toMatchObject([
        { id, share: 0, verdict: "worse", canary_units: 159, former_units: 900, former_errors: 0 },
      ]);
      expect(await verified(database, rollout)).toEqual({ ok: true, differences: [] });
      // What ended before and is stored afterwards changes no figure of that moment.
      await enterUnits(sql, id, { side: "canary", units: 40 });
      expect(await verified(database, rollout)).toEqual({ ok: true, differences: [] });
      await sql`alter table public.ai_usage disable trigger refuse_change`;
      await sql`
        update public.ai_usage set response_time_ms = 10, time_to_first_token_ms = 10, cost_usd = 0
        where rollout_id = ${id} and rollout_side = 'canary'`;
      const found = await verified(database, rollout);
      expect(found.ok).toBe(false);
      expect(found.differences.map(({ name }) => name)).toContain(`guards.${guard}.estimate`);
    });
  });
}

Deno.test("verify_verdict() weighs errors once more, and misses those that are gone from the ledger", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await start(database, { share: 10 });
    await enterUnits(sql, id, { side: "former", units: 300, errors: 6 });
    await enterUnits(sql, id, { side: "canary", units: 30, errors: 12 });
    const [row] = await sql`select public.list_rollouts(${id}) -> 0 as rollout`;
    const rollout: Judged = row!.rollout;
    expect(rollout).toMatchObject({
      outcome: "reverted",
      verdicts: [{ verdict: "worse", guard: "errors", figures: { stage: 1, share: 10 } }],
    });
    expect(rollout.verdicts[0]!.figures.evidence).toBeGreaterThanOrEqual(100);
    expect(await verified(database, rollout)).toEqual({ ok: true, differences: [] });
    const [error] = await sql`
      update switchboard.rollout_errors set side = 'former'
      where rollout_id = ${id} and side = 'canary' and place = (
        select min(e.place) from switchboard.rollout_errors as e where e.side = 'canary')
      returning usage_id`;
    const found = await verified(database, rollout);
    expect(found.differences.map(({ name }) => name))
      .toEqual(expect.arrayContaining(["canary_errors", `entry ${error!.usage_id}`, "evidence"]));
    expect((await refused(sql`select public.verify_verdict(99999)`)).detail)
      .toBe("rollout_not_found");
  });
});

Deno.test("verify_verdict() agrees with the verdict of a fuse and of a watched switch", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const fused = await start(database, { share: 10 });
    await enterUnits(sql, fused, {
      side: "canary",
      units: 1,
      errors: 1,
      code: "bedrock_access_denied",
      standIn: novaPro,
    });
    const [blown] = await sql`select public.list_rollouts(${fused}) -> 0 as rollout`;
    expect(blown!.rollout).toMatchObject({ outcome: "reverted", verdicts: [{ guard: "fuse" }] });
    expect(await verified(database, blown!.rollout)).toEqual({ ok: true, differences: [] });
    // An hour of the former model without a failure, and then a model that fails often.
    const former = await defaultOf(database);
    await sql`
      insert into public.ai_usage (
        question_id, attempt, model_id, purpose, surface, status, begun_at, ended_at,
        begins_conversation)
      select gen_random_uuid(), 1, ${former}, 'call', 'openai', 'complete',
        now() - interval '10 minutes', now() - interval '10 minutes', false
      from generate_series(1, 300)`;
    await sql.begin(async (transaction) => {
      await transaction`select switchboard.note_watch(30)`;
      await transaction`
        update public.bedrock_models set is_default = true where model_id = ${novaLite}`;
    });
    const [watched] = await sql`select max(id)::integer as id from public.ai_rollouts`;
    await enterUnits(sql, watched!.id, { side: "canary", units: 40, errors: 20 });
    const [seen] = await sql`select public.list_rollouts(${watched!.id}) -> 0 as rollout`;
    expect(seen!.rollout).toMatchObject({
      outcome: "reverted",
      verdicts: [{ guard: "watch", figures: { before_units: 300, before_errors: 0 } }],
    });
    expect(await verified(database, seen!.rollout)).toEqual({ ok: true, differences: [] });
  });
});

Deno.test("tick() ends the watch of a switch when its time is over, and keeps the model", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.begin(async (transaction) => {
      await transaction`select switchboard.note_watch(30)`;
      await transaction`
        update public.bedrock_models set is_default = true where model_id = ${novaLite}`;
    });
    const [watched] = await sql`select max(id)::integer as id from public.ai_rollouts`;
    await enterUnits(sql, watched!.id, { side: "canary", units: 500 });
    expect(await judged(database, watched!.id)).toMatchObject({
      outcome: null,
      figures: { share: 100, canary: { units: 500 }, former: { units: 0 } },
    });
    await sql`
      update public.ai_rollouts set watch_until = clock_timestamp() where id = ${watched!.id}`;
    expect(await judged(database, watched!.id)).toMatchObject({ outcome: "kept", verdicts: [] });
    expect(await defaultOf(database)).toBe(novaLite);
    const [entry] = await sql`
      select source, action from public.model_switches order by id desc limit 1`;
    expect(entry).toEqual({ source: "watch", action: "end-watch" });
  });
});

Deno.test("tick() says why a model that was proven not worse cannot be promoted, and tries again", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await start(database, { share: 50, onVerdict: "promote" });
    await sql`
      update public.ai_assistants set requires_evaluation = true where assistant_type = 'platform'`;
    await enterUnits(sql, id, { side: "former", units: 1000 });
    await enterUnits(sql, id, { side: "canary", units: 1000 });
    for (let n = 0; n < 2; n++) {
      const [row] = await sql`select public.list_rollouts(${
        (await judged(database, id)).id
      }) -> 0 as r`;
      expect(row!.r).toMatchObject({
        outcome: null,
        verdict: "not_worse",
        problem: expect.stringContaining("passing evaluation"),
      });
    }
    await watch(sql, "rollout_judged");
    expect(await open(sql, "rollout_judged"))
      .toMatchObject([{
        summary: expect.stringContaining("cannot be promoted: platform changes"),
      }]);
    await sql`update public.ai_assistants set requires_evaluation = false`;
    expect(await judged(database, id)).toMatchObject({ outcome: "promoted" });
  });
});

Deno.test("a watched switch of a protected assistant goes back, whatever was approved since", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const { ada, ben } = await twoAdmins(database);
    const former = await defaultOf(database);
    await protect(database, "platform");
    const watchMinutes = { action: "set-default", model_id: novaLite, watch_minutes: 30 };
    await approve(database, ben, (await propose(database, watchMinutes, { by: ada })).id);
    const limits = {
      action: "set-assistant",
      assistant_type: "platform",
      allowed_models: [novaPro],
    };
    await approve(database, ben, (await propose(database, limits, { by: ada })).id);
    const [watched] = await sql`select max(id)::integer as id from public.ai_rollouts`;
    await database.as(serviceRole, (asked) =>
      asked`
        select public.complete_call(jsonb_build_object(
          'id', gen_random_uuid(), 'surface', 'openai', 'begun_at', now(),
          'run', jsonb_build_object(
            'status', 'complete', 'model_id', ${former}::text, 'reason', 'fallback',
            'requested_model', ${novaLite}::text, 'fallback_code', 'bedrock_access_denied',
            'response_time_ms', 5, 'rollout_id', ${watched!.id}::bigint, 'rollout_side', 'canary',
            'rollout_share', 100, 'rollout_unit', 'one')))`);
    const [row] = await sql`select public.list_rollouts(${watched!.id}) -> 0 as rollout`;
    expect(row!.rollout).toMatchObject({ outcome: "reverted", problem: null });
    expect(await defaultOf(database)).toBe(former);
    expect(await entries(database, 2)).toEqual(expect.arrayContaining(["set-default going-back"]));
  });
});

Deno.test("a rollout without prices cannot be proven, and says which guard cannot tell", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await start(database, { share: 50, onVerdict: "promote" });
    await enterUnits(sql, id, { side: "former", units: 1000 });
    await enterUnits(sql, id, { side: "canary", units: 999 });
    await enterUnits(sql, id, { side: "canary", units: 1, medianUsd: null });
    const { outcome, verdicts, figures } = await judged(database, id);
    expect({ outcome, verdicts }).toEqual({ outcome: null, verdicts: [] });
    expect(figures!.guards.cost).toMatchObject({ verdict: "unknown", more_units: null });
    expect(figures!.guards.time.verdict).toBe("not_worse");
    expect(figures!.forecast.more_units).toBeNull();
  });
});

Deno.test("an undecided rollout says how many units and hours it takes, and each share counts from nothing", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const id = await start(database, { share: 10 });
    await enterUnits(sql, id, { side: "former", units: 450 });
    await enterUnits(sql, id, { side: "canary", units: 50 });
    const { figures } = await judged(database, id);
    const { more_units, units_per_hour, more_hours } = figures!.forecast;
    // As if they had come within a quarter of an hour.
    expect(units_per_hour).toBe(2000);
    // By the errors: that so few units did not fail proves little.
    expect(more_units).toBe(figures!.guards.errors.more_units);
    expect(more_units).toBeGreaterThan(2500);
    expect(more_units).toBeLessThan(6000);
    expect(figures!.guards.time.more_units).toBeGreaterThan(400);
    expect(figures!.guards.time.more_units).toBeLessThan(1000);
    expect(more_hours).toBeCloseTo(more_units! / 2000, 1);
    const [before] = await sql`select xmin from switchboard.rollout_figures`;
    await judged(database, id);
    const [after] = await sql`select xmin from switchboard.rollout_figures`;
    expect(after).toEqual(before);
    // As if there were more than are read each minute.
    await sql`
      update switchboard.rollout_figures
      set figures = jsonb_set(figures, '{former,units}', '600000')`;
    await enterUnits(sql, id, { side: "canary", units: 1 });
    expect((await judged(database, id)).figures!.former.units).toBe(600_000);
    await sql`update switchboard.rollout_figures set measured_at = now() - interval '11 minutes'`;
    expect((await judged(database, id)).figures).toMatchObject({
      canary: { units: 51 },
      former: { units: 450 },
    });
    await sql`select public.set_rollout_share(${id}, 20)`;
    expect((await judged(database, id)).figures).toMatchObject({
      stage: 2,
      share: 20,
      canary: { units: 0 },
      former: { units: 0 },
      guards: { time: { estimate: null, lower: null, verdict: "undecided", more_units: null } },
    });
    await enterUnits(sql, id, { side: "canary", units: 3, errors: 1 });
    expect((await judged(database, id)).figures!.canary).toMatchObject({ units: 3, errors: 1 });
  });
});

Deno.test("rollout_judged: what was found worse for a day, and what waits for an operator until it is decided", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const worse = await start(database, { share: 50 });
    await enterUnits(sql, worse, {
      side: "canary",
      units: 1,
      errors: 1,
      code: "bedrock_access_denied",
      standIn: novaPro,
    });
    const proven = await start(database, { share: 50 });
    await enterUnits(sql, proven, { side: "former", units: 1000 });
    await enterUnits(sql, proven, { side: "canary", units: 1000 });
    // The tick looks for alerts before it judges.
    await judged(database, proven);
    expect(await watch(sql, "rollout_judged")).toEqual({ opened: 1, raised: 0, closed: 0 });
    expect(await open(sql, "rollout_judged")).toMatchObject([
      {
        summary: expect.stringContaining("(fuse) and reverted"),
        facts: { rollout_id: worse, verdict: "worse", model_id: novaLite },
      },
      { summary: expect.stringContaining("Promote it"), facts: { rollout_id: proven } },
    ]);
    await sql`alter table public.ai_rollout_verdicts disable trigger refuse_change`;
    await sql`update public.ai_rollout_verdicts set created_at = now() - interval '25 hours'`;
    expect(await watch(sql, "rollout_judged")).toEqual({ opened: 0, raised: 0, closed: 1 });
    await sql`select public.set_rollout_share(${proven}, 90)`;
    expect(await watch(sql, "rollout_judged")).toEqual({ opened: 0, raised: 0, closed: 1 });
  });
});
