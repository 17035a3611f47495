/** Alerts: one of each subject, how they are delivered, and who may see and set what. */
import { expect } from "@std/expect";
import { alertKinds } from "../../../supabase/functions/_shared/alerts/alert.ts";
import { enter, events, open, use, watch, withQuietDatabase } from "../../support/alerts.ts";
import {
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

Deno.test("watch_metrics() gives open alerts, and of limits what is used in the present window", async () => {
  await withDatabase(async ({ sql, as }) => {
    await sql`update public.ai_alert_rules set is_active = kind = 'limit_near'`;
    await sql`delete from public.ai_limits`;
    const [project, eachUser] = await sql`
      insert into public.ai_limits (scope, unit, amount, period)
      values ('project', 'usd', 10, 'hour'), ('each_user', 'turns', 10, 'day') returning id`;
    await use(sql, project!.id, 6, 1);
    await use(sql, project!.id, 9, 0, "", 60);
    await use(sql, eachUser!.id, 8, 0, "a".repeat(32));
    await use(sql, eachUser!.id, 9, 1, "b".repeat(32));
    await use(sql, eachUser!.id, 7, 0, "c".repeat(32));
    await watch(sql, "limit_near");
    const [row] = await as(serviceRole, (sql) => sql`select public.watch_metrics() as metrics`);
    const { alerts, limits } = row!.metrics;
    expect(alerts.length).toBe(11);
    expect(alerts).toContainEqual({ kind: "limit_near", open: 2 });
    expect(alerts).toContainEqual({ kind: "tick_late", open: 0 });
    expect(limits).toEqual([
      {
        id: Number(project!.id),
        name: "USD per hour for the project",
        unit: "usd",
        amount: 10,
        spent: 6,
        held: 1,
        users_at_80: null,
        users_at_100: null,
      },
      {
        id: Number(eachUser!.id),
        name: "turns per day for each user",
        unit: "turns",
        amount: 10,
        spent: null,
        held: null,
        users_at_80: 2,
        users_at_100: 1,
      },
    ]);
  });
});

Deno.test("an event has what the webhook is told, and no user", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(sql, { model: novaLite, tokens: 100 });
    await watch(sql, "price_unknown");
    const summary =
      `The cost of 1 answers of ${novaLite} in the last 60 minutes is unknown: set its price.`;
    const [event] = await events(sql, "price_unknown");
    const [alert] = await sql`select id from public.ai_alerts where kind = 'price_unknown'`;
    const [row] = await sql`select id from switchboard.alert_outbox`;
    expect(event).toEqual({
      id: row!.id,
      alert_id: alert!.id,
      event: "opened",
      kind: "price_unknown",
      subject: novaLite,
      level: null,
      summary,
      text: `Alert: ${summary}`,
      facts: { model_id: novaLite, answers: 1, window_minutes: 60 },
      opened_at: expect.any(String),
      closed_at: null,
    });
  });
});

Deno.test("several that watch at once open one alert and write one event", async () => {
  await withDatabase(async ({ sql, session }) => {
    await sql`update public.ai_alert_rules set is_active = kind = 'price_unknown'`;
    await enter(sql, { model: novaLite, tokens: 100 });
    const first = session();
    await first`begin`;
    await first`select switchboard.watch()`;
    const others = [session(), session()].map((other) => other`select switchboard.watch()`);
    const waiting = Promise.all(others.map((other) => other.execute()));
    await first`commit`;
    await waiting;
    expect((await events(sql, "price_unknown")).length).toBe(1);
    expect((await open(sql, "price_unknown")).length).toBe(1);
  });
});

Deno.test("of a rule that is switched off alerts close, and one that fails is told by the tick and stops no other", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(sql, { model: novaLite, tokens: 100 });
    expect(await watch(sql, "price_unknown")).toMatchObject({ opened: 1 });
    await sql`drop function switchboard.find_error_rate`;
    await sql`update public.ai_alert_rules set is_active = false where kind = 'price_unknown'`;
    await sql`select public.tick()`;
    const kinds = await sql`select kind from public.ai_alerts where closed_at is null`;
    expect([...kinds]).toEqual([]);
    const [step] = await sql`select last_error from switchboard.tick_steps where step = 'watch'`;
    expect(step!.last_error).toBe(
      "error_rate: function switchboard.find_error_rate(public.ai_alert_rules) does not exist",
    );
  });
});

