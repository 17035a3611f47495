-- What the answers tell of a rollout, as they come: errors, weighed in the transaction that ends an
-- answer. Such a weight may be looked at after each of them and still errs as rarely as it says.
--
-- Where both models are alike, the first error of a unit is in the canary as probably as the unit
-- went to it. A bet on more than that, at fair odds, gains nothing in the long run: that it ever
-- multiplies its stake by a hundred has a probability of a hundredth (Ville's inequality).

create function switchboard.weigh_error(
  stage switchboard.rollout_stages,
  unit_share integer,
  is_canary boolean
)
returns switchboard.rollout_stages
language plpgsql
immutable
set search_path = ''
as $$
declare
  weight constant double precision := unit_share / 100.0;
  -- From earlier errors only: else the odds would not be fair.
  bet constant double precision := greatest(weight,
    (2 * weight + stage.canary_errors) / (2 + stage.errors));
begin
  -- Where all went to the canary there is nothing to compare.
  if weight < 1 then
    stage.evidence := stage.evidence + case when is_canary then ln(bet / weight)
      else ln((1 - bet) / (1 - weight)) end;
  end if;
  stage.errors := stage.errors + 1;
  stage.canary_errors := stage.canary_errors + is_canary::integer;
  return stage;
end;
$$;
comment on function switchboard.weigh_error(switchboard.rollout_stages, integer, boolean) is
  'A stage after one more first error of a unit, which was assigned under a share in percent.';
revoke execute on function switchboard.weigh_error(switchboard.rollout_stages, integer, boolean)
  from public, anon, authenticated, service_role;

create function switchboard.evidence_needed()
returns double precision
language sql
immutable
set search_path = ''
as $$
  select ln(100::double precision);
$$;
comment on function switchboard.evidence_needed() is
  'The evidence at which a canary is worse: an e-value of 100.';
revoke execute on function switchboard.evidence_needed()
  from public, anon, authenticated, service_role;

create function switchboard.e_value(evidence double precision)
returns numeric
language sql
immutable
set search_path = ''
as $$
  select round(exp(least(evidence, 20))::numeric, 4);
$$;
comment on function switchboard.e_value(double precision) is
  'Evidence as it is told: what a stake of 1 has become by it; at most 485165195.';
revoke execute on function switchboard.e_value(double precision)
  from public, anon, authenticated, service_role;

create function switchboard.describe_evidence(stage switchboard.rollout_stages)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object(
    'stage', stage.stage, 'share', stage.share, 'weighed', stage.errors,
    'canary_errors', stage.canary_errors, 'evidence', switchboard.e_value(stage.evidence));
$$;
comment on function switchboard.describe_evidence(switchboard.rollout_stages) is
  'What the errors of a stage tell so far: weighed: how many first errors of units; evidence: their e-value, which finds the canary worse at 100.';
revoke execute on function switchboard.describe_evidence(switchboard.rollout_stages)
  from public, anon, authenticated, service_role;

create function switchboard.is_models_failure(code text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return code like 'bedrock\_%' and code not in ('bedrock_not_configured', 'bedrock_credentials_rejected')
    or code in ('malformed_output', 'model_suspended', 'input_too_long', 'provider_retains_data');
end;
$$;
comment on function switchboard.is_models_failure(text) is
  'Whether an error code says that the model of the run failed, and not its caller, the project or a limit. False for null.';
revoke execute on function switchboard.is_models_failure(text)
  from public, anon, authenticated, service_role;

create function switchboard.enter_rollout(entry public.ai_usage, unit text)
returns public.ai_usage
language plpgsql
stable
set search_path = ''
as $$
begin
  if entry.rollout_id is null then
    return entry;
  end if;
  entry.rollout_unit := switchboard.keyed_hash('unit', entry.rollout_id || ' ' || unit);
  entry.rollout_failed := coalesce(
    switchboard.is_models_failure(coalesce(entry.fallback_code, entry.error_code)), false);
  return entry;
end;
$$;
comment on function switchboard.enter_rollout(public.ai_usage, text) is
  'An entry of the ledger with what it tells of its rollout. unit: what was assigned; no word of it is kept.';
revoke execute on function switchboard.enter_rollout(public.ai_usage, text)
  from public, anon, authenticated, service_role;

create table public.ai_rollout_verdicts (
  id bigint generated always as identity primary key,
  rollout_id bigint not null
    constraint ai_rollout_verdicts_rollout_id_fkey references public.ai_rollouts (id)
    on delete restrict,
  created_at timestamptz not null default clock_timestamp(),
  verdict text not null
    constraint ai_rollout_verdicts_verdict_known check (verdict in ('worse', 'not_worse')),
  guard text not null
    constraint ai_rollout_verdicts_guard_known
    check (guard in ('errors', 'fuse', 'watch', 'first_token', 'time', 'cost', 'all')),
  figures jsonb not null
    constraint ai_rollout_verdicts_figures_is_object check (jsonb_typeof(figures) = 'object')
);
comment on table public.ai_rollout_verdicts is
  'What was found of rollouts, with the numbers it was found by; verify_verdict() computes them again from the ledger.';
comment on column public.ai_rollout_verdicts.rollout_id is 'The rollout.';
comment on column public.ai_rollout_verdicts.verdict is
  '`worse` reverts the rollout; `not_worse` was found under the share of its stage.';
comment on column public.ai_rollout_verdicts.figures is 'The numbers that it was found by.';
comment on column public.ai_rollout_verdicts.guard is
  'What found it: `errors`; `fuse`, an error that needs no statistics; `watch`, of a watched switch, the errors of the hour before; `first_token`, `time`, `cost`; `all`, that none of them is worse.';
create index ai_rollout_verdicts_rollout_id_idx on public.ai_rollout_verdicts (rollout_id, id);

revoke all on public.ai_rollout_verdicts from public, anon, authenticated, service_role;
revoke all on sequence public.ai_rollout_verdicts_id_seq
  from public, anon, authenticated, service_role;
alter table public.ai_rollout_verdicts enable row level security;

create policy ai_rollout_verdicts_select_platform on public.ai_rollout_verdicts
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_rollout_verdicts_select_platform on public.ai_rollout_verdicts is
  'Platform admins see the verdicts, which hold figures and no words.';

grant select on public.ai_rollout_verdicts to authenticated, service_role;
create trigger refuse_change before update or delete on public.ai_rollout_verdicts
  for each statement execute function switchboard.refuse_change();
create trigger refuse_truncate before truncate on public.ai_rollout_verdicts
  for each statement execute function switchboard.refuse_truncate();

create function switchboard.answer_of_another(
  rollout public.ai_rollouts, code text, only_id bigint default null
)
returns bigint
language sql
stable
set search_path = ''
as $$
  -- Where the account is denied, so is every model.
  select u.id
  from (
    select min(e.usage_id) as usage_id, min(e.entered_at) as entered_at
    from switchboard.rollout_errors as e
    where e.rollout_id = rollout.id and e.side = 'canary' and e.code = answer_of_another.code
  ) as denied
  join public.ai_usage as u on u.id >= denied.usage_id
  where u.model_id <> rollout.model_id and u.status in ('complete', 'partial')
    and u.id = coalesce(only_id, u.id)
    -- In its place, or begun since.
    and (u.rollout_id = rollout.id and u.fallback_code = answer_of_another.code
      or u.begun_at > denied.entered_at)
  order by u.id
  limit 1;
$$;
comment on function switchboard.answer_of_another(public.ai_rollouts, text, bigint) is
  'An entry of the ledger that shows that Bedrock answers, since it denied the canary with this code: of another model, in the canary''s place or begun afterwards. only_id: that entry, if it shows it; null: any.';
revoke execute on function switchboard.answer_of_another(public.ai_rollouts, text, bigint)
  from public, anon, authenticated, service_role;

create function switchboard.blown_fuse(
  rollout public.ai_rollouts, code text, stage switchboard.rollout_stages,
  answered_id bigint default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  units_needed constant integer := case
    when blown_fuse.code in ('bedrock_access_denied', 'bedrock_model_end_of_life', 'bedrock_model_unavailable',
      'provider_retains_data') then 1
    when blown_fuse.code = 'bedrock_request_refused' then 3 end;
  canary_units integer;
  former_units integer;
  shown_by bigint;
begin
  select
    count(*) filter (where e.side = 'canary'), count(*) filter (where e.side = 'former')
  into canary_units, former_units
  from switchboard.rollout_errors as e
  where e.rollout_id = rollout.id and e.code = blown_fuse.code
    and (e.stage, e.place) <= (stage.stage, stage.errors);
  -- What both models are refused is no fault of the new one's.
  if units_needed is null or canary_units < units_needed or former_units > 0 then
    return null;
  end if;
  if blown_fuse.code = 'bedrock_access_denied' then
    shown_by := switchboard.answer_of_another(rollout, blown_fuse.code, answered_id);
    -- Where all went to the canary, there may be no other to show it.
    if shown_by is null and not (stage.share = 100 and canary_units >= 3) then
      return null;
    end if;
  end if;
  return jsonb_build_object(
    'code', blown_fuse.code, 'stage', stage.stage, 'weighed', stage.errors,
    'canary_units', canary_units, 'former_units', former_units, 'answered_id', shown_by);
end;
$$;
comment on function switchboard.blown_fuse(
  public.ai_rollouts, text, switchboard.rollout_stages, bigint) is
  'What is told, by a stage as it was weighed, by an error that needs no statistics: ended or not offered, or refused for what its provider keeps: once; access denied: once, while another model is answered (answered_id), else of three units where all went to the canary; a request refused: of three units; none on the other side. Null where it tells nothing.';
revoke execute on function switchboard.blown_fuse(
  public.ai_rollouts, text, switchboard.rollout_stages, bigint)
  from public, anon, authenticated, service_role;

create type switchboard.ledger_view as (until_id bigint, unseen int8multirange);
comment on type switchboard.ledger_view is
  'The rows of the ledger that were there at a look: up to an id, less those of transactions that had not ended.';

create function switchboard.view_of_ledger(from_moment timestamptz)
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- Ids are taken in order, and committed in any.
  with bounds as materialized (
    select min(u.id) as from_id, max(u.id) as until_id
    from public.ai_usage as u
    where u.ended_at >= from_moment - interval '1 minute'
  ),
  seen as (
    select range_agg(int8range(u.id, u.id, '[]')) as ids
    from bounds as b
    join public.ai_usage as u on u.id between b.from_id and b.until_id
  )
  select jsonb_build_object(
    'usage_id', b.until_id,
    'unseen', (int8multirange(int8range(b.from_id, b.until_id, '[]')) - s.ids)::text)
  from bounds as b, seen as s;
$$;
comment on function switchboard.view_of_ledger(timestamptz) is
  'Which rows of the ledger that ended since a moment are there, for a figure that is to be computed again: the last id, and the ids before it of which there is none yet.';
revoke execute on function switchboard.view_of_ledger(timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.weigh_watch(
  rollout public.ai_rollouts, seen switchboard.ledger_view default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  before_units bigint;
  before_errors bigint;
  units bigint;
  errors bigint;
  tolerated double precision;
  bet double precision;
  evidence double precision;
begin
  select
    count(*),
    count(*) filter (where switchboard.is_models_failure(coalesce(u.fallback_code, u.error_code)))
  into before_units, before_errors
  from public.ai_usage as u
  where u.ended_at >= rollout.started_at - interval '1 hour' and u.ended_at < rollout.started_at
    and (seen.until_id is null or u.id <= seen.until_id and not seen.unseen @> u.id)
    and u.unanswered_call is null and u.purpose <> 'trial'
    and coalesce(u.requested_model, u.model_id) = rollout.former_model_id
    and (rollout.assistant_type is null or u.assistant_type = rollout.assistant_type);
  select
    count(distinct u.rollout_unit),
    count(distinct u.rollout_unit) filter (where u.rollout_failed)
  into units, errors
  from public.ai_usage as u
  where u.rollout_id = rollout.id
    and (seen.until_id is null or u.id <= seen.until_id and not seen.unseen @> u.id);
  if before_units = 0 or units = 0 then
    return null;
  end if;
  -- Wilson's bound, which in 99 of 100 cases is above the rate that stood behind what was seen.
  tolerated := (before_errors + 2.7 + 2.326 * sqrt(
      before_errors * (1 - before_errors::double precision / before_units) + 1.35))
    / (before_units + 5.41);
  bet := least(0.95, greatest(3 * tolerated, tolerated + 0.1));
  if tolerated >= bet then
    return null;
  end if;
  evidence := errors * ln(bet / tolerated)
    + (units - errors) * ln((1 - bet) / (1 - tolerated));
  return jsonb_build_object(
    'before_units', before_units, 'before_errors', before_errors, 'units', units,
    'errors', errors, 'tolerated_rate', round(tolerated::numeric, 6),
    'evidence', switchboard.e_value(evidence));
end;
$$;
comment on function switchboard.weigh_watch(public.ai_rollouts, switchboard.ledger_view) is
  'The evidence that more conversations and calls fail since a watched switch than in the hour before it, at present or, with `seen`, as it was at a look; null where there is nothing to compare.';
revoke execute on function switchboard.weigh_watch(public.ai_rollouts, switchboard.ledger_view)
  from public, anon, authenticated, service_role;

create function switchboard.note_finding(finding text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if finding is null then
    -- What else this transaction changes is no part of it.
    perform switchboard.note_change_author(null, null);
    perform set_config('switchboard.reason', '', true);
  else
    perform switchboard.note_change_author(null, 'watch', reason => left(finding, 500));
  end if;
  perform set_config(
    'switchboard.needs_no_person', case when finding is null then '' else 'true' end, true);
end;
$$;
comment on function switchboard.note_finding(text) is
  'Says of the changes that follow that they come of what was found of a rollout; null: that they do no longer.';
revoke execute on function switchboard.note_finding(text)
  from public, anon, authenticated, service_role;

create function switchboard.revert_rollout(rollout public.ai_rollouts)
returns void
language plpgsql
set search_path = ''
as $$
declare
  former public.bedrock_models;
  assistant public.ai_assistants;
begin
  perform switchboard.note_finding(format(
    'Rollout %s: %s was found worse than %s.', rollout.id, rollout.model_id,
    rollout.former_model_id));
  select * into former
  from public.bedrock_models as bm where bm.model_id = rollout.former_model_id;
  select * into assistant
  from public.ai_assistants as a where a.assistant_type = rollout.assistant_type;
  if rollout.watch_until is not null
    and not (coalesce(former.is_available, false) and former.lifecycle <> 'retired'
      and cardinality(switchboard.places_not_allowed(former)) = 0
      -- As the default, assistants that may not use it pass it over.
      and (rollout.assistant_type is null or not switchboard.is_kept_from(former, assistant)))
  then
    -- There is no way back: the verdict says so, and the model stays.
    perform switchboard.release_rollout(rollout.id);
  else
    perform switchboard.take_back_rollout(rollout);
  end if;
  perform switchboard.note_finding(null);
end;
$$;
comment on function switchboard.revert_rollout(public.ai_rollouts) is
  'Takes back a rollout or a watched switch that was found worse; under the registry''s lock.';
revoke execute on function switchboard.revert_rollout(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.note_problem(of_rollout_id bigint, problem text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  former_problem text;
begin
  -- As find_worse(): no answer waits for an operator whose transaction is ending it.
  select r.problem into former_problem
  from public.ai_rollouts as r
  where r.id = of_rollout_id and r.ended_at is null
  for no key update skip locked;
  if found then
    update public.ai_rollouts as r
      set problem = note_problem.problem, problem_at = clock_timestamp()
      where r.id = of_rollout_id;
  end if;
  if problem is distinct from former_problem then
    raise warning 'rollout %: %', of_rollout_id, problem;
  end if;
end;
$$;
comment on function switchboard.note_problem(bigint, text) is
  'Notes why a rollout could not be judged, taken back or promoted; the log of Postgres says it once.';
revoke execute on function switchboard.note_problem(bigint, text)
  from public, anon, authenticated, service_role;

create function switchboard.try_revert(rollout public.ai_rollouts)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  problem text;
begin
  begin
    -- No answer waits for an operator: the next one takes it back.
    if pg_try_advisory_xact_lock(switchboard.registry_lock()) then
      perform switchboard.revert_rollout(rollout);
    end if;
    return;
  exception
    when lock_not_available then
      return;
    -- An answer is worth more than what is found of it. `others` leaves out what took too long.
    when others or query_canceled then
      problem := sqlerrm;
  end;
  perform switchboard.note_problem(rollout.id, problem);
end;
$$;
comment on function switchboard.try_revert(public.ai_rollouts) is
  'Takes a rollout back, unless the registry is locked at the moment. Fails no transaction: where it cannot be taken back, the rollout says why.';
revoke execute on function switchboard.try_revert(public.ai_rollouts)
  from public, anon, authenticated, service_role;

create function switchboard.revert_worse_rollouts()
returns void
language plpgsql
set search_path = ''
as $$
declare
  rollout public.ai_rollouts;
begin
  -- Looked at by every turn and call, which a block that catches errors would cost more.
  for rollout in
    select * from public.ai_rollouts as r
    where r.found_worse_at is not null and r.ended_at is null
      and (r.problem_at is null or r.problem_at < clock_timestamp() - interval '1 minute')
    order by r.id
  loop
    perform switchboard.try_revert(rollout);
  end loop;
end;
$$;
comment on function switchboard.revert_worse_rollouts() is
  'Takes back what was found worse; what could not be, once a minute. Costs nothing where nothing was found.';
revoke execute on function switchboard.revert_worse_rollouts()
  from public, anon, authenticated, service_role;

create function switchboard.find_worse(rollout public.ai_rollouts, guard text, figures jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- No answer waits for an operator whose transaction is ending it.
  perform from public.ai_rollouts as r
  where r.id = rollout.id and r.found_worse_at is null and r.ended_at is null
  for no key update skip locked;
  if found then
    update public.ai_rollouts as r
      set found_worse_at = clock_timestamp(), problem = null, problem_at = null
      where r.id = rollout.id;
    insert into public.ai_rollout_verdicts (rollout_id, verdict, guard, figures)
    values (rollout.id, 'worse', find_worse.guard, find_worse.figures);
  end if;
end;
$$;
comment on function switchboard.find_worse(public.ai_rollouts, text, jsonb) is
  'Records that a rollout is worse, once; not of one that another transaction is ending.';
revoke execute on function switchboard.find_worse(public.ai_rollouts, text, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.weigh_failure(entry public.ai_usage)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  failed_with constant text := coalesce(entry.fallback_code, entry.error_code);
  is_canary constant boolean := entry.rollout_side = 'canary';
  stage switchboard.rollout_stages;
  rollout public.ai_rollouts;
  figures jsonb;
begin
  -- Errors are weighed one after the other.
  select * into stage
  from switchboard.rollout_stages as s
  where s.rollout_id = entry.rollout_id
  order by s.stage desc
  limit 1
  for update;
  select * into rollout from public.ai_rollouts as r where r.id = entry.rollout_id;
  if rollout.ended_at is not null then
    return;
  end if;
  insert into switchboard.rollout_errors (
    rollout_id, unit, stage, place, side, share, code, usage_id)
  values (
    entry.rollout_id, entry.rollout_unit, stage.stage, stage.errors + 1, entry.rollout_side,
    entry.rollout_share, failed_with, entry.id)
  on conflict (rollout_id, unit) do nothing;
  if not found then
    return;
  end if;
  stage := switchboard.weigh_error(stage, entry.rollout_share, is_canary);
  update switchboard.rollout_stages as s
    set evidence = stage.evidence, errors = stage.errors, canary_errors = stage.canary_errors
    where s.rollout_id = stage.rollout_id and s.stage = stage.stage;
  if stage.evidence >= switchboard.evidence_needed() then
    perform switchboard.find_worse(rollout, 'errors', switchboard.describe_evidence(stage));
  end if;
  if is_canary then
    figures := switchboard.blown_fuse(rollout, failed_with, stage);
    if figures is not null then
      perform switchboard.find_worse(rollout, 'fuse', figures);
    end if;
    if rollout.watch_until is not null then
      figures := switchboard.weigh_watch(rollout);
      if (figures -> 'evidence')::numeric >= switchboard.e_value(switchboard.evidence_needed()) then
        -- In one statement, so that the figures and the rows that they are of are seen at the same
        -- moment.
        select switchboard.weigh_watch(rollout)
          || switchboard.view_of_ledger(rollout.started_at - interval '1 hour')
        into figures;
        perform switchboard.find_worse(rollout, 'watch', figures);
      end if;
    end if;
  end if;
end;
$$;
comment on function switchboard.weigh_failure(public.ai_usage) is
  'Weighs an entry of the ledger that tells of a failure in a rollout, and records what is found.';
revoke execute on function switchboard.weigh_failure(public.ai_usage)
  from public, anon, authenticated, service_role;

create function switchboard.watch_rollout(entry public.ai_usage)
returns void
language plpgsql
set search_path = ''
as $$
declare
  problem text;
begin
  if entry.rollout_id is null or not entry.rollout_failed then
    return;
  end if;
  begin
    perform switchboard.weigh_failure(entry);
  -- As in try_revert().
  exception when others or query_canceled then
    problem := sqlerrm;
  end;
  if problem is not null then
    perform switchboard.note_problem(entry.rollout_id, problem);
  end if;
  perform switchboard.revert_worse_rollouts();
end;
$$;
comment on function switchboard.watch_rollout(public.ai_usage) is
  'Weighs an entry of the ledger that tells of a failure in a rollout, and takes the rollout back where it is worse by now; fails no transaction. Before the windows of limits are locked.';
revoke execute on function switchboard.watch_rollout(public.ai_usage)
  from public, anon, authenticated, service_role;
