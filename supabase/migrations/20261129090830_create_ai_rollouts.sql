-- A rollout: a model that gets a share of what another one answers, at the same time, and is compared
-- with it; or the watch over a model since it took all of it. What the choice of a model needs stands
-- in the registry's rows (canary_share, rollout_id), so that it is versioned, audited and rolled back
-- like a switch, under every role. What is compared, and how, stands here.

create table public.ai_rollouts (
  id bigint generated always as identity primary key,
  -- No foreign keys: the row outlives what it names.
  assistant_type text,
  model_id text not null,
  former_model_id text not null,
  error_points numeric not null default 2
    constraint ai_rollouts_error_points_range check (error_points > 0 and error_points <= 100),
  latency_ratio numeric not null default 1.25
    constraint ai_rollouts_latency_ratio_range check (latency_ratio > 1 and latency_ratio <= 100),
  cost_ratio numeric not null default 1.5
    constraint ai_rollouts_cost_ratio_range check (cost_ratio > 1 and cost_ratio <= 1000),
  on_verdict text not null default 'hold'
    constraint ai_rollouts_on_verdict_known check (on_verdict in ('hold', 'promote')),
  watch_until timestamptz
    constraint ai_rollouts_watch_until_finite check (isfinite(watch_until)),
  started_at timestamptz not null default clock_timestamp(),
  found_worse_at timestamptz,
  problem text,
  problem_at timestamptz,
  ended_at timestamptz,
  outcome text
    constraint ai_rollouts_outcome_known
    check (outcome in ('promoted', 'reverted', 'superseded', 'kept')),
  constraint ai_rollouts_ended_with_outcome check ((ended_at is null) = (outcome is null)),
  constraint ai_rollouts_compares_two check (model_id <> former_model_id)
);
comment on table public.ai_rollouts is
  'Rollouts and watched switches, past and present. Written by trigger where bedrock_models and ai_assistants change, and by the verdicts.';
comment on column public.ai_rollouts.assistant_type is
  'The assistant whose model is in question, by its name of then; null: the default.';
comment on column public.ai_rollouts.model_id is 'The model that is new.';
comment on column public.ai_rollouts.former_model_id is 'The model that it is compared with.';
comment on column public.ai_rollouts.error_points is
  'By how many percentage points more of its conversations and calls may fail.';
comment on column public.ai_rollouts.latency_ratio is
  'How many times as long it may take, to its first words and in all.';
comment on column public.ai_rollouts.cost_ratio is 'How many times as much an answer may cost.';
comment on column public.ai_rollouts.on_verdict is
  'What follows the proof that it is not worse: `promote`, or `hold`, until an operator decides. That it is worse always reverts.';
comment on column public.ai_rollouts.watch_until is
  'Of a switch that is watched: until when. Null: a rollout in shares, which no time ends.';
comment on column public.ai_rollouts.started_at is
  'When the first share, or the place, was given to the model.';
comment on column public.ai_rollouts.ended_at is 'Null while it is under way.';
comment on column public.ai_rollouts.found_worse_at is
  'When it was found worse. It ends in the same transaction or, where the registry was locked then, with the next one that begins.';
comment on column public.ai_rollouts.problem is
  'Why it could not be judged, taken back or promoted when that was last tried; null: it could, or has ended.';
comment on column public.ai_rollouts.problem_at is
  'When that was last tried. It is taken back a minute later at the earliest.';
comment on column public.ai_rollouts.outcome is
  '`promoted`: the model took the place of the former one. `reverted`: it gave its share, or the place, back; its conversations move at their next turn. `superseded`: another model took the place of the former one. `kept`: the watch ended without a finding.';

create index ai_rollouts_model_id_idx on public.ai_rollouts (model_id, id);
create index ai_rollouts_to_revert_idx on public.ai_rollouts (id)
  where found_worse_at is not null and ended_at is null;

revoke all on public.ai_rollouts from public, anon, authenticated, service_role;
revoke all on sequence public.ai_rollouts_id_seq from public, anon, authenticated, service_role;
alter table public.ai_rollouts enable row level security;

