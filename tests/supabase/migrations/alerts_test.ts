/** Alerts: what each rule finds, when alerts open, rise and close, and who may see and set what. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type Session,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

interface Entry {
  readonly model: string | null;
  readonly minutesAgo?: number;
  readonly error?: string;
  readonly status?: string;
  /** The model that should have answered, and why it did not. */
  readonly insteadOf?: readonly [model: string, code: string];
  readonly tokens?: number;
  readonly usd?: number;
}

/** Enters calls in the ledger. */
async function enter(sql: Session, ...entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const { model, minutesAgo = 0, error = null, insteadOf = [null, null] } = entry;
    await sql`
      insert into public.ai_usage (
        question_id, attempt, model_id, purpose, surface, status, error_code, reason,
        requested_model, fallback_code, input_tokens, output_tokens, cost_usd, begun_at, ended_at,
        begins_conversation)
      values (
        gen_random_uuid(), 1, ${model}, 'call', 'openai',
        ${entry.status ?? (error === null ? "complete" : "failed")}, ${error},
        ${insteadOf[0] === null ? "default" : "fallback"}, ${insteadOf[0]}, ${insteadOf[1]},
        ${entry.tokens ?? null}, ${entry.tokens ?? null}, ${entry.usd ?? null},
        now() - ${minutesAgo} * interval '1 minute', now() - ${minutesAgo} * interval '1 minute',
        false)`;
  }
}

const many = (count: number, entry: Entry) => Array.from({ length: count }, () => entry);

interface Counts {
  readonly opened: number;
  readonly raised: number;
  readonly closed: number;
}

/** Applies the rules, of which none may fail; what was done for one kind. */
async function watch(sql: Session, kind: string): Promise<Counts> {
  const [row] = await sql`select switchboard.watch() as outcome`;
  expect(row!.outcome.problems).not.toHaveProperty(kind);
  return row!.outcome.alerts[kind];
}

const open = async (sql: Session, kind: string) => [
  ...await sql`
    select subject, level, summary, facts, acknowledged_by from public.ai_alerts
    where kind = ${kind} and closed_at is null order by subject`,
];

const events = async (sql: Session, kind: string) =>
  (await sql`
    select payload from switchboard.alert_outbox
    where payload ->> 'kind' = ${kind} order by created_at, event`).map(({ payload }) => payload);

const nothing = { opened: 0, raised: 0, closed: 0 };

/** No alert of the first rows is in the way. */
async function withQuietDatabase(test: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  await withDatabase(async ({ sql }) => {
    await sql`update public.ai_alert_rules set is_active = false where kind = 'lifecycle_near'`;
    await test(sql);
  });
}

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
    await watch(sql, "lifecycle_near");
    expect(await summary()).toContain(`AWS has ended ${novaLite}, which is still available.`);
    await end(null, "legacy");
    await watch(sql, "lifecycle_near");
    expect(await summary()).toContain("it has not said when");
    await end(null, "active");
    expect(await watch(sql, "lifecycle_near")).toEqual({ ...nothing, closed: 1 });

    // Whose end is of no concern any more.
    await end(1, "legacy");
    await sql`update public.bedrock_models set is_available = false where model_id = ${novaLite}`;
    expect(await watch(sql, "lifecycle_near")).toEqual(nothing);
  });
});

/** Sets what is used of a limit's present window, by scope key. */
async function use(
  sql: Session,
  limitId: string,
  spent: number,
  held = 0,
  key = "",
  minutesAgo = 0,
) {
  await sql`
    insert into switchboard.limit_windows (limit_id, scope_key, window_start, spent, held)
    select l.id, ${key}, switchboard.window_start(
      l.period, now() - ${minutesAgo} * interval '1 minute', l.time_zone), ${spent}, ${held}
    from public.ai_limits as l where l.id = ${limitId}
    on conflict (limit_id, scope_key, window_start, slot) do update
      set spent = excluded.spent, held = excluded.held`;
}

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
    await use(sql, limit!.id, 60, 0, hashes[2], 2);
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
    expect(alerts.length).toBe(9);
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

Deno.test("of a rule that is switched off alerts close, and one that fails stops no other", async () => {
  await withQuietDatabase(async (sql) => {
    await enter(sql, { model: novaLite, tokens: 100 });
    expect(await watch(sql, "price_unknown")).toMatchObject({ opened: 1 });
    await sql`drop function switchboard.find_error_rate`;
    await sql`update public.ai_alert_rules set is_active = false where kind = 'price_unknown'`;
    const [row] = await sql`select switchboard.watch() as outcome`;
    expect(row!.outcome.alerts.price_unknown).toEqual({ ...nothing, closed: 1 });
    expect(Object.keys(row!.outcome.problems)).toContain("error_rate");
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

Deno.test("platform admins see alerts and rules, other users nothing of them", async () => {
  await withDatabase(async ({ sql, as }) => {
    await enter(sql, { model: novaLite, tokens: 1 });
    await watch(sql, "price_unknown");
    const counts = (caller: typeof patient) =>
      as(caller, async (sql) => [
        (await sql`select kind from public.ai_alerts where kind = 'price_unknown'`).length,
        (await sql`select kind from public.ai_alert_rules`).length,
      ]);
    expect(await counts(platformAdmin)).toEqual([1, 9]);
    expect(await counts(patient)).toEqual([0, 0]);
  });
});
