/** What each rule of alerts finds, and when an alert of it opens, rises and closes. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { errorCodes } from "../../../supabase/functions/_shared/core/app_error.ts";
import { retryRule } from "../../../supabase/functions/_shared/runs/retry_policy.ts";
import {
  enter,
  events,
  many,
  nothing,
  open,
  use,
  watch,
  withQuietDatabase,
} from "../../support/alerts.ts";
import { type Session, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

Deno.test("error_rate: opens at a share of enough requests, and closes below a smaller one", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(
      sql,
      ...many(15, { model: novaPro }),
      ...many(4, { model: novaPro, error: "bedrock_timeout" }),
    );
    expect(await watch(sql, "error_rate")).toEqual(nothing);

    // A failure that another model made good is one of the model that was due.
    await enter(sql, { model: novaLite, insteadOf: [novaPro, "bedrock_throttled"] });
    expect(await watch(sql, "error_rate")).toEqual({ ...nothing, opened: 1 });
    expect(await open(sql, "error_rate")).toEqual([{
      subject: novaPro,
      level: null,
      summary: `${novaPro} fails: 5 of 20 requests of the last 15 minutes (25%).`,
      facts: { model_id: novaPro, requests: 20, failed: 5, percent: 25, window_minutes: 15 },
      acknowledged_by: null,
    }]);
    expect(await watch(sql, "error_rate")).toEqual(nothing);

    // Under the opening threshold it stays open, with its present figures.
    await enter(sql, ...many(20, { model: novaPro }));
    expect(await watch(sql, "error_rate")).toEqual(nothing);
    expect((await open(sql, "error_rate"))[0]!.facts.percent).toBe(12.5);
    await enter(sql, ...many(11, { model: novaPro }));
    expect(await watch(sql, "error_rate")).toEqual({ ...nothing, closed: 1 });
    expect((await events(sql, "error_rate")).map(({ event }) => event)).toEqual([
      "opened",
      "closed",
    ]);
  });
});

Deno.test("error_rate: neither callers' mistakes, trials nor old failures count", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(
      sql,
      ...many(20, { model: novaPro, error: "input_too_long" }),
      ...many(20, { model: novaPro, error: "client_disconnected", status: "partial" }),
      ...many(20, { model: novaPro, error: "bedrock_timeout", minutesAgo: 16 }),
      ...many(20, { model: novaLite, insteadOf: [novaPro, "modality_not_supported"] }),
    );
    expect(await watch(sql, "error_rate")).toEqual(nothing);
  });
});

Deno.test("error_rate: counts the errors that say of a model that it fails, as the functions do", async () => {
  await withDatabase(async ({ sql }) => {
    for (const code of errorCodes) {
      const [row] = await sql`select switchboard.is_failure_of_model(${code}) as is_failure`;
      expect([code, row!.is_failure]).toEqual([code, retryRule(code).verdict !== "none"]);
    }
  });
});

Deno.test("model_suspended: of a model that is left out, until no request goes without it", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(
      sql,
      { model: novaLite, insteadOf: [novaPro, "model_suspended"], minutesAgo: 3 },
      { model: novaPro, error: "model_suspended", minutesAgo: 3 },
    );
    expect(await watch(sql, "model_suspended")).toEqual({ ...nothing, opened: 1 });
    const [alert] = await open(sql, "model_suspended");
    expect(alert).toMatchObject({ subject: novaPro, facts: { requests: 2, window_minutes: 5 } });
    await sql`update public.ai_alert_rules set window_minutes = 2 where kind = 'model_suspended'`;
    expect(await watch(sql, "model_suspended")).toEqual({ ...nothing, closed: 1 });
  });
});

Deno.test("price_unknown: of answers that used tokens at no known price", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(
      sql,
      { model: novaPro, tokens: 100, usd: 0.1 },
      { model: novaPro, error: "bedrock_timeout" },
      { model: novaLite, tokens: 100, minutesAgo: 61 },
    );
    expect(await watch(sql, "price_unknown")).toEqual(nothing);
    await enter(sql, { model: novaLite, tokens: 100, minutesAgo: 30 });
    expect(await watch(sql, "price_unknown")).toEqual({ ...nothing, opened: 1 });
    expect((await open(sql, "price_unknown"))[0]).toMatchObject({
      subject: novaLite,
      facts: { answers: 1 },
    });
    await sql`update public.ai_alert_rules set window_minutes = 20 where kind = 'price_unknown'`;
    expect(await watch(sql, "price_unknown")).toEqual({ ...nothing, closed: 1 });
  });
});

Deno.test("lifecycle_near: of available models whose end is near, unknown or past", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`
      update public.bedrock_models set lifecycle = 'active', retires_on = null
      where lifecycle <> 'retired'`;
    const end = (days: number | null, lifecycle: string) =>
      sql`
        update public.bedrock_models
        set lifecycle = ${lifecycle}, retires_on = (now() at time zone 'UTC')::date + ${days}::integer
        where model_id = ${novaLite}`;
    const found = async () => (await open(sql, "lifecycle_near")).map(({ subject }) => subject);
    const summary = async () => (await open(sql, "lifecycle_near"))[0]!.summary;

    await end(61, "legacy");
    expect(await watch(sql, "lifecycle_near")).toEqual(nothing);
    await end(60, "legacy");
    expect(await watch(sql, "lifecycle_near")).toEqual({ ...nothing, opened: 1 });
    expect(await found()).toEqual([novaLite]);
    expect(await summary()).toContain(`AWS ends ${novaLite} on 2`);
    await end(0, "legacy");
    expect(await watch(sql, "lifecycle_near")).toEqual({ ...nothing, raised: 1 });
    expect(await summary()).toContain(`AWS has ended ${novaLite}, which is still available.`);
    await end(null, "legacy");
    await watch(sql, "lifecycle_near");
    expect(await summary()).toContain("no date announced");
    await end(null, "active");
    expect(await watch(sql, "lifecycle_near")).toEqual({ ...nothing, closed: 1 });

    // Whose end is of no concern any more.
    await end(1, "legacy");
    await sql`update public.bedrock_models set is_available = false where model_id = ${novaLite}`;
    expect(await watch(sql, "lifecycle_near")).toEqual(nothing);
  });
});

Deno.test("lifecycle_near: one alert that tells again at 30, 14, 7 and 1 days and at the end, with a successor", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`
      update public.bedrock_models set lifecycle = 'active', retires_on = null,
        successor_model_id = null
      where lifecycle <> 'retired'`;
    const told: [days: number, level: number][] = [];
    const end = async (days: number) => {
      await sql`
        update public.bedrock_models
        set lifecycle = 'legacy', retires_on = (now() at time zone 'UTC')::date + ${days}::integer
        where model_id = ${novaLite}`;
      const { opened, raised } = await watch(sql, "lifecycle_near");
      const [alert] = await open(sql, "lifecycle_near");
      if (opened + raised > 0) told.push([days, alert!.level!]);
      return alert;
    };
    for (const days of [61, 60, 45, 30, 29, 14, 8, 7, 2, 1, 0, -5]) await end(days);
    expect(told).toEqual([[60, 60], [30, 30], [14, 14], [7, 7], [1, 1], [0, 0]]);
    // An end that is put off comes near again.
    await end(40);
    await end(30);
    expect(told.slice(6)).toEqual([[30, 30]]);

    await sql`
      update public.bedrock_models set successor_model_id = ${novaPro}, input_cost_per_mtok = 2,
        output_cost_per_mtok = 8 where model_id = ${novaLite}`;
    await sql`
      update public.bedrock_models set input_cost_per_mtok = 3, output_cost_per_mtok = 4
      where model_id = ${novaPro}`;
    const alert = await end(20);
    const said = alert!.summary.slice(alert!.summary.indexOf(". ") + 2);
    expect(said).toBe(
      `Its successor is ${novaPro}, at 1.5 times the price of input and 0.5 of output.`,
    );
    expect(alert!.facts).toMatchObject({
      proposed_successor: novaPro,
      input_price_ratio: 1.5,
      output_price_ratio: 0.5,
    });
    // A price that is not known, and no model at all.
    await sql`
      update public.bedrock_models set input_cost_per_mtok = null, output_cost_per_mtok = null
      where model_id = ${novaPro}`;
    await sql`update public.bedrock_models set is_available = false, is_default = false
      where model_id = ${novaPro}`;
    expect((await end(20))!.summary)
      .toMatch(/ on [\d-]+\. Its successor is eu\.amazon\.nova-pro-v1:0\. Enable it first\.$/);
    await sql`
      update public.bedrock_models set successor_model_id = null, provider = 'Other'
      where model_id = ${novaLite}`;
    expect((await end(20))!.summary)
      .toMatch(/ on [\d-]+\. No model of the registry can take its place\.$/);
  });
});

Deno.test("limit_near: opens at half of a limit, rises once each at 80 and 100, closes with its window", async () => {
  await withQuietDatabase(async (sql) => {
    await sql`delete from public.ai_limits`;
    const [limit] = await sql`
      insert into public.ai_limits (scope, unit, amount, period, enforcement)
      values ('project', 'usd', 10, 'day', 'soft') returning id`;
    const id = limit!.id;
    await use(sql, id, 4.9);
    expect(await watch(sql, "limit_near")).toEqual(nothing);
    // Slots of a soft limit are one window.
    await sql`
      insert into switchboard.limit_windows (limit_id, scope_key, window_start, slot, spent)
      select limit_id, '', window_start, 7, 0.1 from switchboard.limit_windows`;
    expect(await watch(sql, "limit_near")).toEqual({ ...nothing, opened: 1 });
    expect(await open(sql, "limit_near")).toEqual([{
      subject: String(id),
      level: 50,
      summary: 'The limit "USD per day for the project" is used to 50%.',
      facts: {
        limit_id: Number(id),
        limit: "USD per day for the project",
        unit: "usd",
        amount: 10,
        enforcement: "soft",
        used: 5,
        percent: 50,
      },
      acknowledged_by: null,
    }]);
    await sql`
      update public.ai_alerts set acknowledged_at = now(), acknowledged_by = 'me'
      where kind = 'limit_near'`;
    await use(sql, id, 7.8);
    expect(await watch(sql, "limit_near")).toEqual(nothing);
    await use(sql, id, 8);
    expect(await watch(sql, "limit_near")).toEqual({ ...nothing, raised: 1 });
    expect((await open(sql, "limit_near"))[0]).toMatchObject({ level: 80, acknowledged_by: null });
    // It stays at its highest level, and is told no second time.
    for (const spent of [4.5, 8.1]) {
      await use(sql, id, spent);
      expect(await watch(sql, "limit_near")).toEqual(nothing);
    }
    await use(sql, id, 9.99);
    expect(await watch(sql, "limit_near")).toEqual({ ...nothing, raised: 1 });
    await sql`
      update switchboard.limit_windows set window_start = window_start - interval '1 day'`;
    expect(await watch(sql, "limit_near")).toEqual({ ...nothing, closed: 1 });
    const said = (await events(sql, "limit_near")).map(({ event, level }) => [event, level]);
    expect(said).toEqual([["opened", 50], ["raised", 80], ["raised", 100], ["closed", 100]]);
  });
});

Deno.test("limit_near: of each user one alert, which says how many and not who", async () => {
  await withQuietDatabase(async (sql) => {
    await sql`delete from public.ai_limits`;
    const [limit] = await sql`
      insert into public.ai_limits (scope, assistant_type, unit, amount, period)
      values ('each_user', 'health', 'turns', 60, 'minute') returning id`;
    const hashes = ["a", "b", "c"].map((letter) => letter.repeat(32));
    await use(sql, limit!.id, 29, 1, hashes[0]);
    // The minute before counts, since no tick saw it whole; older ones do not.
    await use(sql, limit!.id, 48, 0, hashes[1], 1);
    await use(sql, limit!.id, 60, 0, hashes[2], 20);
    expect(await watch(sql, "limit_near")).toEqual({ ...nothing, opened: 1 });
    const [alert] = await open(sql, "limit_near");
    expect(alert).toMatchObject({
      level: 80,
      summary:
        '2 users are at 50% or more of the limit "turns per minute for each user of health"; ' +
        "the highest is at 80%.",
      facts: { users: 2, percent: 80 },
    });
    const told = JSON.stringify([alert, await events(sql, "limit_near")]);
    for (const hash of hashes) expect(told).not.toContain(hash);
  });
});

Deno.test("limit_near: a hard limit is used up when its rest buys no answer, not by holds", async () => {
  await withQuietDatabase(async (sql) => {
    await sql`delete from public.ai_limits`;
    const rows = await sql`
      insert into public.ai_limits (scope, assistant_type, unit, amount, period)
      values ('project', null, 'usd', 100, 'total'), ('assistant', 'health', 'usd', 0, 'day'),
        ('assistant', 'clinical', 'usd', 100, 'day')
      returning id`;
    await use(sql, rows[0]!.id, 99);
    // A limit of nothing is meant to refuse.
    await use(sql, rows[1]!.id, 0.5);
    await use(sql, rows[2]!.id, 10, 90);
    await watch(sql, "limit_near");
    expect((await open(sql, "limit_near")).map(({ subject, level }) => [subject, level])).toEqual([
      [String(rows[0]!.id), 100],
    ]);
  });
});

/** As the tick records a step. */
async function note(sql: Session, step: string, result: Record<string, unknown>, minutesAgo = 0) {
  await sql`select switchboard.note_step(${step}, ${sql.json(result as postgres.JSONValue)}, null)`;
  await sql`
    update switchboard.tick_steps set last_ran_at = now() - ${minutesAgo} * interval '1 minute'
    where step = ${step}`;
}

