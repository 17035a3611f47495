-- What the ledger tells of a rollout, each time the tick looks: how the times, the costs and the
-- errors of its two sides compare, by bounds that hold at every look (Robbins' normal mixture; Howard
-- and others, 2021), and so may be looked at for as long as one likes.
--
-- A unit counts once, on the side that it was assigned to under the present share: with its first
-- answer that was given whole and by the model of its side, and with whether that model ever failed
-- it. Errors alone are weighed as they come as well; see weigh_error().

create type switchboard.arm as (units bigint, mean double precision, variance double precision);
comment on type switchboard.arm is
  'One side of a comparison: how many units were measured, their mean, and the variance of one.';

create function switchboard.least_units()
returns integer
language sql
immutable
set search_path = ''
as $$
  select 100;
$$;
comment on function switchboard.least_units() is
  'The fewest units of each side that a bound holds for.';
revoke execute on function switchboard.least_units()
  from public, anon, authenticated, service_role;

create function switchboard.half_width(canary switchboard.arm, former switchboard.arm)
returns double precision
language plpgsql
immutable
set search_path = ''
as $$
declare
  alpha constant double precision := 0.05;
  units constant double precision := canary.units + former.units;
  spread constant double precision := units * units
    * (canary.variance / canary.units + former.variance / former.units);
  -- Tightest at 5,000 units in two halves.
  tuned constant double precision := 5000 * 2 * (canary.variance + former.variance)
    / (2 * ln(1 / alpha) + ln(1 + 2 * ln(1 / alpha)));
begin
  return sqrt((spread + tuned) * ln((spread + tuned) / (tuned * alpha * alpha))) / units;
end;
$$;
comment on function switchboard.half_width(switchboard.arm, switchboard.arm) is
  'How far from the difference of two means the true one may be: at any look, ever, it is further off, to one side, with a probability of less than 5 percent.';
revoke execute on function switchboard.half_width(switchboard.arm, switchboard.arm)
  from public, anon, authenticated, service_role;

create function switchboard.weigh_means(
  canary switchboard.arm, former switchboard.arm, tolerated double precision
)
returns table (difference double precision, lower double precision, upper double precision, verdict text)
language plpgsql
immutable
rows 1
set search_path = ''
as $$
declare
  half_width double precision;
begin
  verdict := 'undecided';
  difference := canary.mean - former.mean;
  if least(canary.units, former.units) >= 2 then
    half_width := switchboard.half_width(canary, former);
    lower := difference - half_width;
    upper := difference + half_width;
  end if;
  if least(canary.units, former.units) >= switchboard.least_units() then
    verdict := case
      when lower > tolerated then 'worse'
      when upper < tolerated then 'not_worse'
      else 'undecided' end;
  end if;
  return next;
end;
$$;
comment on function switchboard.weigh_means(switchboard.arm, switchboard.arm, double precision) is
  'How much more the canary''s mean is than the former model''s, its bounds, and what follows where so much more is tolerated: `worse`, `not_worse` or `undecided`.';
revoke execute on function switchboard.weigh_means(
  switchboard.arm, switchboard.arm, double precision)
  from public, anon, authenticated, service_role;

create function switchboard.units_to_verdict(
  canary switchboard.arm, former switchboard.arm, tolerated double precision, share integer
)
returns bigint
language plpgsql
immutable
set search_path = ''
as $$
declare
  weight constant double precision := share / 100.0;
  gap constant double precision := abs(canary.mean - former.mean - tolerated);
  present constant bigint := canary.units + former.units;
  needed bigint := greatest(
    present, ceil(switchboard.least_units() / least(weight, 1 - weight))::bigint);
begin
  -- The bounds become tighter with each step, by however little.
  while needed < 10000000 loop
    canary.units := greatest(2, needed * weight);
    former.units := greatest(2, needed * (1 - weight));
    if switchboard.half_width(canary, former) < gap then
      return needed - present;
    end if;
    needed := ceil(needed * 1.05);
  end loop;
  return null;
end;
$$;
comment on function switchboard.units_to_verdict(
  switchboard.arm, switchboard.arm, double precision, integer) is
  'About how many more units of both sides it takes until the bounds leave out what is tolerated, if the means stay as they are; null: more than ten million.';
revoke execute on function switchboard.units_to_verdict(
  switchboard.arm, switchboard.arm, double precision, integer)
  from public, anon, authenticated, service_role;

create type switchboard.side_figures as (
  units bigint, errors bigint, answered bigint, unpriced bigint,
  first_token switchboard.arm, whole switchboard.arm, cost switchboard.arm
);
comment on type switchboard.side_figures is
  'Of one side of a stage: its units, those that its model failed at least once, those with a first answer and, of these, those whose cost is not known; the logarithms of the times and the costs of the first answers.';