create policy ai_rollouts_select_platform on public.ai_rollouts
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_rollouts_select_platform on public.ai_rollouts is
  'Platform admins see the rollouts.';

grant select on public.ai_rollouts to authenticated, service_role;
create trigger refuse_removal before delete or truncate on public.ai_rollouts
  for each statement execute function switchboard.refuse_removal();

alter table public.bedrock_models
  add constraint bedrock_models_rollout_id_fkey
  foreign key (rollout_id) references public.ai_rollouts (id) on delete restrict;
alter table public.ai_assistants
  add constraint ai_assistants_rollout_id_fkey
  foreign key (rollout_id) references public.ai_rollouts (id) on delete restrict;
create index bedrock_models_rollout_id_idx on public.bedrock_models (rollout_id);
create index ai_assistants_rollout_id_idx on public.ai_assistants (rollout_id);
create unique index bedrock_models_one_canary on public.bedrock_models ((true))
  where canary_share is not null;
comment on index public.bedrock_models_one_canary is
  'One rollout of the default at a time.';

-- What is counted of a rollout, under one share after the other.
create table switchboard.rollout_stages (
  rollout_id bigint not null
    constraint rollout_stages_rollout_id_fkey references public.ai_rollouts (id)
    on delete restrict,
  stage smallint not null
    constraint rollout_stages_stage_positive check (stage > 0),
  share smallint not null
    constraint rollout_stages_share_range check (share between 1 and 100),
  began_at timestamptz not null default clock_timestamp(),
  evidence double precision not null default 0,
  errors integer not null default 0,
  canary_errors integer not null default 0,
  constraint rollout_stages_pkey primary key (rollout_id, stage)
);
comment on table switchboard.rollout_stages is
  'The stages of rollouts: a new one with each share, with the evidence of its errors.';
comment on column switchboard.rollout_stages.rollout_id is 'The rollout.';
comment on column switchboard.rollout_stages.stage is 'From 1 on, one more with each share.';
comment on column switchboard.rollout_stages.share is 'Percent of the units that went to the canary.';
comment on column switchboard.rollout_stages.began_at is 'Since when the share holds.';
comment on column switchboard.rollout_stages.evidence is
  'The logarithm of the e-value against "alike": from 0 on; see switchboard.weigh_error().';
comment on column switchboard.rollout_stages.errors is
  'Units (conversations, and clients of calls) whose first error fell into the stage, of both sides.';
comment on column switchboard.rollout_stages.canary_errors is 'Those of them on the side of the canary.';

create table switchboard.rollout_errors (
  rollout_id bigint not null,
  unit text not null,
  stage smallint not null,
  place integer not null,
  side text not null
    constraint rollout_errors_side_known check (side in ('canary', 'former')),
  share smallint not null,
  code text not null,
  usage_id bigint not null,
  entered_at timestamptz not null default clock_timestamp(),
  constraint rollout_errors_pkey primary key (rollout_id, unit),
  constraint rollout_errors_place_key unique (rollout_id, stage, place),
  constraint rollout_errors_stage_fkey
    foreign key (rollout_id, stage) references switchboard.rollout_stages (rollout_id, stage)
    on delete restrict
);
comment on table switchboard.rollout_errors is
  'The first error of each unit of a rollout, in the order in which they were weighed.';
comment on column switchboard.rollout_errors.rollout_id is 'The rollout.';
comment on column switchboard.rollout_errors.unit is 'As ai_usage.rollout_unit.';
comment on column switchboard.rollout_errors.stage is 'The stage in which it was weighed.';
comment on column switchboard.rollout_errors.place is 'From 1 on, in the order in which they were weighed.';
comment on column switchboard.rollout_errors.side is 'The side of the model that failed.';
comment on column switchboard.rollout_errors.code is 'The error code of the failure.';
comment on column switchboard.rollout_errors.entered_at is 'When it was weighed.';
comment on column switchboard.rollout_errors.share is
  'Percent of the units that went to the canary when this one was assigned.';