/** As if the last tick had been then. */
async function lastWatched(sql: Session, moment: postgres.PendingQuery<postgres.Row[]>) {
  await note(sql, "watch", {});
  await sql`update switchboard.tick_steps set last_ok_at = ${moment} where step = 'watch'`;
}

const openedAndClosed = { opened: 1, raised: 0, closed: 1 };

Deno.test("limit_near: what was reached before midnight is told after it, once", async () => {
  await withQuietDatabase(async (sql) => {
    await sql`delete from public.ai_limits`;
    const [limit, eachUser] = await sql`
      insert into public.ai_limits (scope, unit, amount, period, enforcement)
      values ('project', 'usd', 5, 'day', 'soft'), ('each_user', 'turns', 10, 'day', 'hard')
      returning id`;
    await lastWatched(sql, sql`date_trunc('day', now(), 'UTC') - interval '30 seconds'`);
    await use(sql, limit!.id, 4.5, 0, "", 24 * 60);
    await use(sql, limit!.id, 1);
    for (const hash of ["a", "b"]) await use(sql, eachUser!.id, 6, 0, hash.repeat(32), 24 * 60);
    expect(await watch(sql, "limit_near")).toEqual({ opened: 2, raised: 0, closed: 2 });
    const told = async () =>
      (await events(sql, "limit_near")).filter(({ subject }) => subject === limit!.id)
        .map(({ event, level }) => [event, level]).toSorted();
    expect(await told()).toEqual([["closed", 80], ["opened", 80]]);
    const summaries = await sql`select summary from public.ai_alerts order by subject::bigint`;
    expect(summaries.map(({ summary }) => summary)).toEqual([
      expect.stringMatching(
        /^The limit "USD per day for the project" was used to 90% until .* 00:00 UTC\.$/,
      ),
      expect.stringMatching(
        /^2 users had been at 50% or more of the limit "turns per day for each user" until .* 00:00 UTC; the highest was at 60%\.$/,
      ),
    ]);
    expect(await watch(sql, "limit_near")).toEqual(nothing);
    // A run that began before midnight has ended.
    await use(sql, limit!.id, 5, 0, "", 24 * 60);
    expect(await watch(sql, "limit_near")).toEqual(openedAndClosed);
    expect(await watch(sql, "limit_near")).toEqual(nothing);
    // Of the present day alone, where a tick has seen the end of the last.
    await lastWatched(sql, sql`now() + interval '1 day'`);
    await use(sql, limit!.id, 2.5);
    expect(await watch(sql, "limit_near")).toEqual({ ...nothing, opened: 1 });
  });
});