create function switchboard.figures_of_sides(
  rollout_stage switchboard.rollout_stages, seen switchboard.ledger_view
)
returns table (side text, figures switchboard.side_figures)
language sql
stable
rows 2
set search_path = ''
as $$
  with counted as (
    select
      u.*,
      -- An answer that another model gave, or that was cut short, tells no time and no cost.
      u.status = 'complete' and u.fallback_code is null as is_whole
    from public.ai_usage as u
    where u.rollout_id = rollout_stage.rollout_id
      and (seen.until_id is null or u.id <= seen.until_id and not seen.unseen @> u.id)
      -- What failed for other reasons than the model is no test of it.
      and (u.rollout_failed or u.status in ('complete', 'partial') and u.fallback_code is null)
  ),
  units as (
    select
      min(c.id) as first_id, min(c.id) filter (where c.is_whole) as answered_id,
      bool_or(c.rollout_failed) as has_failed
    from counted as c
    group by c.rollout_unit
  ),
  measured as (
    select
      f.rollout_side, u.has_failed, a.id as answered_id, a.cost_usd,
      ln(greatest(coalesce(a.time_to_first_token_ms, a.response_time_ms), 1)::double precision)
        as first_token,
      ln(greatest(a.response_time_ms, 1)::double precision) as whole,
      ln(greatest(a.cost_usd, 0.000000001)::double precision) as cost
    from units as u
    join public.ai_usage as f on f.id = u.first_id
    left join public.ai_usage as a on a.id = u.answered_id
    where f.rollout_share = rollout_stage.share and f.begun_at >= rollout_stage.began_at
  )
  select s.side, row(
    count(m.rollout_side), count(*) filter (where m.has_failed), count(m.answered_id),
    count(m.answered_id) filter (where m.cost_usd is null),
    -- No spread below a percent, so that equal values prove nothing too soon.
    row(count(m.first_token), avg(m.first_token), greatest(var_samp(m.first_token), 0.0001)),
    row(count(m.whole), avg(m.whole), greatest(var_samp(m.whole), 0.0001)),
    row(count(m.cost), avg(m.cost), greatest(var_samp(m.cost), 0.0001))
  )::switchboard.side_figures
  from (values ('canary'), ('former')) as s (side)
  left join measured as m on m.rollout_side = s.side
  group by s.side;
$$;
comment on function switchboard.figures_of_sides(
  switchboard.rollout_stages, switchboard.ledger_view) is
  'What the ledger has of each side of a stage of a rollout: at present or, with `seen`, as it was at a look.';
revoke execute on function switchboard.figures_of_sides(
  switchboard.rollout_stages, switchboard.ledger_view)
  from public, anon, authenticated, service_role;

create function switchboard.told_difference(difference double precision, is_ratio boolean)
returns numeric
language sql
immutable
set search_path = ''
as $$
  -- A ratio of a million and more is told as that.
  select round(case
    when not is_ratio then difference * 100
    when difference > ln(1000000::double precision) then 1000000
    else exp(difference) end::numeric, 4);
$$;
comment on function switchboard.told_difference(double precision, boolean) is
  'The difference of two logarithms as a ratio, or that of two shares in percentage points.';
