-- Whether the ledger still gives the numbers that a verdict was found by: the errors are weighed again,
-- in their order, and the figures are measured again, of the rows that were there at the look.

create function switchboard.replay_errors(
  of_rollout_id bigint, of_stage integer, until_place integer
)
returns switchboard.rollout_stages
language plpgsql
stable
set search_path = ''
as $$
declare
  replayed switchboard.rollout_stages;
  error record;
begin
  select * into replayed
  from switchboard.rollout_stages as s
  where s.rollout_id = of_rollout_id and s.stage = of_stage;
  replayed.evidence := 0;
  replayed.errors := 0;
  replayed.canary_errors := 0;
  for error in
    select e.share, e.side
    from switchboard.rollout_errors as e
    where e.rollout_id = of_rollout_id and e.stage = of_stage and e.place <= until_place
    order by e.place
  loop
    replayed := switchboard.weigh_error(replayed, error.share, error.side = 'canary');
  end loop;
  return replayed;
end;
$$;
comment on function switchboard.replay_errors(bigint, integer, integer) is
  'A stage after its first errors, so many of them, weighed once more in their order.';
revoke execute on function switchboard.replay_errors(bigint, integer, integer)
  from public, anon, authenticated, service_role;

create function switchboard.figures_again(
  verdict public.ai_rollout_verdicts, rollout public.ai_rollouts
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  figures constant jsonb := verdict.figures;
  stage constant integer := (figures ->> 'stage')::integer;
  weighed constant integer := (figures ->> 'weighed')::integer;
  replayed constant switchboard.rollout_stages :=
    switchboard.replay_errors(rollout.id, stage, weighed);
  seen constant switchboard.ledger_view :=
    row((figures ->> 'usage_id')::bigint, (figures ->> 'unseen')::int8multirange);
begin
  return case verdict.guard
    when 'errors' then switchboard.describe_evidence(replayed)
    when 'fuse' then switchboard.blown_fuse(
      rollout, figures ->> 'code', replayed, (figures ->> 'answered_id')::bigint)
    when 'watch' then switchboard.weigh_watch(rollout, seen)
    else switchboard.measure_stage(rollout, replayed, seen)
  end;
end;
$$;
comment on function switchboard.figures_again(
  public.ai_rollout_verdicts, public.ai_rollouts) is
  'The figures of a verdict, computed from what the ledger and the weighed errors say today of that moment.';
revoke execute on function switchboard.figures_again(
  public.ai_rollout_verdicts, public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.leaves_of(document jsonb)
returns table (name text, value jsonb)
language sql
immutable
rows 50
set search_path = ''
as $$
  with recursive nodes as (
    select null::text as name, document as value
    union all
    select concat_ws('.', n.name, e.key), e.value
    from nodes as n
    cross join lateral jsonb_each(case when jsonb_typeof(n.value) = 'object' then n.value end) as e
  )
  select n.name, n.value from nodes as n where jsonb_typeof(n.value) <> 'object';
$$;
comment on function switchboard.leaves_of(jsonb) is
  'The values within an object of objects, by their names with dots.';
revoke execute on function switchboard.leaves_of(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.errors_that_differ(verdict public.ai_rollout_verdicts)
returns table (name text, stored jsonb, computed jsonb)
language sql
stable
set search_path = ''
as $$
  select
    'entry ' || e.usage_id,
    jsonb_build_object('unit', e.unit, 'side', e.side, 'share', e.share, 'code', e.code),
    case when u.id is not null then jsonb_build_object('unit', u.rollout_unit,
      'side', u.rollout_side, 'share', u.rollout_share,
      'code', coalesce(u.fallback_code, u.error_code)) end
  from switchboard.rollout_errors as e
  left join public.ai_usage as u on u.id = e.usage_id
  where e.rollout_id = verdict.rollout_id
    and (e.stage, e.place) <= (
      (verdict.figures ->> 'stage')::integer, (verdict.figures ->> 'weighed')::integer)
    and (u.rollout_id, u.rollout_unit, u.rollout_side, u.rollout_share, u.rollout_failed,
        coalesce(u.fallback_code, u.error_code))
      is distinct from (e.rollout_id, e.unit, e.side, e.share, true, e.code)
  order by e.stage, e.place;
$$;
comment on function switchboard.errors_that_differ(public.ai_rollout_verdicts) is
  'The errors behind a verdict of which the ledger has no entry, or another one.';
revoke execute on function switchboard.errors_that_differ(public.ai_rollout_verdicts)
  from public, anon, authenticated, service_role;

-- A definer: the errors are granted to no role.
create function public.verify_verdict(p_id bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  verdict public.ai_rollout_verdicts;
  again jsonb;
  differences jsonb;
begin
  select * into verdict from public.ai_rollout_verdicts as v where v.id = p_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no verdict %s.', p_id),
      detail = 'rollout_not_found',
      hint = 'list_rollouts() lists the verdicts of each rollout with their ids.';
  end if;
  again := switchboard.figures_again(verdict, switchboard.find_rollout(verdict.rollout_id));
  select jsonb_agg(jsonb_build_object(
    'name', d.name, 'stored', d.stored, 'computed', d.computed) order by d.name)
  into differences
  from (
    select coalesce(f.name, a.name) as name, f.value as stored, a.value as computed
    from switchboard.leaves_of(verdict.figures - array['usage_id', 'unseen']) as f
    full join switchboard.leaves_of(coalesce(again, '{}')) as a on a.name = f.name
    where f.value is distinct from a.value
      -- A forecast decides nothing.
      and coalesce(f.name, a.name) not like '%.more\_units'
      -- Sums of fractions come out as their order has it.
      and not coalesce(case when jsonb_typeof(f.value) = 'number' and jsonb_typeof(a.value) = 'number'
        then abs(f.value::numeric - a.value::numeric) <= 0.0002 end, false)
    union all
    select e.name, e.stored, e.computed from switchboard.errors_that_differ(verdict) as e
  ) as d;
  return jsonb_build_object(
    'ok', differences is null, 'differences', coalesce(differences, '[]'));
end;
$$;
comment on function public.verify_verdict(bigint) is
  'Computes the figures of a verdict of a rollout once more, from the ledger and the errors that were weighed. Returns ok and differences: each with its name, what is stored, and what was computed. PT404 rollout_not_found.';
revoke execute on function public.verify_verdict(bigint) from public, anon, authenticated;
grant execute on function public.verify_verdict(bigint) to service_role;
