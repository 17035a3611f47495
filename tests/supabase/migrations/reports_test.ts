/** Every report says what its rows say, before days are summed up and after. */
import { expect } from "@std/expect";
import fc from "fast-check";
import { fromNumeric, toNumber } from "../../support/decimals.ts";
import {
  anon,
  type Caller,
  clinician,
  patient,
  platformAdmin,
  refusal,
  serviceRole,
  type Session,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import {
  type Bucket,
  bucketStart,
  costOfAll,
  entries,
  type Entry,
  groupBy,
  type Range,
  timesOf,
  turnsOf,
  usageOf,
  within,
} from "../../support/usage_books.ts";

const hourMs = 3_600_000;
const now = new Date();
/** Four days and a bit: some of it can be summed up, and some cannot. */
const past: Range = { from: new Date(now.getTime() - 100 * hourMs), to: now };
const range = fc.tuple(
  fc.date({ min: past.from, max: past.to, noInvalidDate: true }),
  fc.date({ min: past.from, max: past.to, noInvalidDate: true }),
).map(([one, other]): Range => one < other ? { from: one, to: other } : { from: other, to: one });
const bucket = fc.constantFrom<Bucket[]>("hour", "day", "month", "total");

/** Puts entries into the ledger, in place of those that are there. */
async function fill({ sql }: TestDatabase, all: readonly Entry[]): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`
      alter table public.ai_usage disable trigger refuse_change;
      delete from public.ai_usage;
      alter table public.ai_usage enable trigger refuse_change;
      update switchboard.usage_rolled_up set until = '0001-01-01';
      delete from public.ai_usage_days;
      delete from public.ai_latency_days;
      delete from public.ai_latency_buckets;`);
    await transaction`
      insert into public.ai_usage ${
      transaction(all.map((entry) => ({
        ...entry,
        question_id: crypto.randomUUID(),
        attempt: 1,
        conversation_id: entry.purpose === "turn" ? crypto.randomUUID() : null,
        begun_at: entry.ended_at,
      })))
    }`;
  });
}

/** Checks the same thing before and after the days that are over are summed up. */
async function beforeAndAfter(database: TestDatabase, check: () => Promise<void>): Promise<void> {
  await check();
  await database.as(serviceRole, (sql) => sql`select public.roll_up_usage()`);
  await check();
  const [row] = await database.sql`select until > current_date - 4 as some
    from switchboard.usage_rolled_up`;
  expect(row?.some).toBe(true);
}

function property(
  most: number,
  runs: number,
  check: (database: TestDatabase, all: Entry[], of: Range, by: Bucket) => Promise<void>,
): Promise<void> {
  return withDatabase(async (database) => {
    await fc.assert(
      fc.asyncProperty(entries(past, most), range, bucket, async (all, of, by) => {
        await fill(database, all);
        await beforeAndAfter(database, () => check(database, all, of, by));
      }),
      { numRuns: runs },
    );
  });
}

/** Keyed by bucket, model and assistant, with the costs exact. */
function expectedUsage(all: readonly Entry[], of: Range, by: Bucket) {
  const groups = groupBy(
    within(all, of),
    (entry) =>
      [bucketStart(entry.ended_at, by, of), entry.model_id, entry.assistant_type].join(" "),
  );
  return new Map([...groups].map(([key, group]) => [key, usageOf(group)]));
}

async function figures(sql: Session, of: Range, by: Bucket) {
  const rows = await sql`
    select f.*, f.cost_usd::text as cost, f.estimated_usd::text as estimated,
      f.trial_usd::text as of_trials
    from public.usage_figures(${of.from}, ${of.to}, ${by}) as f`;
  return new Map(
    rows.map((found) => {
      const { bucket_start, model_id, assistant_type, cost, estimated, of_trials, ...figures } =
        found;
      const { cost_usd: _, estimated_usd: __, trial_usd: ___, caller: ____, ...row } = figures;
      const key = [bucket_start.toISOString(), model_id, assistant_type].join(" ");
      const counts = Object.entries(row).map(([name, value]) => [name, Number(value)]);
      const sums = {
        cost: fromNumeric(cost),
        estimated: fromNumeric(estimated),
        ofTrials: fromNumeric(of_trials),
      };
      return [key, { ...Object.fromEntries(counts), ...sums }];
    }),
  );
}

