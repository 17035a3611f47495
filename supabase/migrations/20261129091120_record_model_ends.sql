-- Models that AWS ends. One error proves little: AWS also answers so to an account that has not used
-- a model for a while. A model is recorded as retired when its announced date has passed, or when two
-- calls at least ten minutes apart were told so and AWS's list no longer has it. Until then each
-- instance leaves the model out by its breaker.

create table switchboard.model_ends (
  -- No foreign key: nothing may wait for an operator who edits a model.
  model_id text primary key,
  first_told_at timestamptz,
  last_told_at timestamptz,
  unlisted_since timestamptz,
  constraint model_ends_told_fits check ((first_told_at is null) = (last_told_at is null))
);
comment on table switchboard.model_ends is
  'What says that AWS has ended a model, before it is recorded as retired.';
comment on column switchboard.model_ends.model_id is
  'A model of the registry, by its id; a model of another id begins from nothing.';
comment on column switchboard.model_ends.first_told_at is
  'When a call was first told that the model has ended, since it last answered; null: none was.';
comment on column switchboard.model_ends.last_told_at is 'When a call was last told so.';
comment on column switchboard.model_ends.unlisted_since is
  'Since when AWS''s list does not have the model; null: it has, or was not read.';

revoke all on switchboard.model_ends from public, anon, authenticated, service_role;

create function switchboard.has_answered_since(of_model_id text, moment timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.ai_usage as u
    where u.model_id = of_model_id and u.status = 'complete' and u.ended_at > moment);
$$;
comment on function switchboard.has_answered_since(text, timestamptz) is
  'Whether the ledger has an answer of a model since then, so that what it was told of its end is forgotten.';
revoke execute on function switchboard.has_answered_since(text, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.end_model(ended_model_id text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform switchboard.note_change_author(null, 'chat');
  perform set_config('switchboard.needs_no_person', 'true', true);
  perform switchboard.lock_registry();
  -- Not made unavailable, and not replaced: that is an operator's to decide. The selection skips a
  -- retired model, or puts its successor in its place, whatever its flags say.
  update public.bedrock_models as bm
    set lifecycle = 'retired'
    where bm.model_id = ended_model_id and bm.lifecycle <> 'retired';
  perform set_config('switchboard.needs_no_person', '', true);
  update switchboard.model_ends as e
    set first_told_at = null, last_told_at = null where e.model_id = ended_model_id;
end;
$$;
comment on function switchboard.end_model(text) is
  'Records that AWS has ended a model, so that every instance stops trying it. Its flags and what refers to it stay; retire_model() puts a successor in its place. Left alone by rollbacks.';
revoke execute on function switchboard.end_model(text)
  from public, anon, authenticated, service_role;

create function switchboard.end_proven_models(only_model_id text default null)
returns text[]
language plpgsql
set search_path = ''
as $$
declare
  proven constant text[] := array(
    select bm.model_id
    from switchboard.model_ends as e
    join public.bedrock_models as bm on bm.model_id = e.model_id
    where bm.lifecycle <> 'retired' and bm.model_id = coalesce(only_model_id, bm.model_id)
      and e.first_told_at is not null
      and (
        -- As in the functions, the last day counts as past.
        bm.retires_on <= (now() at time zone 'UTC')::date
        or e.last_told_at >= e.first_told_at + interval '10 minutes'
          and e.unlisted_since is not null)
      and not switchboard.has_answered_since(e.model_id, e.first_told_at)
    order by bm.model_id);
  ended text;
begin
  foreach ended in array proven loop
    perform switchboard.end_model(ended);
  end loop;
  return proven;
end;
$$;
comment on function switchboard.end_proven_models(text) is
  'Records the ends that are proven, of one model or of all, and returns their ids.';
revoke execute on function switchboard.end_proven_models(text)
  from public, anon, authenticated, service_role;

-- Definers, because no role may write what proves an end by other means.

create function public.record_model_end(p_model_id text)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  perform switchboard.find_model(p_model_id);
  insert into switchboard.model_ends as e (model_id, first_told_at, last_told_at)
  values (p_model_id, moment, moment)
  on conflict (model_id) do update set
    first_told_at = case
      when e.first_told_at is null
        or switchboard.has_answered_since(e.model_id, e.first_told_at) then moment
      else e.first_told_at end,
    last_told_at = moment;
  return jsonb_build_object(
    'retired', cardinality(switchboard.end_proven_models(p_model_id)) > 0,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.record_model_end(text) is
  'Notes that a call was told that AWS has ended a model, of whatever instance, and records the model as retired where that is proven: its date has passed, or a call was told so at least ten minutes before, the model has not answered since, and AWS''s list no longer has it. Returns whether it was recorded now. PT404 model_not_found; PT409 registry_locked.';
revoke execute on function public.record_model_end(text) from public, anon, authenticated;
grant execute on function public.record_model_end(text) to service_role;

create function public.record_aws_list(p_listed text[], p_unlisted text[])
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
begin
  insert into switchboard.model_ends as e (model_id, unlisted_since)
  select bm.model_id, now() from public.bedrock_models as bm
  where bm.model_id = any (p_unlisted)
  order by bm.model_id
  on conflict (model_id) do update set unlisted_since = coalesce(e.unlisted_since, now());
  update switchboard.model_ends as e
    set unlisted_since = null
    where e.model_id = any (p_listed) and e.unlisted_since is not null;
  -- What says nothing any more, and what is said of no model.
  delete from switchboard.model_ends as e
  where num_nonnulls(e.first_told_at, e.unlisted_since) = 0
    or not exists (select from public.bedrock_models as bm where bm.model_id = e.model_id);
  return jsonb_build_object(
    'retired', switchboard.end_proven_models(),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.record_aws_list(text[], text[]) is
  'Notes which models of the registry AWS''s list has and which it does not have, and records as retired those whose end is proven by that; returns their ids. Models in neither were not looked for. PT409 registry_locked.';
revoke execute on function public.record_aws_list(text[], text[]) from public, anon, authenticated;
grant execute on function public.record_aws_list(text[], text[]) to service_role;