revoke execute on function switchboard.told_difference(double precision, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.describe_guard(
  canary switchboard.arm, former switchboard.arm, tolerated numeric, is_ratio boolean, share integer
)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  most constant double precision := case when is_ratio then ln(tolerated) else tolerated / 100 end;
  figures jsonb;
begin
  select jsonb_build_object(
    'estimate', switchboard.told_difference(w.difference, is_ratio),
    'lower', switchboard.told_difference(w.lower, is_ratio),
    'upper', switchboard.told_difference(w.upper, is_ratio),
    'tolerated', tolerated,
    'verdict', w.verdict,
    'more_units', case
      when w.verdict <> 'undecided' then 0
      when w.lower is not null and share < 100
        then switchboard.units_to_verdict(canary, former, most, share) end)
  into figures
  from switchboard.weigh_means(canary, former, most) as w;
  return figures;
end;
$$;
comment on function switchboard.describe_guard(
  switchboard.arm, switchboard.arm, numeric, boolean, integer) is
  'What a guard finds: the canary compared with the former model, as a ratio or in percentage points, with bounds, what is tolerated, the verdict, and about how many more units it takes.';
revoke execute on function switchboard.describe_guard(
  switchboard.arm, switchboard.arm, numeric, boolean, integer)
  from public, anon, authenticated, service_role;

create function switchboard.arm_of_errors(side switchboard.side_figures)
returns switchboard.arm
language sql
immutable
set search_path = ''
as $$
  -- The spread as if one more unit had failed and one more had not: no error in a hundred is no proof
  -- that there are none.
  select row(
    side.units, side.errors::double precision / nullif(side.units, 0),
    (side.errors + 1.0) / (side.units + 2) * (side.units - side.errors + 1.0) / (side.units + 2)
  )::switchboard.arm;
$$;
comment on function switchboard.arm_of_errors(switchboard.side_figures) is
  'The share of the units of a side that its model failed.';
revoke execute on function switchboard.arm_of_errors(switchboard.side_figures)
  from public, anon, authenticated, service_role;

create function switchboard.measure_stage(
  rollout public.ai_rollouts,
  rollout_stage switchboard.rollout_stages,
  seen switchboard.ledger_view default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  share constant integer := rollout_stage.share;
  -- In the order of their names.
  sides constant switchboard.side_figures[] := array(
    select f.figures from switchboard.figures_of_sides(rollout_stage, seen) as f order by f.side);
  canary constant switchboard.side_figures := sides[1];
  former constant switchboard.side_figures := sides[2];
  errors jsonb;
  cost jsonb;
begin
  errors := switchboard.describe_guard(switchboard.arm_of_errors(canary),
    switchboard.arm_of_errors(former), rollout.error_points, false, share);
  if errors ->> 'verdict' = 'worse' then
    -- That is found by weighing each of them.
    errors := errors || '{"verdict": "undecided"}';
  end if;
  cost := switchboard.describe_guard(canary.cost, former.cost, rollout.cost_ratio, true, share);
  if canary.unpriced + former.unpriced > 0 then
    cost := cost || '{"verdict": "unknown", "more_units": null}';
  end if;
  return switchboard.describe_evidence(rollout_stage) || jsonb_build_object(
    'canary', to_jsonb(canary) - array['first_token', 'whole', 'cost'],
    'former', to_jsonb(former) - array['first_token', 'whole', 'cost'],
    'guards', jsonb_build_object(
      'errors', errors,
      'first_token', switchboard.describe_guard(
        canary.first_token, former.first_token, rollout.latency_ratio, true, share),
      'time', switchboard.describe_guard(
        canary.whole, former.whole, rollout.latency_ratio, true, share),
      'cost', cost));
end;
$$;
comment on function switchboard.measure_stage(
  public.ai_rollouts, switchboard.rollout_stages, switchboard.ledger_view) is
  'The figures of a stage of a rollout, from the ledger at present or, with `seen`, as it was at a look. Of its errors as they were weighed, as describe_evidence().';
revoke execute on function switchboard.measure_stage(
  public.ai_rollouts, switchboard.rollout_stages, switchboard.ledger_view)
  from public, anon, authenticated, service_role;

create table switchboard.rollout_figures (
  rollout_id bigint primary key
    constraint rollout_figures_rollout_id_fkey references public.ai_rollouts (id)
    on delete restrict,
  measured_at timestamptz not null,
  usage_id bigint,
  figures jsonb not null
);
comment on table switchboard.rollout_figures is
  'What the tick found of each rollout when it last looked; written when there was something new.';
comment on column switchboard.rollout_figures.rollout_id is 'The rollout.';
comment on column switchboard.rollout_figures.measured_at is 'When it looked.';
comment on column switchboard.rollout_figures.usage_id is
  'The newest entry of the ledger that it looked at; null: there was none.';
comment on column switchboard.rollout_figures.figures is
  'As measure_stage(), with the forecast or, of a watched switch, what weigh_watch() says of it.';
revoke all on switchboard.rollout_figures from public, anon, authenticated, service_role;

create function switchboard.forecast_verdict(
  rollout_stage switchboard.rollout_stages, guards jsonb
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  hours constant numeric := round(least(6, greatest(
    extract(epoch from clock_timestamp() - rollout_stage.began_at) / 3600, 0.25)), 2);
  per_hour numeric;
  more_units bigint;
begin
  select round(count(*) / hours, 1) into per_hour
  from (
    select
    from public.ai_usage as u
    where u.rollout_id = rollout_stage.rollout_id and u.rollout_share = rollout_stage.share
    group by u.rollout_unit
    having min(u.begun_at) >= greatest(
      rollout_stage.began_at, clock_timestamp() - hours * interval '1 hour')
  ) as begun;
  select case
      -- One guard is enough for the one, all are needed for the other.
      when bool_or(g.is_beyond) then min(g.more) filter (where g.is_beyond)
      when count(g.more) = count(*) then max(g.more) end
  into more_units
  from (
    select
      (v.value ->> 'more_units')::bigint as more,
      (v.value ->> 'estimate')::numeric > (v.value ->> 'tolerated')::numeric
        and v.key <> 'errors' and v.value ->> 'verdict' <> 'unknown' as is_beyond
    from jsonb_each(guards) as v
  ) as g;
  return jsonb_build_object(
    'more_units', more_units,
    'units_per_hour', per_hour,
    'more_hours', case when per_hour > 0 then round(more_units / per_hour, 1) end);
end;
$$;
comment on function switchboard.forecast_verdict(switchboard.rollout_stages, jsonb) is
  'About how many more units, and how many hours at the traffic of the last six, until a verdict, if the guards go on as they do; null where it cannot be told.';
revoke execute on function switchboard.forecast_verdict(switchboard.rollout_stages, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.present_stage(of_rollout_id bigint)
returns switchboard.rollout_stages
language sql
stable
set search_path = ''
as $$
  select s
  from switchboard.rollout_stages as s
  where s.rollout_id = of_rollout_id
  order by s.stage desc
  limit 1;
$$;
comment on function switchboard.present_stage(bigint) is
  'The stage that a rollout is in, or was in last.';
revoke execute on function switchboard.present_stage(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.note_figures(rollout public.ai_rollouts)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  stage constant switchboard.rollout_stages := switchboard.present_stage(rollout.id);
  newest_id constant bigint := (
    select max(u.id) from public.ai_usage as u where u.rollout_id = rollout.id);
  noted switchboard.rollout_figures;
  units bigint;
  found_figures jsonb;
begin
  select * into noted from switchboard.rollout_figures as f where f.rollout_id = rollout.id;
  units := (noted.figures #> '{canary,units}')::bigint
    + (noted.figures #> '{former,units}')::bigint;
  if (noted.figures -> 'stage')::integer = stage.stage
    and noted.measured_at > clock_timestamp() - (case
      -- What it forecasts goes by the traffic.
      when noted.usage_id is not distinct from newest_id then interval '1 hour'
      -- The more there are, the longer it takes to read them, and the less one more can change.
      else least(interval '1 hour', (units - 50000) * interval '1 millisecond') end)
  then
    return noted.figures;
  end if;
  found_figures := switchboard.measure_stage(rollout, stage);
  found_figures := found_figures || jsonb_build_object(
    'forecast', case when rollout.watch_until is null
      then switchboard.forecast_verdict(stage, found_figures -> 'guards') end,
    'watch', case when rollout.watch_until is not null
      then switchboard.weigh_watch(rollout) end);
  insert into switchboard.rollout_figures as f (rollout_id, measured_at, usage_id, figures)
  values (rollout.id, clock_timestamp(), newest_id, found_figures)
  on conflict (rollout_id) do update
    set measured_at = excluded.measured_at, usage_id = excluded.usage_id, figures = excluded.figures;
  return found_figures;
end;
$$;
comment on function switchboard.note_figures(public.ai_rollouts) is
  'Measures a rollout and notes its figures, where the ledger has something new of it, else each hour; from 50,000 units on less often.';
revoke execute on function switchboard.note_figures(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.figures_of_verdict(rollout public.ai_rollouts)
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- One statement, so that the figures and the rows that they are of are seen at the same moment.
  select switchboard.measure_stage(rollout, switchboard.present_stage(rollout.id))
    || switchboard.view_of_ledger(rollout.started_at);
$$;
comment on function switchboard.figures_of_verdict(public.ai_rollouts) is
  'The figures of a rollout with which rows of the ledger they are of, so that they can be computed again.';
revoke execute on function switchboard.figures_of_verdict(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.promote_proven(rollout public.ai_rollouts)
returns text
language plpgsql
set search_path = ''
as $$
declare
  problem text;
begin
  begin
    perform switchboard.note_finding(format(
      'Rollout %s: %s was proven not worse than %s.', rollout.id, rollout.model_id,
      rollout.former_model_id));
    perform switchboard.promote_canary(rollout);
    perform switchboard.note_finding(null);
    return 'promoted';
  -- What an operator has to do first, as to evaluate it once more.
  exception when sqlstate 'PT409' then
    problem := sqlerrm;
  end;
  perform switchboard.note_problem(rollout.id, problem);
  return 'not_worse';
end;
$$;
comment on function switchboard.promote_proven(public.ai_rollouts) is
  'Promotes a rollout that was proven not worse; under the registry''s lock. `promoted`, or `not_worse` where that is refused, as of promote_canary(): the rollout says why, and the next tick tries again.';
revoke execute on function switchboard.promote_proven(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.end_watch(rollout public.ai_rollouts)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform switchboard.note_finding(format(
    'Rollout %s: nothing was found against %s.', rollout.id, rollout.model_id));
  perform switchboard.release_rollout(rollout.id);
  perform switchboard.note_finding(null);
end;
$$;
comment on function switchboard.end_watch(public.ai_rollouts) is
  'Ends a watched switch whose time is over; under the registry''s lock.';
revoke execute on function switchboard.end_watch(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.conclude_rollout(rollout public.ai_rollouts, figures jsonb)
returns text
language plpgsql
set search_path = ''
as $$
declare
  guards constant jsonb := figures -> 'guards';
  worse_guard constant text := (
    select g.name from unnest(array['first_token', 'time', 'cost']) with ordinality as g (name, place)
    where guards -> g.name ->> 'verdict' = 'worse' order by g.place limit 1);
  is_proven constant boolean := (
    select bool_and(g.value ->> 'verdict' = 'not_worse') from jsonb_each(guards) as g);
begin
  if worse_guard is not null then
    perform switchboard.find_worse(
      rollout, worse_guard, switchboard.figures_of_verdict(rollout));
    return 'worse';
  elsif not is_proven then
    return 'undecided';
  end if;
  insert into public.ai_rollout_verdicts (rollout_id, verdict, guard, figures)
  select rollout.id, 'not_worse', 'all', switchboard.figures_of_verdict(rollout)
  where not exists (
    select from public.ai_rollout_verdicts as v
    where v.rollout_id = rollout.id and v.verdict = 'not_worse'
      and v.figures -> 'stage' = conclude_rollout.figures -> 'stage');
  return 'not_worse';
end;
$$;
comment on function switchboard.conclude_rollout(public.ai_rollouts, jsonb) is
  'What follows from the figures of a rollout: `worse` or `not_worse`, recorded once a stage, or `undecided`.';
revoke execute on function switchboard.conclude_rollout(public.ai_rollouts, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.judge_rollout(rollout public.ai_rollouts)
returns text
language plpgsql
set search_path = ''
as $$
declare
  figures constant jsonb := switchboard.note_figures(rollout);
  verdict text := 'undecided';
  follows text;
begin
  if rollout.found_worse_at is not null then
    return 'worse';
  elsif rollout.watch_until is null then
    verdict := switchboard.conclude_rollout(rollout, figures);
  end if;
  follows := case
    when verdict = 'not_worse' and rollout.on_verdict = 'promote' then 'promoted'
    when rollout.watch_until <= clock_timestamp() then 'kept' end;
  -- No tick waits for an operator: the next one does it.
  if follows is null or not pg_try_advisory_xact_lock(switchboard.registry_lock()) then
    return verdict;
  end if;
  -- As they are now that nothing changes them.
  select * into rollout from public.ai_rollouts as r where r.id = rollout.id;
  if rollout.ended_at is not null or rollout.found_worse_at is not null
    or (switchboard.present_stage(rollout.id)).stage <> (figures -> 'stage')::integer
  then
    return verdict;
  elsif follows = 'kept' then
    perform switchboard.end_watch(rollout);
    return follows;
  end if;
  return switchboard.promote_proven(rollout);
end;
$$;
comment on function switchboard.judge_rollout(public.ai_rollouts) is
  'Looks at a rollout under way, and does what follows: `worse` (revert_worse_rollouts() takes it back), `not_worse`, `promoted`, `kept` (a watch is over) or `undecided`. Time alone promotes nothing.';
revoke execute on function switchboard.judge_rollout(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.judge_rollouts()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  rollout public.ai_rollouts;
  verdicts jsonb := '{}'::jsonb;
  problems text[] := array[]::text[];
begin
  for rollout in
    select * from public.ai_rollouts as r where r.ended_at is null order by r.id
  loop
    begin
      verdicts := verdicts
        || jsonb_build_object(rollout.id::text, switchboard.judge_rollout(rollout));
    -- The other rollouts go on, also past one that takes too long.
    exception when others or query_canceled then
      problems := problems || format('rollout %s: %s', rollout.id, sqlerrm);
    end;
  end loop;
  perform switchboard.revert_worse_rollouts();
  return jsonb_build_object(
    'rollouts', verdicts, 'failed', nullif(array_to_string(problems, '; '), ''));
end;
$$;
comment on function switchboard.judge_rollouts() is
  'Judges every rollout under way, and takes back those that are worse. Returns what was found of each by its id, and failed: which could not be judged or promoted, and why; null: none.';
revoke execute on function switchboard.judge_rollouts()
  from public, anon, authenticated, service_role;