comment on column switchboard.rollout_errors.usage_id is 'The entry of the ledger.';

revoke all on switchboard.rollout_stages, switchboard.rollout_errors
  from public, anon, authenticated, service_role;

create function switchboard.open_rollout(
  of_assistant_type text,
  new_model_id text,
  former_model_id text
)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  wanted constant jsonb :=
    coalesce(nullif(current_setting('switchboard.rollout', true), ''), '{}')::jsonb;
  rollout public.ai_rollouts;
begin
  -- For one rollout, not for all of the transaction.
  perform set_config('switchboard.rollout', '', true);
  insert into public.ai_rollouts (
    assistant_type, model_id, former_model_id, error_points, latency_ratio, cost_ratio, on_verdict,
    watch_until)
  values (
    of_assistant_type, new_model_id, open_rollout.former_model_id,
    coalesce((wanted ->> 'error_points')::numeric, 2),
    coalesce((wanted ->> 'latency_ratio')::numeric, 1.25),
    coalesce((wanted ->> 'cost_ratio')::numeric, 1.5),
    coalesce(wanted ->> 'on_verdict', 'hold'),
    clock_timestamp() + (wanted ->> 'watch_minutes')::integer * interval '1 minute')
  returning * into rollout;
  return rollout.id;
end;
$$;
comment on function switchboard.open_rollout(text, text, text) is
  'A new rollout, with the guards that start_rollout() or a watched switch noted for the transaction (`switchboard.rollout`), else the defaults.';
revoke execute on function switchboard.open_rollout(text, text, text)
  from public, anon, authenticated, service_role;

create function switchboard.is_watch_wanted()
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(nullif(current_setting('switchboard.rollout', true), ''), '{}')::jsonb
    ? 'watch_minutes';
end;
$$;
comment on function switchboard.is_watch_wanted() is
  'Whether the switch of this transaction is to be watched.';
revoke execute on function switchboard.is_watch_wanted()
  from public, anon, authenticated, service_role;

create type switchboard.canary as (model_id text, rollout_id bigint);
comment on type switchboard.canary is
  'What a row of the registry says of a rollout: the model that is its canary, and the rollout, which without a canary watches the model that is in place.';

create function switchboard.rollout_of_row(
  of_assistant_type text,
  present_model_id text,
  before switchboard.canary,
  wanted switchboard.canary
)
returns bigint
language plpgsql
set search_path = ''
as $$
begin
  if wanted.model_id is null or before.model_id = wanted.model_id then
    -- As it was, while it is under way: a rollout that has ended never comes back.
    return (
      select r.id from public.ai_rollouts as r
      where r.id = wanted.rollout_id and r.ended_at is null
        and r.assistant_type is not distinct from of_assistant_type
        and r.model_id = coalesce(wanted.model_id, present_model_id)
        and (wanted.model_id is null) = (r.watch_until is not null)
        and wanted.model_id is distinct from present_model_id);
  elsif wanted.rollout_id is not null and wanted.rollout_id is distinct from before.rollout_id then
    return null;
  elsif wanted.model_id = present_model_id then
    raise exception using
      errcode = 'PT409',
      message = format('%s is in place already, and cannot be compared with itself.',
        wanted.model_id),
      detail = 'model_is_default',
      hint = 'Name another model.';
  end if;
  return switchboard.open_rollout(of_assistant_type, wanted.model_id, present_model_id);
end;
$$;
comment on function switchboard.rollout_of_row(
  text, text, switchboard.canary, switchboard.canary) is
  'The rollout that a changed row belongs to: the one that it belonged to, a new one, or none (null). PT409 model_is_default for a canary that is in place already.';
revoke execute on function switchboard.rollout_of_row(
  text, text, switchboard.canary, switchboard.canary)
  from public, anon, authenticated, service_role;

-- Definers, as the audit's triggers: who may change the registry may not write rollouts.