Deno.test("a delivery is claimed by one, and again when its claim has run out", async () => {
  await withDatabase(async ({ sql, as }) => {
    await sql`update public.ai_alert_rules set is_active = kind = 'price_unknown'`;
    await enter(sql, { model: novaLite, tokens: 100 });
    await watch(sql, "price_unknown");
    const claim = () =>
      as(serviceRole, async (sql) => {
        const [row] = await sql`select public.claim_alert_delivery(60) as claimed`;
        return row!.claimed;
      });
    const record = (attempt: number, error: string | null, wait: number | null = null) =>
      as(
        serviceRole,
        (sql) => sql`select public.record_alert_delivery(${id}, ${attempt}, ${error}, ${wait})`,
      );
    const due = async () => {
      const [row] = await sql`
        select round(extract(epoch from next_attempt_at - now()))::integer as seconds, delivered_at
        from switchboard.alert_outbox`;
      return row!;
    };
    const forward = () => sql`update switchboard.alert_outbox set next_attempt_at = now()`;

    const first = await claim();
    const id = first.id;
    expect(first).toMatchObject({ attempt: 1, payload: { id, event: "opened" } });
    expect(await claim()).toBeNull();
    await forward();
    expect(await claim()).toMatchObject({ id, attempt: 2 });
    // Of the first claim, whose time is over.
    await record(1, "It answered 500.", 7200);
    expect((await due()).seconds).toBeLessThanOrEqual(60);

    await record(2, "It answered 500.");
    expect((await due()).seconds).toBeGreaterThan(55);
    await forward();
    await claim();
    await record(3, "It answered 429.", 7200);
    expect((await due()).seconds).toBeGreaterThan(7190);
    await forward();
    await claim();
    await record(4, "It answered 429.", 1e9);
    expect((await due()).seconds).toBeLessThanOrEqual(86_400);
    // What arrived has arrived, whoever says so.
    await record(1, null);
    expect((await due()).delivered_at).not.toBeNull();
    await forward();
    expect(await claim()).toBeNull();
  });
});

Deno.test("an event that could not be delivered for seven days is given up, and later deleted", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(sql, { model: novaLite, tokens: 100 });
    await watch(sql, "price_unknown");
    await sql`update switchboard.alert_outbox set created_at = now() - interval '7 days'`;
    const [claim] = await sql`select public.claim_alert_delivery() as claimed`;
    expect(claim!.claimed).toBeNull();
    await sql`update switchboard.alert_outbox set created_at = now() - interval '31 days'`;
    await sql`
      update public.ai_alerts
      set closed_at = now() - interval '401 days', opened_at = now() - interval '402 days'`;
    await sql`update public.ai_alert_rules set is_active = false where kind = 'price_unknown'`;
    await watch(sql, "price_unknown");
    expect([...await sql`select id from switchboard.alert_outbox`]).toEqual([]);
    expect([...await sql`select id from public.ai_alerts`]).toEqual([]);
  });
});

Deno.test("alerts are listed, the open ones first, and acknowledged once, by name", async () => {
  await withDatabase(async ({ sql, as }) => {
    await sql`update public.ai_alert_rules set is_active = kind = 'price_unknown'`;
    await enter(sql, { model: novaPro, tokens: 1, minutesAgo: 20 });
    await watch(sql, "price_unknown");
    await sql`update public.ai_alert_rules set window_minutes = 10 where kind = 'price_unknown'`;
    await enter(sql, { model: novaLite, tokens: 1 });
    await watch(sql, "price_unknown");
    const list = (open: boolean | null, most = 100) =>
      as(serviceRole, async (sql) => {
        const [row] = await sql`select public.list_alerts(${open}, ${most}) as listed`;
        const { alerts, open_count } = row!.listed;
        return [alerts.map(({ subject }: { subject: string }) => subject), open_count];
      });
    expect(await list(null)).toEqual([[novaLite, novaPro], 1]);
    expect(await list(null, 1)).toEqual([[novaLite], 1]);
    expect(await list(true)).toEqual([[novaLite], 1]);
    expect(await list(false)).toEqual([[novaPro], 1]);

    const [alert] = await sql`select id from public.ai_alerts where closed_at is null`;
    const acknowledge = (id: string, keyName: string, reason: string | null = null) =>
      as(serviceRole, async (sql) => {
        const [row] = await sql`
          select public.acknowledge_alert(
            ${id}, p_actor_key_name => ${keyName}, p_reason => ${reason}) as done`;
        return row!.done.alert;
      });
    expect(await acknowledge(alert!.id, "deploys", "on it")).toMatchObject({
      id: alert!.id,
      acknowledged_by: "deploys",
      acknowledgement: "on it",
      closed_at: null,
    });
    expect(await acknowledge(alert!.id, "another")).toMatchObject({ acknowledged_by: "deploys" });
    expect(await refused(acknowledge(crypto.randomUUID(), "deploys"))).toMatchObject({
      code: "PT404",
      detail: "alert_not_found",
    });
  });
});

