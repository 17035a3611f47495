-- Figures for platform admins, who must not read other people's words: counts, never content.

create function private.usage_by_model(since timestamptz)
returns table (
  model_id text,
  answers bigint,
  failures bigint,
  conversations bigint,
  input_tokens bigint,
  output_tokens bigint,
  cost_usd numeric,
  mean_response_time_ms numeric
)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if not private.is_platform_user() then
    raise exception using
      errcode = '42501', message = 'Only platform admins may read figures about use.';
  end if;
  return query
    select
      m.model_used,
      count(*) filter (where m.status in ('complete', 'partial')),
      count(*) filter (where m.status = 'failed'),
      count(distinct m.conversation_id),
      sum(m.input_tokens)::bigint,
      sum(m.output_tokens)::bigint,
      sum(m.cost_usd),
      round(avg(m.response_time_ms) filter (where m.status = 'complete'), 1)
    from public.ai_messages as m
    where m.role = 'assistant' and m.created_at >= since and m.model_used is not null
    group by m.model_used
    order by count(*) desc, m.model_used;
end;
$$;
comment on function private.usage_by_model(timestamptz) is
  'Body of public.usage_by_model(). Definer, because platform admins may count messages that they may not read; 42501 for anyone else.';
revoke execute on function private.usage_by_model(timestamptz) from public, anon, service_role;
grant execute on function private.usage_by_model(timestamptz) to authenticated;

create function public.usage_by_model(p_since timestamptz default now() - interval '24 hours')
returns table (
  model_id text,
  answers bigint,
  failures bigint,
  conversations bigint,
  input_tokens bigint,
  output_tokens bigint,
  cost_usd numeric,
  mean_response_time_ms numeric
)
language sql
stable
set search_path = ''
as $$
  select * from private.usage_by_model(p_since);
$$;
comment on function public.usage_by_model(timestamptz) is
  'Answers, tokens, USD and mean response time per model since a moment (default: 24 hours ago), for platform admins.';
revoke execute on function public.usage_by_model(timestamptz) from public, anon, service_role;
grant execute on function public.usage_by_model(timestamptz) to authenticated;