create function switchboard.keep_canary_of_default()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  before switchboard.canary;
  wanted switchboard.canary := row(
    case when new.canary_share is not null then new.model_id end, new.rollout_id);
  -- A statement that makes two of them is refused after this.
  other_default constant text := (
    select bm.model_id from public.bedrock_models as bm
    where bm.is_default and bm.id <> new.id limit 1);
begin
  if tg_op = 'UPDATE' then
    before := row(case when old.canary_share is not null then old.model_id end, old.rollout_id);
  end if;
  if before.model_id is null and wanted.model_id is not null and wanted.rollout_id is null then
    perform switchboard.require_usable(new);
  elsif not new.is_available or new.lifecycle = 'retired' then
    wanted.model_id := null;
  end if;
  new.rollout_id := switchboard.rollout_of_row(
    null, case when new.is_default then new.model_id else other_default end, before, wanted);
  if wanted.model_id is null or new.rollout_id is null then
    new.canary_share := null;
  end if;
  if new.is_default and tg_op = 'UPDATE' and not old.is_default and switchboard.is_watch_wanted()
  then
    new.rollout_id := switchboard.open_rollout(null, new.model_id, other_default);
  end if;
  return new;
end;
$$;
comment on function switchboard.keep_canary_of_default() is
  'Trigger: canary_share of a model begins a rollout of the default, and ends with it. PT409 model_is_default, model_not_available, model_retired, model_outside_geographies.';
revoke execute on function switchboard.keep_canary_of_default()
  from public, anon, authenticated, service_role;

create trigger keep_canary before insert or update on public.bedrock_models
  for each row
  when (num_nonnulls(new.canary_share, new.rollout_id) > 0 or new.is_default)
  execute function switchboard.keep_canary_of_default();

create function switchboard.keep_canary_of_assistant()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  default_id constant text := (
    select bm.model_id from public.bedrock_models as bm where bm.is_default);
  present_id constant text := coalesce(new.model_version, default_id);
  before_id constant text := case when tg_op = 'UPDATE'
    then coalesce(old.model_version, default_id) end;
  before switchboard.canary;
  wanted switchboard.canary := row(new.canary_model_id, new.rollout_id);
begin
  if tg_op = 'UPDATE' then
    before := row(old.canary_model_id, old.rollout_id);
  end if;
  if wanted.model_id <> coalesce(before.model_id, '')
    -- Else a rollback brings back the name of a rollout that has ended.
    and wanted.rollout_id is not distinct from before.rollout_id
  then
    perform switchboard.require_usable(switchboard.find_model(wanted.model_id));
  elsif before_id <> present_id and before.model_id = wanted.model_id then
    -- It took the place, or another model did.
    wanted.model_id := null;
  end if;
  new.rollout_id := switchboard.rollout_of_row(new.assistant_type, present_id, before, wanted);
  new.canary_model_id := case when new.rollout_id is not null then wanted.model_id end;
  if new.canary_model_id is null then
    new.canary_share := null;
  end if;
  if before_id <> present_id and switchboard.is_watch_wanted() then
    new.rollout_id := switchboard.open_rollout(new.assistant_type, present_id, before_id);
  end if;
  return new;
end;
$$;
comment on function switchboard.keep_canary_of_assistant() is
  'Trigger: as keep_canary_of_default(), for the model of an assistant. PT404 model_not_found; PT409 model_is_default, model_not_available, model_retired, model_outside_geographies.';
revoke execute on function switchboard.keep_canary_of_assistant()
  from public, anon, authenticated, service_role;

create trigger keep_canary before insert or update on public.ai_assistants
  for each row
  when (num_nonnulls(new.canary_model_id, new.canary_share, new.rollout_id) > 0
    or new.model_version is not null)
  execute function switchboard.keep_canary_of_assistant();

