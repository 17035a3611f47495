/** Trials in the ledger: paid for and told apart, and no part of what users were answered. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import {
  anon,
  patient,
  platformAdmin,
  refusal,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { converse, novaLite, novaPro } from "../../support/turns.ts";

const unanswered = {
  model_id: novaPro,
  error_code: "bedrock_timeout",
  bedrock_request_id: "call-1",
  input_tokens: 1_000_000,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  usage_estimated: true,
};

async function record(
  { as, sql }: TestDatabase,
  run: Record<string, postgres.JSONValue> = {},
  id: string = crypto.randomUUID(),
): Promise<number | null> {
  const trial = {
    id,
    assistant_type: "health",
    run: {
      status: "complete",
      model_id: novaPro,
      reason: "requested",
      registry_version: 1,
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      usage_estimated: false,
      response_time_ms: 50_000,
      time_to_first_token_ms: 40_000,
      ...run,
    },
  };
  return await as(serviceRole, async (call) => {
    const [row] = await call`select public.record_trial(${sql.json(trial)})::float8 as cost`;
    return row!.cost;
  });
}

Deno.test("a trial is entered once, at its model's price, with every call that is billed", async () => {
  await withDatabase(async (database) => {
    const id = crypto.randomUUID();
    for (let n = 0; n < 2; n++) {
      expect(await record(database, { unanswered_calls: [unanswered] }, id)).toBe(1.05);
    }
    const rows = await database.sql`
      select question_id, purpose, status, conversation_id, message_id, assistant_type,
        begins_conversation, begun_xmin, cost_usd::float8 as cost, price_id is not null as priced,
        extract(epoch from ended_at - begun_at)::float8 as seconds
      from public.ai_usage order by id`;
    const common = {
      question_id: id,
      purpose: "trial",
      conversation_id: null,
      message_id: null,
      assistant_type: "health",
      begins_conversation: false,
      begun_xmin: null,
      cost: 1.05,
      priced: true,
      seconds: 50,
    };
    expect([...rows])
      .toEqual([{ ...common, status: "complete" }, { ...common, status: "unanswered" }]);
    expect((await database.sql`select from public.ai_messages`).length).toBe(0);
  });
});

Deno.test("a trial costs, and counts in no report of turns", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, "1", undefined, {
      model: novaPro,
      tokens: [1_000_000, 0, 0, 0],
      responseTimeMs: 100,
    });
    const reports = async () => {
      const [row] = await sql`
        select
          public.performance_report(now() - interval '1 hour', now() + interval '1 minute', 'hour')
            -> 'rows' as performance,
          public.what_if_report(${novaLite}, now() - interval '1 hour', now() + interval '1 minute')
            - array['from', 'to'] as what_if,
          public.switch_effect_report(now() - interval '1 hour', now() + interval '1 minute')
            -> 'switches' as switches,
          public.metrics_report() -> 'turns' as turns,
          public.metrics_report() -> 'latency' as latency`;
      return row;
    };
    await sql`
      update public.ai_assistants set model_version = ${novaPro} where assistant_type = 'health'`;
    const before = await reports();
    await record(database, { registry_version: 1_000_000 });
    await record(database, { status: "failed", error_code: "bedrock_timeout" });
    const after = await reports();
    // The time until which a switch is measured goes on.
    const still = (row: typeof before) =>
      JSON.parse(JSON.stringify(row), (key, value) => key === "to" ? undefined : value);
    expect(still(after)).toEqual(still(before));

    const [sums] = await sql`
      select public.usage_report(now() - interval '1 hour', now() + interval '1 minute', 'total')
        -> 'totals' as totals`;
    expect(sums!.totals).toMatchObject({ turns: 1, trials: 2, cost_usd: 3.15, trial_usd: 2.1 });
  });
});

Deno.test("only the service key enters trials, and none that has not ended", async () => {
  await withDatabase(async (database) => {
    for (const caller of [anon, patient, platformAdmin]) {
      expect(await refusal(database.as(caller, (call) => call`select public.record_trial('{}')`)))
        .toBe("42501");
    }
    expect(await refusal(record(database, { status: "unanswered" }))).toBe("22023");
    // A turn without a conversation, or a trial in one, cannot be.
    expect(
      await refusal(database.sql`
        insert into public.ai_usage (question_id, attempt, assistant_type, status, begun_at,
          ended_at, begins_conversation)
        values (gen_random_uuid(), 1, 'health', 'complete', now(), now(), false)`),
    ).toBe("23514");
  });
});