Deno.test("usage_figures() says what the ledger says, whatever range and bucket", async () => {
  await property(60, 25, async ({ sql }, all, of, by) => {
    expect(await figures(sql, of, by)).toEqual(expectedUsage(all, of, by));
  });
});

Deno.test("usage_report() holds the same rows, of one model or assistant too, and their totals", async () => {
  await property(40, 10, async ({ sql }, all, of, by) => {
    for (const [model, assistant] of [[null, null], ["Two", null], ["one", "health"]] as const) {
      const [row] = await sql`
        select public.usage_report(${of.from}, ${of.to}, ${by}, ${model}, ${assistant}) as report`;
      const chosen = all.filter((entry) =>
        (model === null || entry.model_id === model) &&
        (assistant === null || entry.assistant_type === assistant)
      );
      const { cost, estimated, ofTrials, ...totals } = usageOf(within(chosen, of));
      expect(row?.report.totals)
        .toEqual({
          ...totals,
          cost_usd: toNumber(cost),
          estimated_usd: toNumber(estimated),
          trial_usd: toNumber(ofTrials),
        });
      expect(row?.report.rows).toHaveLength(expectedUsage(chosen, of, by).size);
    }
  });
});

Deno.test("usage_by_caller() holds a row for each user, and the same totals", async () => {
  await property(40, 10, async ({ as }, all, of, by) => {
    const [row] = await as(serviceRole, (sql) =>
      sql`
        select public.usage_by_caller(${of.from}, ${of.to}, ${by}, 'user') as by_user,
          public.usage_report(${of.from}, ${of.to}, ${by}) -> 'totals' as totals`);
    expect(row?.by_user.totals).toEqual(row?.totals);
    const groups = groupBy(
      within(all, of),
      (entry) => [bucketStart(entry.ended_at, by, of), entry.user_hash].join(" "),
    );
    const turns = new Map([...groups].map(([key, group]) => [key, usageOf(group).turns]));
    expect(
      new Map(
        row?.by_user.rows.map((
          each: { bucket_start: string; caller: { user_hash: string | null }; turns: number },
        ) => [
          [new Date(each.bucket_start).toISOString(), each.caller.user_hash].join(" "),
          each.turns,
        ]),
      ),
    ).toEqual(turns);
  });
});

Deno.test("usage_by_caller() finds users and keys, the most expensive first, and says what it left out", async () => {
  await withDatabase(async ({ sql, as }) => {
    const id = patient.userId!;
    const [key] = await sql`
      insert into public.ai_api_keys (name, key_hash, prefix)
      values ('app', sha256('app'), 'bsk_abcdef') returning id`;
    await sql`
      insert into public.ai_usage (
        question_id, attempt, purpose, surface, assistant_type, user_hash, api_key_id, status,
        begun_at, ended_at, begins_conversation, cost_usd)
      select gen_random_uuid(), 1, 'call', 'openai', null, c.hash, c.key_id::uuid, 'complete',
        now(), now(), false, c.cost
      from (values
        (switchboard.keyed_hash('user', ${id}), null, 2), (repeat('a', 32), null, 3),
        (null, ${key!.id}, 1)
      ) as c (hash, key_id, cost)`;
    const report = async (by: string, most: number) => {
      const [row] = await as(serviceRole, (sql) =>
        sql`
          select public.usage_by_caller(
            now() - interval '1 hour', now() + interval '1 hour', 'total', ${by},
            p_most => ${most}) as report`);
      return row?.report;
    };
    const users = await report("user", 2);
    expect(users.left_out).toBe(1);
    expect(users.rows.map(({ caller }: { caller: object }) => caller)).toEqual([
      { user_id: null, user_hash: "a".repeat(32), api_key_id: null, api_key_name: null },
      { user_id: id, user_hash: null, api_key_id: null, api_key_name: null },
    ]);
    const keys = await report("api_key", 2);
    expect(keys.left_out).toBe(0);
    expect(keys.rows.map(({ caller }: { caller: object }) => caller)).toEqual([
      { user_id: null, user_hash: null, api_key_id: null, api_key_name: null },
      { user_id: null, user_hash: null, api_key_id: key!.id, api_key_name: "app" },
    ]);
    await expect(as(platformAdmin, (sql) =>
      sql`
        select public.usage_by_caller(now(), now(), 'total', 'user')`))
      .rejects.toThrow(/permission denied/);
  });
});

