-- The rules of alerts, applied. For each kind one function finds its subjects: whether an alert of it
-- opens, whether an open one stays, its level, and what there is to say. switchboard.watch() compares
-- that with the open alerts. The tick calls it; when it is late, it also finds what has ended since
-- the last one, for a day: such an alert opens and closes at once.
--
-- Functions that find return: subject, opens, stays, level, summary, facts, ended_at.

create type switchboard.finding as (
  subject text,
  opens boolean,
  stays boolean,
  level smallint,
  summary text,
  facts jsonb,
  ended_at timestamptz
);
comment on type switchboard.finding is
  'Something that a rule of alerts found. An alert opens where `opens`, and an open one closes unless `stays`. ended_at: when it was over, before any tick found it; null: it is not. Of a subject there may be several, one that is not over at most.';

-- In PL/pgSQL, as all that reads the record of the tick, whose migration comes later.
create function switchboard.watched_at()
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return least(now(), greatest(now() - interval '1 day', coalesce(
    (select t.last_ok_at from switchboard.tick_steps as t where t.step = 'watch'), now())));
end;
$$;
comment on function switchboard.watched_at() is
  'When a tick last looked for alerts, a day ago at most; now where none did.';
revoke execute on function switchboard.watched_at() from public, anon, authenticated, service_role;

create function switchboard.watched_from(minutes integer)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select now() - make_interval(mins => minutes) * greatest(
    ceil(extract(epoch from now() - switchboard.watched_at()) / 60 / minutes), 1)::integer;
$$;
comment on function switchboard.watched_from(integer) is
  'From when on the ledger is looked through in whole spans of so many minutes: one, or as many as no tick has looked at.';
revoke execute on function switchboard.watched_from(integer)
  from public, anon, authenticated, service_role;

create function switchboard.span_end(moment timestamptz, minutes integer)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select case when spans > 0 then now() - make_interval(mins => minutes) * spans end
  from (select floor(extract(epoch from now() - moment) / 60 / minutes)::integer) as s (spans);
$$;
comment on function switchboard.span_end(timestamptz, integer) is
  'When the span of so many minutes ended that a moment was in; null: it is the present one, which ends now.';
revoke execute on function switchboard.span_end(timestamptz, integer)
  from public, anon, authenticated, service_role;

