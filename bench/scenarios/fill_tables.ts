import type { RunningStack } from "../processes/running_stack.ts";
import { benchKeyName } from "../users.ts";
import type { GrowingProject } from "./growing_project.ts";
import { highLimits, setLimits } from "./set_limits.ts";

/** Brings the registry to so many models; those that are added are available and cost nothing. */
export async function fillModels({ stack }: GrowingProject, count: number): Promise<void> {
  await stack.sql`
    insert into public.bedrock_models
      (model_id, model_name, provider, format, geographies, max_tokens, context_window,
       input_cost_per_mtok, output_cost_per_mtok, is_available, priority)
    select 'bench.model-' || n, 'Model ' || n, 'Bench', 'nova', '{eu}', 4096, 128000, 0, 0, true,
      1000 + n
    from generate_series(
      (select count(*)::integer + 1 from public.bedrock_models), ${count}::integer) as n`;
  await settle(stack, ["public.bedrock_models", "public.model_switches"]);
}

/** Takes away again what {@linkcode fillModels} added. */
export async function removeModels({ stack }: GrowingProject): Promise<void> {
  await stack.sql`delete from public.bedrock_models where model_id like 'bench.%'`;
  await settle(stack, ["public.bedrock_models", "public.model_switches"]);
}

/**
 * Adds conversations of a user, all of so many messages.
 *
 * @returns their ids
 */
export async function addConversations(
  stack: RunningStack,
  userId: string,
  { count, messages }: { readonly count: number; readonly messages: number },
): Promise<readonly string[]> {
  const { sql } = stack;
  const rows = await sql<{ id: string }[]>`
    insert into public.ai_conversations (user_id, assistant_id, model_id, title, answered_turns)
    select ${userId}, a.id, 'eu.amazon.nova-lite-v1:0', 'Bench', ${messages / 2}::integer
    from public.ai_assistants as a, generate_series(1, ${count})
    where a.assistant_type = 'health'
    returning id`;
  const ids = rows.map(({ id }) => id);
  await sql`
    insert into public.ai_messages
      (conversation_id, seq, role, content, status, request_id, begun_at, attempt, model_used,
       input_tokens, output_tokens, cost_usd, registry_version, reason, created_at)
    select c.id, n, case n % 2 when 1 then 'user' else 'assistant' end,
      'Message ' || n || ' of a conversation that has gone on for a while.', 'complete',
      gen_random_uuid(), case n % 2 when 1 then now() - interval '1 day' end,
      case n % 2 when 1 then 1 end, case n % 2 when 0 then 'eu.amazon.nova-lite-v1:0' end,
      case n % 2 when 0 then 40 end, case n % 2 when 0 then 20 end,
      case n % 2 when 0 then 0.00001 end, 1, case n % 2 when 0 then 'pinned' end,
      now() - interval '1 day'
    from unnest(${ids}::uuid[]) as c (id), generate_series(1, ${messages}) as n`;
  await settle(stack, ["public.ai_messages", "public.ai_conversations"]);
  return ids;
}

/** Brings the messages of the table to so many, in conversations of ten. */
export async function fillMessages(
  { stack, users }: GrowingProject,
  count: number,
): Promise<void> {
  const [row] = await stack.sql`select count(*)::integer as count from public.ai_messages`;
  const each = Math.ceil(Math.max(0, count - Number(row?.count)) / 10 / users.length);
  for (const { id } of users) await addConversations(stack, id, { count: each, messages: 10 });
}

/** Brings the API keys to so many; no client has those that are added. */
export async function fillKeys({ stack }: GrowingProject, count: number): Promise<void> {
  await stack.sql`
    insert into public.ai_api_keys (name, key_hash, prefix)
    select 'Other ' || n, sha256(convert_to(gen_random_uuid()::text, 'UTF8')),
      'bsk_' || lpad(n::text, 6, '0')
    from generate_series(
      (select count(*)::integer + 1 from public.ai_api_keys), ${count}::integer) as n`;
  await settle(stack, ["public.ai_api_keys", "public.model_switches"]);
}

/** Four kinds of limits for each of those that have some. */
const kindsOfLimits = "('turns', 'minute'), ('turns', 'day'), ('usd', 'day'), ('usd', 'month')";

/**
 * Limits of API keys up to so many, which none reaches: those of the caller's, and of as many others
 * as it takes. In place of all other limits.
 */
export async function fillKeyLimits({ stack }: GrowingProject, count: number): Promise<void> {
  const { sql } = stack;
  await setLimits(sql, []);
  await sql`
    insert into public.ai_limits (scope, api_key_id, unit, amount, period)
    select 'api_key', k.id, kinds.unit, 1000000, kinds.period
    from public.ai_api_keys as k, (values ${sql.unsafe(kindsOfLimits)}) as kinds (unit, period)
    order by (k.name = ${benchKeyName}) desc, k.id
    limit ${count}`;
  await settle(stack, ["public.ai_limits", "public.model_switches"]);
}

/**
 * Limits up to so many: a few that apply to every turn, and that none reaches, and those of other
 * users. In place of all other limits.
 */
export async function fillLimits({ stack }: GrowingProject, count: number): Promise<void> {
  const { sql } = stack;
  await setLimits(sql, highLimits);
  await sql`
    with missing as (
      select greatest(0, ${count}::integer - count(*)::integer) as count from public.ai_limits),
    made as (
      insert into auth.users (id, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
      select id, id || '@example.com', now(), '{}', '{}'
      from (
        select gen_random_uuid() as id
        from missing, generate_series(1, ceil(missing.count / 4.0)::integer)) as new
      returning id)
    insert into public.ai_limits (scope, user_id, unit, amount, period)
    select 'user', made.id, kinds.unit, 1000, kinds.period
    from made, (values ${sql.unsafe(kindsOfLimits)}) as kinds (unit, period)
    limit (select count from missing)`;
  await settle(stack, ["public.ai_limits", "public.model_switches"]);
}

/**
 * Gives so many other users a window of today, under limits of each user that none reaches. In place
 * of all other limits.
 */
export async function fillWindows({ stack }: GrowingProject, count: number): Promise<void> {
  const { sql } = stack;
  await setLimits(sql, highLimits);
  await sql`
    insert into switchboard.limit_windows (limit_id, scope_key, window_start, spent)
    select l.id, md5(gen_random_uuid()::text), switchboard.window_start('day', now(), 'UTC'), 0.01
    from public.ai_limits as l, generate_series(1, ${count})
    where l.scope = 'each_user' and l.period = 'day'`;
  await settle(stack, ["public.ai_limits", "switchboard.limit_windows"]);
}

/** What Postgres does by itself after many writes, so that it does not while turns are measured. */
async function settle({ sql }: RunningStack, tables: readonly string[]): Promise<void> {
  for (const table of tables) await sql.unsafe(`vacuum analyze ${table}`);
  await sql`checkpoint`;
}