/** By hour and day exact; over longer times within half the width of a histogram's bucket. */
function expectTime(found: number | null, expected: number | null, by: Bucket): void {
  if (expected === null || by === "hour" || by === "day") expect(found).toBe(expected);
  else expect(Math.abs(found! - expected)).toBeLessThanOrEqual(0.025 * expected + 0.6);
}

Deno.test("latency_figures() says what the ledger says: exactly by hour and day, else within 2.5 %", async () => {
  await property(120, 25, async ({ sql }, all, of, by) => {
    const rows = await sql`
      select (to_jsonb(f)) as f from public.latency_figures(${of.from}, ${of.to}, ${by}) as f`;
    const called = turnsOf(within(all, of)).filter(({ model_id, status }) =>
      model_id !== null && status !== "unanswered"
    );
    const groups = groupBy(
      called,
      (entry) => [bucketStart(entry.ended_at, by, of), entry.model_id].join(" "),
    );
    expect(rows).toHaveLength(groups.size);
    for (const { f } of rows) {
      const group = groups.get([new Date(f.bucket_start).toISOString(), f.model_id].join(" "))!;
      const whole = group.filter(({ status }) => status === "complete");
      expect([f.answers, f.errors]).toEqual([whole.length, group.length - whole.length]);
      const times = timesOf(
        whole.map((entry) => entry.response_time_ms).filter((ms) => ms !== null),
      );
      const first = timesOf(
        whole.map((entry) => entry.time_to_first_token_ms).filter((ms) => ms !== null),
      );
      if (times.mean === null) expect(f.mean_ms).toBeNull();
      else expect(f.mean_ms).toBeCloseTo(times.mean, 0);
      if (times.stddev === null) expect(f.stddev_ms).toBeNull();
      else expect(Math.abs(f.stddev_ms - times.stddev)).toBeLessThan(0.06);
      if (first.mean === null) expect(f.ttft_mean_ms).toBeNull();
      else expect(Math.abs(f.ttft_mean_ms - first.mean)).toBeLessThan(0.06);
      for (const percentile of ["p50", "p95", "p99"] as const) {
        expectTime(f[`${percentile}_ms`], times[percentile], by);
        expectTime(f[`ttft_${percentile}_ms`], first[percentile], by);
      }
    }
  });
});

Deno.test("cost_report() adds up the costs, and the month that the range ends in", async () => {
  await property(60, 15, async ({ sql }, all, of, by) => {
    const [row] = await sql`
      select public.cost_report(${of.from}, ${of.to}, ${by}) as report`;
    const { rows, total_usd, unpriced, trial_usd, month } = row?.report ?? {};
    const total = usageOf(within(all, of));
    expect([total_usd, unpriced, trial_usd])
      .toEqual([toNumber(total.cost), total.unpriced, toNumber(total.ofTrials)]);
    expect(rows).toHaveLength(expectedUsage(all, of, by).size);

    // A range that ends where a month does ends in the month before.
    const last = new Date(of.to.getTime() - 1);
    const start = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth()));
    const end = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1));
    const toDate = within(all, { from: start, to: of.to });
    expect(new Date(month.month_start)).toEqual(start);
    expect(month.to_date_usd).toBe(toNumber(costOfAll(toDate)));
    const elapsed = (of.to.getTime() - start.getTime()) / (end.getTime() - start.getTime());
    expect(Math.abs(month.elapsed_fraction - elapsed)).toBeLessThan(1e-6);
    const projected = toNumber(costOfAll(toDate)) / elapsed;
    expect(Math.abs(month.projected_usd - projected)).toBeLessThan(1e-5);
    for (
      const [name, key] of [["by_model", "model_id"], ["by_assistant", "assistant_type"]] as const
    ) {
      const parts = groupBy(toDate, (entry) => String(entry[key]));
      const told = month[name].map((
        part: Record<string, unknown>,
      ) => [String(part[key]), part.to_date_usd]);
      expect(new Map(told)).toEqual(
        new Map([...parts].map(([of, group]) => [of, toNumber(costOfAll(group))])),
      );
    }
  });
});