create function switchboard.in_words(moment timestamptz)
returns text
language sql
stable
set search_path = ''
as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"');
$$;
comment on function switchboard.in_words(timestamptz) is 'A moment, in a summary.';
revoke execute on function switchboard.in_words(timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.span_in_words(minutes integer, ended_at timestamptz)
returns text
language sql
stable
set search_path = ''
as $$
  select case when ended_at is null then format('the last %s minutes', minutes)
    else format('the %s minutes before %s', minutes, switchboard.in_words(ended_at)) end;
$$;
comment on function switchboard.span_in_words(integer, timestamptz) is
  'A span of the ledger, in a summary.';
revoke execute on function switchboard.span_in_words(integer, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.find_limit_near(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  with watched as materialized (
    select
      l.id, l.unit, l.period, l.time_zone,
      -- A minute is over before a tick could see it whole, so the one before counts as well.
      switchboard.window_start(
        l.period, now() - case l.period when 'minute' then interval '1 minute' else '0' end,
        l.time_zone) as present_from,
      -- What runs have used is counted in the window in which they began.
      switchboard.window_start(
        l.period, switchboard.watched_at() - interval '10 minutes', l.time_zone) as looks_from
    from public.ai_limits as l
  ),
  used as (
    -- What is held in USD and tokens is the most that runs could use, many times what they do.
    select w.limit_id, w.scope_key, w.window_start,
      case when w.window_start < p.present_from
        then switchboard.window_end(p.period, w.window_start, p.time_zone) end as ended_at,
      sum(w.spent + case when p.unit in ('usd', 'tokens') then 0 else w.held end) as amount
    from watched as p
    join switchboard.limit_windows as w
      on w.limit_id = p.id and w.window_start >= p.looks_from
    group by w.limit_id, w.scope_key, w.window_start, ended_at
  ),
  shares as (
    select l.id, u.ended_at, max(u.amount) as amount, max(case
      -- A limit of nothing is meant to refuse.
      when l.amount = 0 then 0
      -- What is left of a hard limit at last may buy no answer, and then stays.
      when l.enforcement = 'hard' and l.unit in ('usd', 'tokens') and u.amount >= l.amount * 0.99
        then greatest(u.amount * 100 / l.amount, 100)
      else u.amount * 100 / l.amount end) as share
    from used as u
    join public.ai_limits as l on l.id = u.limit_id
    group by l.id, u.scope_key, u.ended_at
  ),
  limits as (
    select
      s.id, s.ended_at, max(s.share) as share, max(s.amount) as amount,
      count(*) filter (where s.share >= rule.open_at) as users
    from shares as s
    group by s.id, s.ended_at
  )
  select
    l.id::text, n.share >= rule.open_at, n.share >= rule.close_at and n.ended_at is null,
    (case when n.share >= 100 then 100 when n.share >= 80 then 80 else 50 end)::smallint,
    case l.scope
      when 'each_user' then format('%s at %s%% or more of the limit "%s"%s; the highest %s at %s%%.',
        case when n.users = 1 then '1 user ' else n.users || ' users ' end
          || case when n.ended_at is not null then 'had been'
            when n.users = 1 then 'is' else 'are' end,
        trim_scale(rule.open_at), switchboard.limit_name(l),
        ' until ' || switchboard.in_words(n.ended_at),
        case when n.ended_at is null then 'is' else 'was' end, floor(n.share))
      else format('The limit "%s" %s used to %s%%%s.', switchboard.limit_name(l),
        case when n.ended_at is null then 'is' else 'was' end, floor(n.share),
        ' until ' || switchboard.in_words(n.ended_at))
    end,
    jsonb_build_object(
      'limit_id', l.id, 'limit', switchboard.limit_name(l), 'unit', l.unit, 'amount', l.amount,
      'enforcement', l.enforcement, 'used', n.amount, 'percent', floor(n.share))
      || case l.scope when 'each_user' then jsonb_build_object('users', n.users) else '{}' end,
    n.ended_at
  from limits as n
  join public.ai_limits as l on l.id = n.id
  where n.share >= rule.close_at;
$$;
comment on function switchboard.find_limit_near(public.ai_alert_rules) is
  'Limits by id whose windows are used to a share. Of a limit of each user one finding, with how many users are near, and not who.';
revoke execute on function switchboard.find_limit_near(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.is_failure_of_model(error_code text)
returns boolean
language sql
immutable
set search_path = ''
as $$
  -- Those of which runs/retry_policy.ts has a verdict on the model.
  select coalesce(error_code in (
    'bedrock_throttled', 'bedrock_unavailable', 'bedrock_model_error', 'bedrock_bad_response',
    'bedrock_stream_truncated', 'bedrock_stream_corrupt', 'bedrock_unknown_frame',
    'bedrock_timeout', 'bedrock_quota_exhausted', 'bedrock_access_denied',
    'bedrock_model_unavailable', 'bedrock_model_end_of_life'), false);
$$;
comment on function switchboard.is_failure_of_model(text) is
  'Whether an error of a run says that the model failed, and not that the request or the functions are at fault.';
revoke execute on function switchboard.is_failure_of_model(text)
  from public, anon, authenticated, service_role;

create function switchboard.find_error_rate(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  with recent as (
    select u.*, switchboard.span_end(u.ended_at, rule.window_minutes) as span_end
    from public.ai_usage as u
    where u.ended_at > switchboard.watched_from(rule.window_minutes)
      and u.purpose <> 'trial' and u.unanswered_call is null
  ),
  attempts as (
    select u.model_id, switchboard.is_failure_of_model(u.error_code) as has_failed, u.span_end
    from recent as u
    where u.model_id is not null
    union all
    -- Another model answered, so the row is that one's.
    select u.requested_model, true, u.span_end
    from recent as u
    where switchboard.is_failure_of_model(u.fallback_code)
  ),
  rates as (
    select
      a.model_id, a.span_end, count(*) as answers, count(*) filter (where a.has_failed) as failed,
      count(*) filter (where a.has_failed) * 100.0 / count(*) as percent
    from attempts as a
    group by a.model_id, a.span_end
  )
  select
    r.model_id, r.answers >= rule.least_count and r.percent >= rule.open_at,
    r.percent >= rule.close_at and r.span_end is null, null::smallint,
    format('%s %s: %s of %s requests of %s (%s%%).',
      r.model_id, case when r.span_end is null then 'fails' else 'failed' end, r.failed, r.answers,
      switchboard.span_in_words(rule.window_minutes, r.span_end), round(r.percent)),
    jsonb_build_object(
      'model_id', r.model_id, 'requests', r.answers, 'failed', r.failed,
      'percent', round(r.percent, 1), 'window_minutes', rule.window_minutes),
    r.span_end
  from rates as r
  where r.percent >= rule.close_at;
$$;
comment on function switchboard.find_error_rate(public.ai_alert_rules) is
  'Models that fail for a share of the turns and calls that the rules of selection gave them.';
revoke execute on function switchboard.find_error_rate(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_model_suspended(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  with left_out as (
    select
      m.model_id, count(*) as times,
      switchboard.span_end(u.ended_at, rule.window_minutes) as span_end
    from public.ai_usage as u
    cross join lateral (
      select case when u.fallback_code = 'model_suspended' then u.requested_model
        else u.model_id end
    ) as m (model_id)
    where u.ended_at > switchboard.watched_from(rule.window_minutes)
      and 'model_suspended' in (u.fallback_code, u.error_code) and m.model_id is not null
    group by m.model_id, span_end
  )
  select
    l.model_id, l.times >= rule.open_at, l.times >= rule.close_at and l.span_end is null,
    null::smallint,
    format('%s and %s suspended: %s requests of %s went without it.', l.model_id
        || case when l.span_end is null then ' keeps failing' else ' kept failing' end,
      case when l.span_end is null then 'is' else 'was' end, l.times,
      switchboard.span_in_words(rule.window_minutes, l.span_end)),
    jsonb_build_object(
      'model_id', l.model_id, 'requests', l.times, 'window_minutes', rule.window_minutes),
    l.span_end
  from left_out as l;
$$;
comment on function switchboard.find_model_suspended(public.ai_alert_rules) is
  'Models that instances leave out because they keep failing, as the ledger tells it.';
revoke execute on function switchboard.find_model_suspended(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.stage_of_end(days integer, first_stage numeric)
returns smallint
language sql
immutable
set search_path = ''
as $$
  -- An alert that opens earlier begins with a stage of its own.
  select coalesce(
    (select min(s.stage) from unnest(array[60, 30, 14, 7, 1, 0]) as s (stage)
      where s.stage >= greatest(days, 0)),
    ceil(greatest(first_stage, days)))::smallint;
$$;
comment on function switchboard.stage_of_end(integer, numeric) is
  'At which of the stages before an end, in days, so many days are: operators are told once at each.';
revoke execute on function switchboard.stage_of_end(integer, numeric)
  from public, anon, authenticated, service_role;

create function switchboard.find_lifecycle_near(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  select
    bm.model_id, e.days <= rule.open_at, e.days <= rule.close_at,
    case when bm.lifecycle = 'retired' or bm.retires_on is not null
      then switchboard.stage_of_end(e.days, rule.open_at) end,
    case
      -- As in the functions, the last day counts as past.
      when e.days <= 0 then format('AWS has ended %s, which is still available.', bm.model_id)
      when bm.retires_on is null then
        format('AWS will end %s: no date announced.', bm.model_id)
      else format('AWS ends %s on %s.', bm.model_id, bm.retires_on)
    end || case when p.model_id is null then ' No model of the registry can take its place.'
      else format(
        case when p.is_recorded then ' Its successor is %s%s.%s'
          else ' Proposed successor: %s%s.%s' end,
        p.model_id,
        case when num_nulls(p.input_price_ratio, p.output_price_ratio) = 0 then format(
          ', at %s times the price of input and %s of output',
          p.input_price_ratio, p.output_price_ratio) end,
        case when not p.is_available then ' Enable it first.' end)
    end,
    jsonb_build_object(
      'model_id', bm.model_id, 'lifecycle', bm.lifecycle, 'legacy_on', bm.legacy_on,
      'extended_access_on', bm.extended_access_on, 'retires_on', bm.retires_on,
      'successor_model_id', bm.successor_model_id, 'proposed_successor', p.model_id,
      'input_price_ratio', p.input_price_ratio, 'output_price_ratio', p.output_price_ratio,
      'is_default', bm.is_default),
    null::timestamptz
  from public.bedrock_models as bm
  cross join lateral (
    select case
      when bm.lifecycle = 'retired' then 0
      when bm.retires_on is not null then bm.retires_on - (now() at time zone 'UTC')::date
      -- Without a date it may be any day.
      when bm.lifecycle = 'legacy' then least(rule.open_at, 1)::integer
    end
  ) as e (days)
  cross join lateral switchboard.proposed_successor(bm) as p
  where bm.is_available and e.days <= rule.close_at;
$$;
comment on function switchboard.find_lifecycle_near(public.ai_alert_rules) is
  'Available models that AWS ends within so many days, or has ended, with the model to put in their place. The level is the stage before the end.';
revoke execute on function switchboard.find_lifecycle_near(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_price_unknown(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  select
    u.model_id, count(*) >= rule.open_at, count(*) >= rule.close_at and s.span_end is null,
    null::smallint,
    format('The cost of %s answers of %s in %s is unknown: set its price.',
      count(*), u.model_id, switchboard.span_in_words(rule.window_minutes, s.span_end)),
    jsonb_build_object(
      'model_id', u.model_id, 'answers', count(*), 'window_minutes', rule.window_minutes),
    s.span_end
  from public.ai_usage as u
  cross join lateral switchboard.span_end(u.ended_at, rule.window_minutes) as s (span_end)
  where u.ended_at > switchboard.watched_from(rule.window_minutes)
    and u.cost_usd is null and u.input_tokens is not null and u.model_id is not null
  group by u.model_id, s.span_end;
$$;
comment on function switchboard.find_price_unknown(public.ai_alert_rules) is
  'Models whose answers used tokens at a price that is not known.';
revoke execute on function switchboard.find_price_unknown(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_delivery_failing(rule public.ai_alert_rules)
returns setof switchboard.finding
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Where no delivery was ever tried, perhaps none is wanted.
  is_tried constant boolean := exists (
    select from switchboard.tick_steps as t
    where t.step = 'deliver' and not coalesce(t.result ? 'skipped', false));
begin
  return query
    with failing as (
      select o.attempts, o.last_error,
        -- Since no tick calls the functions any more.
        is_tried and o.attempts = 0 and o.created_at < now() - interval '10 minutes' as is_left
      from switchboard.alert_outbox as o
      where o.delivered_at is null and (
        switchboard.awaits_delivery(o)
        -- One that was given up, until another arrives or an operator knows of it.
        or not exists (
          select from switchboard.alert_outbox as d
          where d.delivered_at > o.created_at + interval '7 days')
        and not exists (
          select from public.ai_alerts as a
          where a.kind = rule.kind and a.acknowledged_at > o.created_at))
    )
    select
      '', max(f.attempts) >= rule.open_at or bool_or(f.is_left),
      max(f.attempts) >= rule.close_at or bool_or(f.is_left), null::smallint,
      case
        when max(f.attempts) = 0 then format(
          '%s messages to the webhook of alerts wait: the step deliver of the tick does not run.',
          count(*))
        else format('%s messages to the webhook of alerts cannot be delivered%s', count(*),
          coalesce(': ' || max(f.last_error), '.'))
      end,
      jsonb_build_object(
        'waiting', count(*), 'attempts', max(f.attempts), 'last_error', max(f.last_error)),
      null::timestamptz
    from failing as f
    where f.attempts > 0 or f.is_left
    having count(*) > 0;
end;
$$;
comment on function switchboard.find_delivery_failing(public.ai_alert_rules) is
  'Events of alerts that did not arrive: tried in vain, given up, or left since deliveries ceased.';
revoke execute on function switchboard.find_delivery_failing(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_tick_late(rule public.ai_alert_rules)
returns setof switchboard.finding
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Of the tick before: this one is recorded when it has watched.
  minutes constant numeric := (
    select floor(extract(epoch from clock_timestamp() - t.last_ran_at) / 60)
    from switchboard.tick_steps as t where t.step = 'watch');
begin
  if minutes >= rule.close_at then
    return next row(
      '', minutes >= rule.open_at, true, null::smallint,
      format('The tick did not run for %s minutes.', minutes),
      jsonb_build_object('minutes', minutes), null)::switchboard.finding;
  end if;
end;
$$;
comment on function switchboard.find_tick_late(public.ai_alert_rules) is
  'How long the tick had not run when it ran again. While it does not run, only `status` and the metrics tell.';
revoke execute on function switchboard.find_tick_late(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_audit_chain_broken(rule public.ai_alert_rules)
returns setof switchboard.finding
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    select
      '', true, true, null::smallint,
      'The audit log has been tampered with: verify-history says where.',
      jsonb_build_object('broken_id', t.result -> 'broken_id', 'checked_at', t.last_ok_at),
      null::timestamptz
    from switchboard.tick_steps as t
    where rule.is_active and t.step = 'verify-history' and t.result -> 'ok' = 'false';
end;
$$;
comment on function switchboard.find_audit_chain_broken(public.ai_alert_rules) is
  'Whether the tick''s last verification of the audit log found it changed.';
revoke execute on function switchboard.find_audit_chain_broken(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_limits_differ(rule public.ai_alert_rules)
returns setof switchboard.finding
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    select
      '', true, true, null::smallint,
      'What is counted of limits differs from the ledger: verify_limits() says where.',
      jsonb_build_object(
        'windows', jsonb_array_length(t.result -> 'differing'), 'checked_at', t.last_ok_at),
      null::timestamptz
    from switchboard.tick_steps as t
    where rule.is_active and t.step = 'verify-limits' and t.result -> 'ok' = 'false';
end;
$$;
comment on function switchboard.find_limits_differ(public.ai_alert_rules) is
  'Whether the tick''s last verification of the limits found a difference.';
revoke execute on function switchboard.find_limits_differ(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_unapproved_change(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  -- One of each transaction: what it changed is signed together.
  select distinct on (ms.transaction_id)
    ms.id::text, true, true, null::smallint,
    format('%s changed without a second person (%s, entry %s of the history): another platform admin is to sign it.',
      coalesce('The protected assistant ' || ms.assistant_type,
        'What is due for a protected assistant (' || ms.model_id || ')'), ms.action, ms.id),
    jsonb_build_object(
      'switch_id', ms.id, 'action', ms.action, 'model_id', ms.model_id,
      'assistant_type', ms.assistant_type, 'database_role', ms.database_role),
    null::timestamptz
  from public.model_switches as ms
  where rule.is_active and ms.approval = 'unapproved'
    and not exists (select from public.model_switch_signatures as s where s.switch_id = ms.id)
  order by ms.transaction_id, ms.id;
$$;
comment on function switchboard.find_unapproved_change(public.ai_alert_rules) is
  'Changes of protected assistants that the owner of the database made without a second person, until one signs them.';
revoke execute on function switchboard.find_unapproved_change(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.find_rollout_judged(rule public.ai_alert_rules)
returns setof switchboard.finding
language sql
stable
set search_path = ''
as $$
  select
    v.id::text, true, true, null::smallint,
    case
      when v.verdict = 'worse' then format('Rollout %s: %s was found worse than %s (%s)%s.',
        r.id, r.model_id, r.former_model_id, v.guard,
        case when r.outcome = 'reverted' then ' and reverted'
          when r.problem is not null then ', and cannot be taken back: ' || r.problem
          else '' end)
      when r.ended_at is null and r.problem is not null then format(
        'Rollout %s: %s is proven not worse than %s, and cannot be promoted: %s',
        r.id, r.model_id, r.former_model_id, r.problem)
      when r.ended_at is null then format(
        'Rollout %s: %s is proven not worse than %s. Promote it, or change its share.',
        r.id, r.model_id, r.former_model_id)
      else format('Rollout %s: %s was proven not worse than %s and %s.',
        r.id, r.model_id, r.former_model_id, r.outcome)
    end,
    jsonb_build_object(
      'rollout_id', r.id, 'verdict_id', v.id, 'verdict', v.verdict, 'guard', v.guard,
      'assistant_type', r.assistant_type, 'model_id', r.model_id,
      'former_model_id', r.former_model_id, 'outcome', r.outcome, 'problem', r.problem),
    null::timestamptz
  from public.ai_rollout_verdicts as v
  join public.ai_rollouts as r on r.id = v.rollout_id
  where rule.is_active and (
    v.created_at > now() - interval '1 day'
    -- Until somebody decides.
    or r.ended_at is null and (v.verdict = 'worse'
      or (v.figures ->> 'stage')::integer = (switchboard.present_stage(r.id)).stage));
$$;
comment on function switchboard.find_rollout_judged(public.ai_alert_rules) is
  'Verdicts of rollouts of the last day, and those that wait for an operator.';
revoke execute on function switchboard.find_rollout_judged(public.ai_alert_rules)
  from public, anon, authenticated, service_role;

create function switchboard.is_worse(of_kind text, level smallint, former_level smallint)
returns boolean
language sql
immutable
set search_path = ''
as $$
  -- Days before an end become fewer.
  select case when of_kind = 'lifecycle_near'
    then level < coalesce(former_level, 32767) else level > former_level end;
$$;
comment on function switchboard.is_worse(text, smallint, smallint) is
  'Whether an alert of a kind is to be told again, at another level than before.';
revoke execute on function switchboard.is_worse(text, smallint, smallint)
  from public, anon, authenticated, service_role;

create function switchboard.settle_alerts(watched text, findings switchboard.finding[])
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- Of each subject the worst that is not told yet.
  worst constant switchboard.finding[] := array(
    select distinct on (f.subject) f from unnest(findings) as f
    where f.ended_at is null or f.opens and not exists (
      select from public.ai_alerts as a
      where a.kind = watched and a.subject = f.subject
        and coalesce(a.closed_at, 'infinity') >= f.ended_at
        and coalesce(a.level >= f.level, true))
    order by f.subject, f.opens desc, f.level desc, f.ended_at desc nulls first);
  opened bigint;
  raised bigint;
  closed bigint;
begin
  with begun as (
    insert into public.ai_alerts as a (kind, subject, level, summary, facts)
    select watched, f.subject, f.level, f.summary, f.facts
    from unnest(worst) as f
    where f.opens
    on conflict (kind, subject) where closed_at is null do nothing
    returning a as alert
  )
  select count(switchboard.say_alert(b.alert, 'opened')) into opened from begun as b;

  with risen as (
    update public.ai_alerts as a
    set
      level = f.level, summary = f.summary, facts = f.facts,
      acknowledged_at = null, acknowledged_by = null, acknowledgement = null
    from unnest(worst) as f
    where a.kind = watched and a.closed_at is null and f.subject = a.subject
      and switchboard.is_worse(watched, f.level, a.level)
    returning a as alert
  )
  select count(switchboard.say_alert(r.alert, 'raised')) into raised from risen as r;

  update public.ai_alerts as a
  set
    summary = f.summary, facts = f.facts,
    -- An end that AWS has put off comes near again.
    level = case watched when 'lifecycle_near' then f.level else a.level end
  from unnest(worst) as f
  where a.kind = watched and a.closed_at is null and f.subject = a.subject
    and (f.summary, f.facts) is distinct from (a.summary, a.facts);

  -- After the others: what began and ended between two ticks opens and closes at once.
  with ended as (
    update public.ai_alerts as a set closed_at = now()
    where a.kind = watched and a.closed_at is null and not exists (
      select from unnest(findings) as f where f.subject = a.subject and f.stays)
    returning a as alert
  )
  select count(switchboard.say_alert(e.alert, 'closed')) into closed from ended as e;

  return jsonb_build_object('opened', opened, 'raised', raised, 'closed', closed);
end;
$$;
comment on function switchboard.settle_alerts(text, switchboard.finding[]) is
  'Opens, raises and closes the alerts of a kind as the findings say, with an event for each. Of several at the same time each event comes from one.';
revoke execute on function switchboard.settle_alerts(text, switchboard.finding[])
  from public, anon, authenticated, service_role;

create function switchboard.watch()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  rule public.ai_alert_rules;
  findings switchboard.finding[];
  settled jsonb;
  outcome jsonb := '{}'::jsonb;
  problems text[] := array[]::text[];
begin
  for rule in select * from public.ai_alert_rules as r order by r.kind loop
    begin
      findings := '{}';
      -- Of a rule that is switched off, open alerts close.
      if rule.is_active then
        execute format(
          'select coalesce(array_agg(f), ''{}'') from switchboard.%I($1) as f', 'find_' || rule.kind)
          into findings using rule;
      end if;
      settled := switchboard.settle_alerts(rule.kind, findings);
      outcome := outcome || jsonb_build_object(rule.kind, settled);
    exception when others then
      -- The other rules go on.
      problems := problems || format('%s: %s', rule.kind, sqlerrm);
    end;
  end loop;
  delete from switchboard.alert_outbox as o
  where o.created_at < now() - interval '30 days'
    -- What its alert is about stays while that is open.
    and (o.delivered_at is not null or not exists (
      select from public.ai_alerts as a where a.kind = 'delivery_failing' and a.closed_at is null));
  delete from public.ai_alerts as a where a.closed_at < now() - interval '400 days';
  return jsonb_build_object(
    'alerts', outcome, 'failed', nullif(array_to_string(problems, '; '), ''));
end;
$$;
comment on function switchboard.watch() is
  'Applies every rule of alerts. Returns how many alerts were opened, raised and closed by kind, and failed: which rules failed, and why; null: none.';
revoke execute on function switchboard.watch() from public, anon, authenticated, service_role;
