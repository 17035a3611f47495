import type { RunningStack } from "../processes/running_stack.ts";
import type { GrowingProject } from "./growing_project.ts";
import { highLimits, setLimits } from "./set_limits.ts";

/** Brings the registry to so many models; those that are added are available and cost nothing. */
export async function fillModels({ sql }: RunningStack, count: number): Promise<void> {
  await sql`
    insert into public.bedrock_models
      (model_id, model_name, provider, format, geographies, max_tokens, context_window,
       input_cost_per_mtok, output_cost_per_mtok, is_available, priority)
    select 'bench.model-' || n, 'Model ' || n, 'Bench', 'nova', '{eu}', 4096, 128000, 0, 0, true,
      1000 + n
    from generate_series(
      (select count(*)::integer + 1 from public.bedrock_models), ${count}::integer) as n`;
  await sql`vacuum analyze public.bedrock_models`;
  await sql`vacuum analyze public.model_switches`;
}

/** Takes away again what {@linkcode fillModels} added. */
export async function removeModels({ sql }: RunningStack): Promise<void> {
  await sql`delete from public.bedrock_models where model_id like 'bench.%'`;
  await sql`vacuum analyze public.bedrock_models`;
  await sql`vacuum analyze public.model_switches`;
}

/**
 * Adds conversations of a user, all of so many messages.
 *
 * @returns their ids
 */
export async function addConversations(
  { sql }: RunningStack,
  userId: string,
  { count, messages }: { readonly count: number; readonly messages: number },
): Promise<readonly string[]> {
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
  await sql`vacuum analyze public.ai_messages`;
  await sql`vacuum analyze public.ai_conversations`;
  return ids;
}

/**
 * Sets limits up to so many: a few that apply to every turn, and that none reaches, and those of
 * other users.
 */
export async function fillLimits({ sql }: RunningStack, count: number): Promise<void> {
  await setLimits(sql, highLimits);
  // Each other user has four.
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
    from made, (values ('turns', 'minute'), ('turns', 'day'), ('usd', 'day'), ('usd', 'month'))
      as kinds (unit, period)
    limit (select count from missing)`;
  await sql`vacuum analyze public.ai_limits`;
  await sql`vacuum analyze public.model_switches`;
}

/** Adds so many messages to the table, in conversations of ten. */
export async function fillMessages(
  { stack, users }: GrowingProject,
  count: number,
): Promise<void> {
  const each = Math.ceil(count / 10 / users.length);
  for (const { id } of users) await addConversations(stack, id, { count: each, messages: 10 });
}