create function switchboard.close_rollout(closed_id bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.ai_rollouts as r
    set
      ended_at = clock_timestamp(),
      problem = null,
      problem_at = null,
      outcome = case
        when r.model_id = any (p.models) then case when r.watch_until is null then 'promoted' else 'kept' end
        when r.former_model_id = any (p.models) then 'reverted'
        else 'superseded' end
    from (
      -- Two are the default until the end of the statement that makes one.
      select i.rollout_id, array(
        select coalesce(a.model_version, bm.model_id)
        from public.bedrock_models as bm
        left join public.ai_assistants as a on a.assistant_type = i.assistant_type
        where bm.is_default) as models
      from (select o.id as rollout_id, o.assistant_type from public.ai_rollouts as o) as i
      where i.rollout_id = closed_id
    ) as p
    where r.id = p.rollout_id and r.ended_at is null;
end;
$$;
comment on function switchboard.close_rollout(bigint) is
  'Ends a rollout that its row of the registry left; what is in place by then says how it ended.';
revoke execute on function switchboard.close_rollout(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.begin_stage(of_rollout_id bigint, new_share smallint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into switchboard.rollout_stages (rollout_id, stage, share)
  select of_rollout_id, coalesce(max(s.stage), 0) + 1, new_share
  from switchboard.rollout_stages as s
  where s.rollout_id = of_rollout_id;
end;
$$;
comment on function switchboard.begin_stage(bigint, smallint) is
  'Begins to count a rollout under a share, from nothing.';
revoke execute on function switchboard.begin_stage(bigint, smallint)
  from public, anon, authenticated, service_role;

create function switchboard.follow_canary()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  former_id bigint;
  former_share smallint;
begin
  if tg_op <> 'INSERT' then
    former_id := old.rollout_id;
    former_share := old.canary_share;
  end if;
  if tg_op = 'DELETE' then
    perform switchboard.close_rollout(former_id);
    return null;
  end if;
  if former_id is distinct from new.rollout_id and former_id is not null then
    perform switchboard.close_rollout(former_id);
  end if;
  if new.rollout_id is not null and (
    former_id is distinct from new.rollout_id or former_share is distinct from new.canary_share)
  then
    perform switchboard.begin_stage(new.rollout_id, coalesce(new.canary_share, 100::smallint));
  end if;
  return null;
end;
$$;
comment on function switchboard.follow_canary() is
  'Trigger: ends the rollout that a row of the registry left, or that was deleted with it, and begins a stage with each share.';
revoke execute on function switchboard.follow_canary()
  from public, anon, authenticated, service_role;

create trigger follow_canary after insert or update or delete on public.bedrock_models
  for each row execute function switchboard.follow_canary();
create trigger follow_canary after insert or update or delete on public.ai_assistants
  for each row execute function switchboard.follow_canary();

create function switchboard.unseat_canaries()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  default_changed constant boolean := exists (
    select from old_rows as o join new_rows as n on n.id = o.id
    where n.is_default and not o.is_default);
  ended_ids constant text[] := array(
    select n.model_id
    from old_rows as o
    join new_rows as n on n.id = o.id
    where o.is_available and o.lifecycle <> 'retired'
      and (not n.is_available or n.lifecycle = 'retired'));
begin
  -- What a canary was compared with is not in place any more.
  if default_changed then
    update public.bedrock_models as bm
      set canary_share = null
      where bm.canary_share is not null;
    update public.ai_assistants as a
      set canary_model_id = null, rollout_id = null
      where a.model_version is null and a.rollout_id is not null;
  end if;
  if cardinality(ended_ids) > 0 then
    update public.ai_assistants as a
      set canary_model_id = null
      where a.canary_model_id = any (ended_ids);
  end if;
  return null;
end;
$$;
comment on function switchboard.unseat_canaries() is
  'Trigger: ends the rollouts that a change of models takes their ground from.';
revoke execute on function switchboard.unseat_canaries()
  from public, anon, authenticated, service_role;

-- By its name after take_default_on_update: one model alone is the default by then.
create trigger unseat_canaries after update on public.bedrock_models
  referencing old table as old_rows new table as new_rows
  for each statement execute function switchboard.unseat_canaries();
