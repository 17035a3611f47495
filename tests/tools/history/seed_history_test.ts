import { expect } from "@std/expect";
import type postgres from "postgres";
import { migrationsDir, seedPath } from "../../support/database_server.ts";
import { connect } from "../../support/connect.ts";
import type { HistoryOptions } from "../../../tools/history/options.ts";
import { seedHistory } from "../../../tools/seed_history.ts";
import { startFixtureStack, temporaryState } from "../../local/temporary_stack.ts";

const small: HistoryOptions = {
  help: false,
  reset: false,
  messages: 2000,
  days: 10,
  seed: 5,
  endsAt: new Date("2026-11-20T15:30:00Z"),
};
const remove: HistoryOptions = {
  help: false,
  reset: true,
  messages: undefined,
  days: undefined,
  seed: undefined,
  endsAt: undefined,
};

/** Each counts rows that should not be. */
const faults: Record<string, string> = {
  "a conversation's messages have gaps": `
    select conversation_id from public.ai_messages
    group by conversation_id having count(*) <> max(seq) or min(seq) <> 1`,
  "a message is older than the one before": `
    select from (
      select created_at, lag(created_at) over (partition by conversation_id order by seq) as before
      from public.ai_messages) as m
    where created_at < before`,
  "an answer is not in the ledger with the same figures": `
    select from public.ai_messages as a
    join public.ai_messages as q on q.conversation_id = a.conversation_id and q.seq = a.seq - 1
    where a.role = 'assistant' and not exists (
      select from public.ai_usage as u
      where u.message_id = a.id and u.question_id = q.id and u.attempt = q.attempt
        and (u.model_id, u.status, u.reason, u.requested_model, u.fallback_code, u.error_code,
          u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.cost_usd,
          u.response_time_ms, u.time_to_first_token_ms, u.registry_version, u.ended_at,
          u.begun_at, u.begun_xmin)
        is not distinct from
          (a.model_used, a.status, a.reason, a.requested_model, a.fallback_code, a.error_code,
          a.input_tokens, a.output_tokens, a.cache_read_tokens, a.cache_write_tokens, a.cost_usd,
          a.response_time_ms, a.time_to_first_token_ms, a.registry_version, a.created_at,
          q.begun_at, q.begun_xmin))`,
  "a cost is not that of its moment's prices": `
    select from public.ai_usage as u
    left join lateral switchboard.price_at(u.model_id, u.ended_at) as p on true
    where u.price_id is distinct from p.id or p.id is null
      or u.cost_usd is distinct from switchboard.cost_of_tokens(
        p, u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens,
        u.cache_write_1h_tokens)`,
  "a pin is not the model that answered first": `
    select from public.ai_conversations as c
    where c.model_id is distinct from (
      select m.model_used from public.ai_messages as m
      where m.conversation_id = c.id and m.role = 'assistant' and m.status <> 'failed'
      order by m.seq limit 1)`,
  "answered turns are counted wrongly": `
    select from public.ai_conversations as c
    where c.answered_turns <> (
      select count(*) from public.ai_messages as m
      where m.conversation_id = c.id and m.role = 'assistant' and m.status <> 'failed')`,
  "a conversation begins not at all or twice": `
    select from public.ai_conversations as c
    where (c.answered_turns > 0)::integer <> (
      select count(*) from public.ai_usage as u
      where u.conversation_id = c.id and u.begins_conversation)`,
  "a conversation belongs to a demo user, or to no user": `
    select from public.ai_conversations as c
    left join auth.users as u on u.id = c.user_id
    where u.email is null or u.email not like 'history-%@example.com'`,
  "an answer was chosen by a version from before a switch that it began after": `
    select from jsonb_array_elements(public.switch_effect_report(
      '2026-01-01', now()) -> 'switches') as s
    where (s -> 'convergence' ->> 'older')::integer > 0
      or (s -> 'convergence' ->> 'answers')::integer = 0`,
};

async function fingerprint(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`
    select md5(string_agg(m.line, '|' order by m.line)) as all_of_it from (
      select (id, conversation_id, seq, content, status, model_used, requested_model, error_code,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
        response_time_ms, time_to_first_token_ms, reason, request_id, attempt, created_at)::text
        as line
      from public.ai_messages
      union all
      select (question_id, attempt, message_id, status, cost_usd, begins_conversation, ended_at)::text
      from public.ai_usage
    ) as m`;
  return row?.all_of_it;
}