Deno.test("what began and ended while the tick was off is told once, and what lasts stays open", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(
      sql,
      ...many(25, { model: novaPro, error: "bedrock_timeout", minutesAgo: 310 }),
      ...many(25, { model: novaPro, error: "bedrock_timeout", minutesAgo: 220 }),
      ...many(20, { model: novaPro, minutesAgo: 2 }),
      { model: novaLite, insteadOf: [novaPro, "model_suspended"], minutesAgo: 200 },
      { model: novaLite, tokens: 100, minutesAgo: 190 },
    );
    expect(await watch(sql, "error_rate")).toEqual(nothing);
    await lastWatched(sql, sql`now() - interval '8 hours'`);
    const [row] = await sql`select switchboard.watch() -> 'alerts' as alerts`;
    for (const kind of ["error_rate", "model_suspended", "price_unknown"]) {
      expect([kind, row!.alerts[kind]]).toEqual([kind, openedAndClosed]);
    }
    const [alert] =
      await sql`select summary, facts from public.ai_alerts where kind = 'error_rate'`;
    expect(alert!.summary).toMatch(
      new RegExp(
        `^${novaPro} failed: 25 of 25 requests of the 15 minutes before .* UTC \\(100%\\)\\.$`,
      ),
    );
    expect(await watch(sql, "error_rate")).toEqual(nothing);

    await enter(sql, ...many(25, { model: novaPro, error: "bedrock_timeout" }));
    expect(await watch(sql, "error_rate")).toEqual({ ...nothing, opened: 1 });
    expect((await open(sql, "error_rate"))[0]!.facts.failed).toBe(25);
  });
});