Deno.test("a rule is set by its fields, and its change recorded with its actor", async () => {
  await withDatabase(async ({ sql, as }) => {
    const set = (kind: string, rule: Record<string, number | boolean>) =>
      as(serviceRole, async (sql) => {
        const [row] = await sql`
          select public.set_alert_rule(
            ${kind}, ${sql.json(rule)}, p_actor_key_name => 'deploys',
            p_reason => 'fewer alarms') as done`;
        return row!.done;
      });
    const former = {
      kind: "error_rate",
      is_active: true,
      open_at: 20,
      close_at: 10,
      least_count: 20,
      window_minutes: 15,
    };
    const done = await set("error_rate", { open_at: 30, least_count: 50 });
    expect(done.rule).toEqual({ ...former, open_at: 30, least_count: 50 });
    expect(done.former).toEqual(former);
    const again = await set("error_rate", { open_at: 30 });
    expect(again.rule).toEqual(done.rule);
    expect(again.registry_version).toBe(done.registry_version);

    const log = await sql`
      select action, actor_key_name, reason, registry_version::integer as version
      from public.model_switches where table_name = 'ai_alert_rules'`;
    expect([...log]).toEqual([{
      action: "set-alert-rule",
      actor_key_name: "deploys",
      reason: "fewer alarms",
      version: done.registry_version,
    }]);
    for (
      const [kind, rule] of [
        ["error_rate", { close_at: 40 }],
        ["error_rate", { close_at: 0 }],
        ["error_rate", { open_at: 101 }],
        ["limit_near", { open_at: 49 }],
        ["lifecycle_near", { open_at: 61 }],
        ["limit_near", { window_minutes: 5 }],
        ["audit_chain_broken", { open_at: 1 }],
        ["price_unknown", { least_count: 1 }],
        ["nothing", { is_active: false }],
      ] as const
    ) {
      const error = await refused(set(kind, rule));
      expect([kind, rule, error.code, error.detail]).toEqual([
        kind,
        rule,
        "PT400",
        "invalid_request",
      ]);
    }
    expect(await refusal(sql`delete from public.ai_alert_rules`)).toBe("42501");
    expect(
      await refusal(sql`update public.ai_alert_rules set open_at = 'NaN' where kind = 'tick_late'`),
    )
      .toBe("23514");
  });
});

Deno.test("every kind that the functions know has its rule, and no other", async () => {
  await withDatabase(async ({ sql }) => {
    const rules = await sql`select kind from public.ai_alert_rules`;
    expect(rules.map(({ kind }) => kind).sort()).toEqual([...alertKinds].sort());
  });
});

Deno.test("platform admins see alerts and rules, other users nothing of them", async () => {
  await withDatabase(async ({ sql, as }) => {
    await enter(sql, { model: novaLite, tokens: 1 });
    await watch(sql, "price_unknown");
    const counts = (caller: typeof patient) =>
      as(caller, async (sql) => [
        (await sql`select kind from public.ai_alerts where kind = 'price_unknown'`).length,
        (await sql`select kind from public.ai_alert_rules`).length,
      ]);
    expect(await counts(platformAdmin)).toEqual([1, 11]);
    expect(await counts(patient)).toEqual([0, 0]);
  });
});