Deno.test("seedHistory() fills an embedded stack's database", async (test) => {
  await using state = await temporaryState();
  const stack = await startFixtureStack({ stateDir: state.dir, migrationsDir, seedPath });
  const port = Number(new URL(stack.dbUrl).port);
  const sql = connect({ port, user: "supabase_admin" });
  const seed = (options: HistoryOptions, stopAfter = Infinity) => {
    const stop = new AbortController();
    let lines = 0;
    const log = () => {
      if (++lines >= stopAfter) stop.abort(new Error("Stopped."));
    };
    return seedHistory(options, port, log, stop.signal);
  };
  try {
    const [registry] = await sql`select public.read_registry() - '{version,hash}'::text[] as rows`;
    await test.step("stopped, it goes on with the same history, and with no other", async () => {
      await expect(seed(small, 4)).rejects.toThrow("Stopped.");
      await expect(seed({ ...small, messages: 4000 })).rejects.toThrow("is unfinished");
      expect(await seed({ ...remove, reset: false })).toContain("2000 messages over 10 days");
    });

    await test.step("all of it is as the functions would have written it", async () => {
      for (const [fault, query] of Object.entries(faults)) {
        const [row] = await sql.unsafe(`select count(*)::int as n from (${query}) as found`);
        expect([fault, row?.n]).toEqual([fault, 0]);
      }
      const [counts] = await sql`
        select
          (select count(*)::int from public.ai_messages) as messages,
          (select count(distinct (ended_at at time zone 'UTC')::date)::int from public.ai_usage)
            as days,
          (select max(ended_at) <= ${small.endsAt!} from public.ai_usage) as ends,
          (select count(distinct assistant_type)::int from public.ai_usage) as assistants`;
      expect({ ...counts }).toEqual({ messages: 2000, days: 10, ends: true, assistants: 4 });
    });

    await test.step("the registry and its log are whole", async () => {
      const [row] = await sql`
        select public.verify_model_switches() ->> 'ok' as ok,
          public.read_registry() - '{version,hash}'::text[] as rows,
          public.next_rollback() as next,
          (select count(*)::int from public.model_switches as ms where ms.is_seeded) as seeded`;
      expect(row?.ok).toBe("true");
      // What never happened is not to be undone.
      expect(row?.seeded).toBeGreaterThan(5);
      expect(row?.next).toBeNull();
      expect(row?.rows).toEqual(registry?.rows);
    });

    await test.step("the reports answer from it", async () => {
      const [row] = await sql`
        select public.usage_report(r.starts_at, r.ends_at, 'day') -> 'totals' as usage,
          public.cost_report(r.starts_at, r.ends_at, 'day') as costs,
          public.performance_report(r.starts_at, r.ends_at, 'total') -> 'rows' as performance,
          (select count(*)::int from public.model_prices as mp
            where mp.valid_to > r.starts_at and mp.valid_to < r.ends_at) as price_changes
        from local_history.run as r`;
      expect(row?.usage.complete + row?.usage.partial + row?.usage.failed).toBe(row?.usage.turns);
      expect(row?.usage.turns).toBeGreaterThanOrEqual(1000);
      expect(row?.usage.fallbacks).toBeGreaterThan(0);
      expect(row?.usage.cache_read_tokens).toBeGreaterThan(0);
      expect(row?.costs.total_usd).toBeGreaterThan(0);
      expect(row?.performance.length).toBeGreaterThan(3);
      expect(row?.price_changes).toBe(1);
    });

    await test.step("a second one is refused, and a removed one leaves nothing but the log", async () => {
      const first = await fingerprint(sql);
      await expect(seed(small)).rejects.toThrow("remove it with --reset");
      expect(await seed(remove)).toContain("Removed 2000 messages");
      const [left] = await sql`
        select
          (select count(*)::int from public.ai_messages) as messages,
          (select count(*)::int from public.ai_conversations) as conversations,
          (select count(*)::int from public.ai_usage) as usage,
          (select count(*)::int from public.ai_usage_days) as days,
          (select count(*)::int from auth.users where email like 'history-%') as users,
          (select count(*)::int from public.model_prices where valid_to is not null) as prices,
          public.verify_model_switches() ->> 'ok' as ok`;
      expect({ ...left }).toEqual({
        messages: 0,
        conversations: 0,
        usage: 0,
        days: 0,
        users: 0,
        prices: 0,
        ok: "true",
      });
      expect(await seed(remove)).toBe("There is no generated history.");
      await seed(small);
      expect(await fingerprint(sql)).toBe(first);
    });
  } finally {
    await sql.end();
    await stack.stop();
  }
});