Deno.test("tick_late: when the tick runs again, how long it had not", async () => {
  await withQuietDatabase(async (sql) => {
    expect(await watch(sql, "tick_late")).toEqual(nothing); // its first run
    await note(sql, "watch", {}, 9);
    expect(await watch(sql, "tick_late")).toEqual(nothing);
    await note(sql, "watch", {}, 24 * 60);
    expect(await watch(sql, "tick_late")).toEqual({ ...nothing, opened: 1 });
    expect((await open(sql, "tick_late"))[0]).toMatchObject({
      summary: "The tick did not run for 1440 minutes.",
      facts: { minutes: 1440 },
    });
    await note(sql, "watch", {}, 6);
    expect(await watch(sql, "tick_late")).toEqual(nothing);
    await note(sql, "watch", {}, 1);
    expect(await watch(sql, "tick_late")).toEqual({ ...nothing, closed: 1 });
  });
});

Deno.test("audit_chain_broken and limits_differ: what the tick's verifications found last", async () => {
  await withQuietDatabase(async (sql) => {
    const steps = [["verify-history", "audit_chain_broken"], ["verify-limits", "limits_differ"]];
    for (const [step, kind] of steps as [string, string][]) {
      await note(sql, step, { ok: true });
      expect(await watch(sql, kind)).toEqual(nothing);
      await note(sql, step, { ok: false, broken_id: 7, differing: [{ limit_id: 1 }] });
      expect(await watch(sql, kind)).toEqual({ ...nothing, opened: 1 });
      // A verification that failed says nothing.
      await sql`select switchboard.note_step(${step}, null, 'canceled')`;
      expect(await watch(sql, kind)).toEqual(nothing);
      await note(sql, step, { ok: true });
      expect(await watch(sql, kind)).toEqual({ ...nothing, closed: 1 });
    }
    const [chain] = await sql`select facts from ai_alerts where kind = 'audit_chain_broken'`;
    const [limits] = await sql`select facts from ai_alerts where kind = 'limits_differ'`;
    expect([chain!.facts.broken_id, limits!.facts.windows]).toEqual([7, 1]);
  });
});