Deno.test("what_if_report() prices the tokens of each model at another's present prices", async () => {
  await property(40, 10, async ({ sql }, all, of) => {
    const [row] = await sql`
      select public.what_if_report('eu.anthropic.claude-sonnet-5-5', ${of.from}, ${of.to}) as report`;
    const { report } = row ?? {};
    const asked = turnsOf(within(all, of));
    const whatIf = (group: readonly Entry[]) => {
      const sums = usageOf(group);
      // 2.20, 11, 0.11, 2.75 and, of what is kept for an hour, 4.40 dollars per million.
      const kept = BigInt(sums.cache_write_1h_tokens);
      return toNumber(
        BigInt(sums.input_tokens) * 2_200_000n + BigInt(sums.output_tokens) * 11_000_000n +
          BigInt(sums.cache_read_tokens) * 110_000n +
          (BigInt(sums.cache_write_tokens) - kept) * 2_750_000n + kept * 4_400_000n,
      );
    };
    expect(report).toMatchObject({
      turns: usageOf(asked).turns,
      actual_usd: toNumber(costOfAll(asked)),
      what_if_usd: whatIf(asked),
      unpriced: usageOf(asked).unpriced,
      cache_as_input: false,
    });
    const groups = groupBy(asked, ({ model_id }) => String(model_id));
    expect(report.by_model).toHaveLength(groups.size);
    for (const part of report.by_model) {
      const group = groups.get(String(part.model_id))!;
      expect(part).toMatchObject({
        turns: usageOf(group).turns,
        actual_usd: toNumber(costOfAll(group)),
        what_if_usd: whatIf(group),
      });
    }
  });
});