Deno.test("tick() finds a changed audit log and limits that differ in the same run", async () => {
  await withQuietDatabase(async (sql) => {
    await sql`delete from public.ai_limits`;
    await sql`alter table public.model_switches disable trigger refuse_change`;
    await sql`
      update public.model_switches set reason = 'another'
      where id = (select min(id) from public.model_switches)`;
    const [limit] = await sql`
      insert into public.ai_limits (scope, unit, amount, period)
      values ('project', 'turns', 10, 'total') returning id`;
    await use(sql, limit!.id, 1);
    const [row] = await sql`select public.tick() as run`;
    expect(row!.run.steps.filter(({ error }: { error: unknown }) => error !== null)).toEqual([]);
    const kinds = await sql`select kind from ai_alerts where closed_at is null order by kind`;
    expect(kinds.map(({ kind }) => kind)).toEqual(["audit_chain_broken", "limits_differ"]);
  });
});

Deno.test("delivery_failing: of events that were tried in vain, until all have arrived", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(sql, { model: novaLite, tokens: 100 });
    await watch(sql, "price_unknown");
    await sql`update switchboard.alert_outbox set attempts = 2, last_error = 'It answered 500.'`;
    expect(await watch(sql, "delivery_failing")).toEqual(nothing);
    await sql`update switchboard.alert_outbox set attempts = 3`;
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, opened: 1 });
    expect((await open(sql, "delivery_failing"))[0]!.summary).toContain("It answered 500.");
    await sql`update switchboard.alert_outbox set delivered_at = now()`;
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, closed: 1 });
  });
});

Deno.test("delivery_failing: of events that were given up, until another arrives or an operator knows", async () => {
  await withQuietDatabase(async (sql) => {
    const fail = () =>
      sql`
        update switchboard.alert_outbox
        set attempts = 3, last_error = 'It answered 500.', created_at = now() - interval '31 days',
          delivered_at = null
        where payload ->> 'kind' = 'price_unknown'`;
    await enter(sql, { model: novaLite, tokens: 100 });
    await watch(sql, "price_unknown");
    await fail();
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, opened: 1 });
    expect(await watch(sql, "delivery_failing")).toEqual(nothing);
    await sql`
      update switchboard.alert_outbox set delivered_at = now()
      where payload ->> 'kind' = 'delivery_failing'`;
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, closed: 1 });

    await sql`delete from switchboard.alert_outbox`;
    await enter(sql, { model: novaPro, tokens: 100 });
    await watch(sql, "price_unknown");
    await fail();
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, opened: 1 });
    await sql`
      update public.ai_alerts set acknowledged_at = now(), acknowledged_by = 'me'
      where kind = 'delivery_failing' and closed_at is null`;
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, closed: 1 });
    expect(await watch(sql, "delivery_failing")).toEqual(nothing);
  });
});

Deno.test("delivery_failing: of events that no tick tries any more, unless no webhook is set", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(sql, { model: novaLite, tokens: 100 });
    await watch(sql, "price_unknown");
    await sql`update switchboard.alert_outbox set created_at = now() - interval '11 minutes'`;
    expect(await watch(sql, "delivery_failing")).toEqual(nothing);
    await note(sql, "deliver", { skipped: "It is not set." });
    expect(await watch(sql, "delivery_failing")).toEqual(nothing);
    await note(sql, "deliver", { delivered: 0, failed: 0 });
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, opened: 1 });
    expect((await open(sql, "delivery_failing"))[0]!.summary).toBe(
      "1 messages to the webhook of alerts wait: the step deliver of the tick does not run.",
    );
    // Without a webhook nothing waits for one that is set later.
    await sql`select public.discard_alert_deliveries()`;
    expect(await watch(sql, "delivery_failing")).toEqual({ ...nothing, closed: 1 });
    expect((await events(sql, "delivery_failing")).map(({ event }) => event))
      .toEqual(["opened", "closed"]);
    expect(await events(sql, "price_unknown")).toEqual([]);
  });
});