Deno.test("metrics_report() counts the present day and adds up the month", async () => {
  await property(60, 15, async ({ sql }, all) => {
    const [row] = await sql`select public.metrics_report() as report, now() as now`;
    const { report, now } = row ?? {};
    // Of the models here, none is registered.
    const nameOf = ({ model_id }: Entry) => model_id === null ? "none" : "other";
    const day = new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`);
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
    const today = within(all, { from: day, to: now });
    expect(report.day).toBe(day.toISOString().slice(0, 10));
    expect(report.month_to_date_usd).toBe(
      toNumber(costOfAll(within(all, { from: month, to: now }))),
    );
    for (const { model_id, assistant_type, status, count } of report.turns) {
      expect(count).toBe(
        turnsOf(today).filter((entry) =>
          nameOf(entry) === model_id && entry.assistant_type === assistant_type &&
          entry.status === status
        ).length,
      );
    }
    const counts = (rows: { count: number }[]) => rows.reduce((sum, { count }) => sum + count, 0);
    expect(counts(report.turns)).toBe(usageOf(today).turns);
    expect(counts(report.fallbacks)).toBe(usageOf(today).fallbacks);
    expect(counts(report.interventions)).toBe(usageOf(today).interventions);
    expect(counts(report.conversations)).toBe(usageOf(today).conversations);
    const ofTrials = (key: "trials" | "trial_usd") =>
      report.cost.reduce((sum: number, row: Record<string, number>) => sum + row[key]!, 0);
    expect(ofTrials("trials")).toBe(usageOf(today).trials);
    expect(ofTrials("trial_usd")).toBeCloseTo(toNumber(usageOf(today).ofTrials), 9);
    for (
      const [name, key] of [
        ["latency", "response_time_ms"],
        ["ttft", "time_to_first_token_ms"],
      ] as const
    ) {
      const timed = turnsOf(today).filter((entry) =>
        entry.model_id !== null && entry.status === "complete" && entry[key] !== null
      );
      const groups = groupBy(timed, nameOf);
      expect(report[name]).toHaveLength(groups.size);
      for (const { model_id, le, counts, count, sum_ms } of report[name]) {
        const times = groups.get(model_id)!.map((entry) => entry[key]!);
        expect(count).toBe(times.length);
        expect(sum_ms).toBe(times.reduce((sum, ms) => sum + ms, 0));
        expect(counts).toEqual(le.map((most: number) => times.filter((ms) => ms <= most).length));
      }
    }
  });
});

Deno.test("days are summed up once, however many ask for it at once", async () => {
  await withDatabase(async (database) => {
    const [all = []] = fc.sample(entries(past, 200), { numRuns: 1, seed: 7 });
    await fill(database, all);
    const sessions = Array.from({ length: 4 }, () => database.session());
    await Promise.all(sessions.map((session) => session`select public.roll_up_usage()`));
    expect(await figures(database.sql, past, "day")).toEqual(expectedUsage(all, past, "day"));
    await Promise.all(sessions.map((session) => session`select public.roll_up_usage(true)`));
    expect(await figures(database.sql, past, "day")).toEqual(expectedUsage(all, past, "day"));
  });
});

const questions = [
  "select count(*)::int as n from public.usage_figures()",
  "select count(*)::int as n from public.latency_figures()",
  "select count(*)::int as n from public.daily_usage",
  "select count(*)::int as n from public.hourly_usage",
  "select count(*)::int as n from public.daily_latency",
  "select count(*)::int as n from public.ai_usage",
  "select count(*)::int as n from public.ai_usage_days",
  "select count(*)::int as n from public.ai_latency_days",
  "select count(*)::int as n from public.ai_latency_buckets",
  "select count(*)::int as n from public.model_prices",
  "select jsonb_array_length(public.usage_report(now() - interval '9 days', now(), 'day') -> 'rows') as n",
  "select jsonb_array_length(public.cost_report(now() - interval '9 days', now(), 'day') -> 'rows') as n",
  "select jsonb_array_length(public.performance_report(now() - interval '9 days', now(), 'day') -> 'rows') as n",
  "select jsonb_array_length(public.metrics_report() -> 'turns') as n",
];

Deno.test("platform admins and service keys read the figures; others see none, and the anonymous are refused", async () => {
  await withDatabase(async (database) => {
    const entry = (ended_at: Date): Entry => ({
      ended_at,
      purpose: "turn",
      model_id: "one",
      user_hash: null,
      assistant_type: "health",
      status: "complete",
      reason: "pinned",
      stop_reason: "end_turn",
      provider_stop_reason: null,
      begins_conversation: true,
      cost_usd: "0.5",
      input_tokens: 1,
      output_tokens: 1,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      cache_write_1h_tokens: 0,
      thinking_tokens: 0,
      usage_estimated: false,
      unanswered_call: null,
      response_time_ms: 900,
      time_to_first_token_ms: 100,
    });
    await fill(database, [entry(new Date()), entry(new Date(now.getTime() - 80 * hourMs))]);
    await database.sql`select public.roll_up_usage()`;
    const ask = (caller: Caller, question: string) =>
      database.as(caller, async (sql) => (await sql.unsafe(question))[0]?.n);
    for (const question of questions) {
      for (const caller of [platformAdmin, serviceRole]) {
        expect([question, await ask(caller, question) > 0]).toEqual([question, true]);
      }
      for (const caller of [patient, clinician]) {
        expect([question, await ask(caller, question)]).toEqual([question, 0]);
      }
      expect(await refusal(ask(anon, question))).toBe("42501");
    }
    // Only a secret key sums up.
    for (const caller of [platformAdmin, patient, anon]) {
      expect(await refusal(ask(caller, "select public.roll_up_usage()"))).toBe("42501");
    }
  });
});
