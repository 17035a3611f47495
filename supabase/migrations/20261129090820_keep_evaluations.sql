-- Evaluations: results of promptfoo for a model with an assistant's prompt. They are evidence, not
-- configuration: attaching one raises no version. An assistant may require one before its model
-- changes, which triggers hold on every surface.

create table public.ai_evaluations (
  id bigint generated always as identity
    constraint ai_evaluations_pkey primary key,
  -- No foreign keys: what was evaluated stays so, and a row that is renamed is another model.
  model_id text not null
    constraint ai_evaluations_model_id_length check (char_length(model_id) between 1 and 512),
  assistant_type text not null
    constraint ai_evaluations_assistant_type_length check (char_length(assistant_type) <= 63),
  prompt_version text not null
    constraint ai_evaluations_prompt_version_shape check (prompt_version ~ '^[0-9a-f]{64}$'),
  result_hash text not null
    constraint ai_evaluations_result_hash_shape check (result_hash ~ '^[0-9a-f]{64}$'),
  promptfoo_version text not null
    constraint ai_evaluations_promptfoo_version_shape
    check (promptfoo_version ~ '^[0-9A-Za-z.+-]{1,50}$'),
  passed integer not null,
  failed integer not null,
  errors integer not null,
  score numeric not null
    constraint ai_evaluations_score_range check (score between 0 and 1),
  ran_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  actor_user_id uuid,
  actor_key_name text
    constraint ai_evaluations_actor_key_name_length check (char_length(actor_key_name) <= 200),
  actor_proven boolean not null,
  database_role text not null,
  source text not null
    constraint ai_evaluations_source_known check (source in ('api', 'cli', 'sql')),
  reason text
    constraint ai_evaluations_reason_length check (char_length(reason) between 1 and 500),
  constraint ai_evaluations_model_id_assistant_type_result_hash_key
  unique (model_id, assistant_type, result_hash),
  constraint ai_evaluations_counts_range check (
    least(passed, failed, errors) >= 0 and passed::bigint + failed + errors between 1 and 100000),
  constraint ai_evaluations_times_finite check (isfinite(ran_at) and isfinite(created_at))
);
comment on table public.ai_evaluations is
  'Evaluations: results of promptfoo for a model with the prompt of an assistant, without a word of prompts or answers. Written by attach_evaluation() alone; who has a secret key can claim any counts.';
comment on column public.ai_evaluations.model_id is 'The model that was called.';
comment on column public.ai_evaluations.assistant_type is
  'The assistant with whose system prompt and settings it was called.';
comment on column public.ai_evaluations.prompt_version is
  'switchboard.prompt_version() of the assistant when the evaluation ran.';
comment on column public.ai_evaluations.result_hash is
  'SHA-256 of promptfoo''s result file, in hexadecimal.';
comment on column public.ai_evaluations.promptfoo_version is
  'Of the promptfoo that wrote the file.';
comment on column public.ai_evaluations.passed is 'Cases whose assertions all held.';
comment on column public.ai_evaluations.failed is 'Cases in which an assertion did not hold.';
comment on column public.ai_evaluations.errors is 'Cases without an answer that could be judged.';
comment on column public.ai_evaluations.score is 'Mean of the cases'' scores, 0 to 1.';
comment on column public.ai_evaluations.ran_at is
  'When it began, by the clock of the machine that ran it, and never later than it was attached.';
comment on column public.ai_evaluations.created_at is 'When it was attached.';
comment on column public.ai_evaluations.actor_user_id is
  'The user who attached it; null for a key or a session in SQL.';
comment on column public.ai_evaluations.actor_key_name is
  'The name of the secret key that it was attached with, never the key.';
comment on column public.ai_evaluations.actor_proven is
  'As in model_switches: false where a holder of a secret key says who it was.';
comment on column public.ai_evaluations.database_role is 'The Postgres role that attached it.';
comment on column public.ai_evaluations.source is
  'Where it came from: `api`, `cli` (the operator''s command) or `sql`.';
comment on column public.ai_evaluations.reason is 'In the words of who attached it; null: none.';

create index ai_evaluations_newest_idx
  on public.ai_evaluations (assistant_type, model_id, ran_at desc, id desc);

revoke all on public.ai_evaluations from public, anon, authenticated, service_role;
revoke all on sequence public.ai_evaluations_id_seq
  from public, anon, authenticated, service_role;
alter table public.ai_evaluations enable row level security;

create policy ai_evaluations_select_platform on public.ai_evaluations
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_evaluations_select_platform on public.ai_evaluations is
  'Platform admins read the evaluations.';

grant select (
  id, model_id, assistant_type, prompt_version, result_hash, promptfoo_version, passed, failed,
  errors, score, ran_at, created_at, actor_user_id, actor_key_name, actor_proven, database_role,
  source, reason
) on public.ai_evaluations to authenticated;
grant select on public.ai_evaluations to service_role;

create function switchboard.prompt_version(assistant jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'system_prompt', assistant -> 'system_prompt',
    'model_config', assistant -> 'model_config',
    'max_output_tokens', assistant -> 'max_output_tokens',
    'guardrail_id', assistant -> 'guardrail_id',
    'guardrail_version', assistant -> 'guardrail_version')::text, 'UTF8')), 'hex');
$$;
comment on function switchboard.prompt_version(jsonb) is
  'SHA-256, in hexadecimal, of what an assistant''s row adds to a question: prompt, settings, largest answer, guardrail.';
revoke execute on function switchboard.prompt_version(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.prompt_version_at(assistant public.ai_assistants, moment timestamptz)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  next public.model_switches;
begin
  select * into next
  from public.model_switches as ms
  where ms.table_name = 'ai_assistants' and not ms.is_seeded and ms.created_at > moment
    and coalesce(ms.row_before, ms.row_after) ->> 'id' = assistant.id::text
  order by ms.id
  limit 1;
  -- Null: there was no such assistant.
  return case
    when not found then switchboard.prompt_version(to_jsonb(assistant))
    when next.row_before is not null then switchboard.prompt_version(next.row_before)
  end;
end;
$$;
comment on function switchboard.prompt_version_at(public.ai_assistants, timestamptz) is
  'switchboard.prompt_version() of an assistant at an earlier time, from the audit log; null before it was there.';
revoke execute on function switchboard.prompt_version_at(public.ai_assistants, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.describe_evaluation(evaluation public.ai_evaluations)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(evaluation) || jsonb_build_object(
    'actor_email', switchboard.email_of(evaluation.actor_user_id),
    'is_passing', evaluation.failed = 0 and evaluation.errors = 0,
    'is_of_present_prompt', coalesce((
      select switchboard.prompt_version(to_jsonb(a)) = evaluation.prompt_version
      from public.ai_assistants as a
      where a.assistant_type = evaluation.assistant_type), false));
$$;
comment on function switchboard.describe_evaluation(public.ai_evaluations) is
  'An evaluation as it is listed: with the actor''s address, whether every case passed, and whether the assistant still has the prompt and settings that it was run with.';
revoke execute on function switchboard.describe_evaluation(public.ai_evaluations)
  from public, anon, authenticated, service_role;

create function switchboard.require_evaluated_prompt(
  assistant public.ai_assistants,
  begun_at timestamptz,
  ended_at timestamptz
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  version constant text := switchboard.prompt_version_at(assistant, begun_at);
begin
  if begun_at is null or ended_at < begun_at or ended_at is null
    -- Clocks may differ a little.
    or ended_at > clock_timestamp() + interval '5 minutes'
  then
    raise exception using
      errcode = 'PT400',
      message = 'The times of the evaluation are not times of the past.',
      detail = 'invalid_request',
      hint = 'Set the clock of the machine that runs it, and run it again.';
  end if;
  if version is distinct from switchboard.prompt_version_at(assistant, ended_at) then
    raise exception using
      errcode = 'PT409',
      message = format('The prompt or the settings of %s changed while the evaluation ran.',
        assistant.assistant_type),
      detail = 'registry_changed',
      hint = 'Run it again.';
  elsif version is null then
    raise exception using
      errcode = 'PT400',
      message = format('The evaluation is older than the assistant %s.', assistant.assistant_type),
      detail = 'invalid_request',
      hint = 'Run it again.';
  end if;
  return version;
end;
$$;
comment on function switchboard.require_evaluated_prompt(
  public.ai_assistants, timestamptz, timestamptz) is
  'switchboard.prompt_version() that an evaluation was run with. PT400 invalid_request for times that cannot be; PT409 registry_changed where the assistant changed while it ran.';
revoke execute on function switchboard.require_evaluated_prompt(
  public.ai_assistants, timestamptz, timestamptz) from public, anon, authenticated, service_role;

-- A definer, and the only way to a row: a switch may rest on one.
create function public.attach_evaluation(
  p_model_id text,
  p_assistant_type text,
  p_evaluation jsonb,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  stated constant public.ai_evaluations :=
    jsonb_populate_record(null::public.ai_evaluations, p_evaluation);
  -- Of the token that the API server verified.
  proven_user_id constant uuid := auth.uid();
  assistant public.ai_assistants;
  evaluation public.ai_evaluations;
  is_new boolean;
begin
  perform switchboard.find_model(p_model_id);
  assistant := switchboard.find_assistant(p_assistant_type);
  insert into public.ai_evaluations (
    model_id, assistant_type, prompt_version, result_hash, promptfoo_version, passed, failed,
    errors, score, ran_at, actor_user_id, actor_key_name, actor_proven, database_role, source,
    reason)
  values (
    p_model_id, p_assistant_type,
    switchboard.require_evaluated_prompt(
      assistant, stated.ran_at, (p_evaluation ->> 'ended_at')::timestamptz),
    stated.result_hash, stated.promptfoo_version, stated.passed, stated.failed, stated.errors,
    stated.score, least(stated.ran_at, clock_timestamp()),
    coalesce(p_actor_user_id, proven_user_id), left(nullif(p_actor_key_name, ''), 200),
    p_actor_key_name is null
      and (p_actor_user_id is null or p_actor_user_id is not distinct from proven_user_id),
    -- The function runs as its owner; the `role` setting is still the caller's.
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    coalesce(p_source, 'sql'), nullif(btrim(p_reason), ''))
  on conflict (model_id, assistant_type, result_hash) do nothing
  returning * into evaluation;
  is_new := found;
  if not is_new then
    select * into strict evaluation
    from public.ai_evaluations as e
    where (e.model_id, e.assistant_type, e.result_hash)
      = (p_model_id, p_assistant_type, stated.result_hash);
  end if;
  return jsonb_build_object(
    'evaluation', switchboard.describe_evaluation(evaluation),
    'is_new', is_new,
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.attach_evaluation(text, text, jsonb, uuid, text, text, text) is
  'Records a result of promptfoo for a model with an assistant''s prompt; the same file again gives the same row. p_evaluation: result_hash (SHA-256 of the file, in hexadecimal), promptfoo_version, passed, failed, errors, score, ran_at, ended_at. Returns evaluation, is_new and registry_version, which it does not raise. PT404 model_not_found, assistant_not_found; PT400 invalid_request; PT409 registry_changed.';
revoke execute on function public.attach_evaluation(text, text, jsonb, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.attach_evaluation(text, text, jsonb, uuid, text, text, text)
  to service_role;

create function public.list_evaluations(
  p_model_id text default null,
  p_assistant_type text default null,
  p_limit integer default 50
)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'evaluations', coalesce((
      select jsonb_agg(switchboard.describe_evaluation(e) order by e.ran_at desc, e.id desc)
      from (
        select * from public.ai_evaluations as newest
        where newest.model_id = coalesce(p_model_id, newest.model_id)
          and newest.assistant_type = coalesce(p_assistant_type, newest.assistant_type)
        order by newest.ran_at desc, newest.id desc
        limit least(p_limit, 200)
      ) as e), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_evaluations(text, text, integer) is
  'Evaluations, of a model or an assistant or all, those that ran last first, 200 at most; and registry_version.';
revoke execute on function public.list_evaluations(text, text, integer)
  from public, anon, authenticated;
grant execute on function public.list_evaluations(text, text, integer) to service_role;

create function switchboard.lack_of_evaluation(
  assistant public.ai_assistants,
  wanted_model_id text
)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  -- The last word counts: a model that failed since has not passed.
  latest public.ai_evaluations;
begin
  select * into latest
  from public.ai_evaluations as e
  where e.assistant_type = assistant.assistant_type and e.model_id = wanted_model_id
    and e.prompt_version = switchboard.prompt_version(to_jsonb(assistant))
  order by e.ran_at desc, e.id desc
  limit 1;
  return case
    when wanted_model_id is null then 'is no model at present'
    when not found then 'has no evaluation with its present prompt and settings'
    when latest.failed + latest.errors > 0 then format('failed %s of %s cases of its evaluation',
      latest.failed + latest.errors, latest.passed + latest.failed + latest.errors)
    when latest.ran_at < clock_timestamp() - assistant.evaluation_max_age_days * interval '1 day'
      then format('was evaluated more than %s days ago', assistant.evaluation_max_age_days)
  end;
end;
$$;
comment on function switchboard.lack_of_evaluation(public.ai_assistants, text) is
  'Why a model is not evaluated as an assistant requires it, as the end of a sentence; null where it is. Definer, so that a guard sees the evaluations under every role.';
revoke execute on function switchboard.lack_of_evaluation(public.ai_assistants, text)
  from public, anon, authenticated, service_role;

create function switchboard.require_evaluation(
  assistant public.ai_assistants,
  wanted_model_id text
)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  lack constant text := switchboard.lack_of_evaluation(assistant, wanted_model_id);
begin
  if lack is not null then
    raise exception using
      errcode = 'PT409',
      message = format('%s changes its model only with a passing evaluation, and %s %s.',
        assistant.assistant_type, coalesce(wanted_model_id, 'the default'), lack),
      detail = 'evaluation_required',
      hint = case
        when wanted_model_id is null then 'Make a model that has passed it the default first.'
        else format('Run: deno task evals %s --assistant %s', wanted_model_id,
          assistant.assistant_type)
      end;
  end if;
end;
$$;
comment on function switchboard.require_evaluation(public.ai_assistants, text) is
  'PT409 evaluation_required, with the command to run, for a model without the evaluation that an assistant requires. Definer, as switchboard.lack_of_evaluation().';
revoke execute on function switchboard.require_evaluation(public.ai_assistants, text)
  from public, anon, authenticated, service_role;

create function switchboard.default_model_id()
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select bm.model_id from public.bedrock_models as bm where bm.is_default limit 1;
$$;
comment on function switchboard.default_model_id() is
  'The default; null without one. Definer, so that a guard sees it under every role.';
revoke execute on function switchboard.default_model_id()
  from public, anon, authenticated, service_role;

create function switchboard.first_of_use_case(of_use_case text)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select bm.model_id from public.bedrock_models as bm
  where bm.use_case = of_use_case and bm.is_available and bm.lifecycle <> 'retired'
  order by bm.priority, bm.model_id collate "C"
  limit 1;
$$;
comment on function switchboard.first_of_use_case(text) is
  'The model that answers an assistant by its use case, as selection/ranking.ts orders them; null: none. Definer, as switchboard.default_model_id().';
revoke execute on function switchboard.first_of_use_case(text)
  from public, anon, authenticated, service_role;

create function switchboard.followed_model_id(by_assistant_type text)
returns text
language sql
stable
set search_path = ''
as $$
  select coalesce(
    switchboard.first_of_use_case(by_assistant_type), switchboard.default_model_id());
$$;
comment on function switchboard.followed_model_id(text) is
  'The model that answers an assistant without a model of its own: of its use case, else the default; null: neither.';
revoke execute on function switchboard.followed_model_id(text)
  from public, anon, authenticated, service_role;

create function switchboard.was_its_model(assistant public.ai_assistants, wanted_model_id text)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select switchboard.was_so_before('ai_assistants', assistant.id::text,
      jsonb_build_object('model_version', wanted_model_id))
    or exists (
      select
      from public.model_switches as ms
      join public.bedrock_models as bm on bm.model_id = wanted_model_id
      -- What changed the model first after the assistant followed one; of a new model, that it came.
      left join lateral (
        select ch.id, ch.row_before from public.model_switches as ch
        where ch.id > ms.id and ch.table_name = 'bedrock_models' and not ch.is_seeded
          and coalesce(ch.row_before, ch.row_after) ->> 'id' = bm.id::text
        order by ch.id
        limit 1
      ) as next on true
      cross join lateral (
        select case when next.id is null then to_jsonb(bm) else next.row_before end as model
      ) as t
      where ms.table_name = 'ai_assistants' and not ms.is_seeded
        and ms.row_before ->> 'id' = assistant.id::text
        and ms.row_before -> 'model_version' = 'null'
        and t.model ->> 'model_id' = wanted_model_id
        and (t.model -> 'is_default' = 'true'
          or t.model -> 'is_available' = 'true'
            and t.model -> 'use_case' = ms.row_before -> 'assistant_type'));
$$;
comment on function switchboard.was_its_model(public.ai_assistants, text) is
  'Whether an assistant had a model before, by the audit log: as its own or, without one, by following it. Definer, as switchboard.lack_of_evaluation().';
revoke execute on function switchboard.was_its_model(public.ai_assistants, text)
  from public, anon, authenticated, service_role;

create function switchboard.require_evaluated_change(
  former public.ai_assistants,
  present public.ai_assistants
)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  wanted constant text :=
    coalesce(present.model_version, switchboard.followed_model_id(present.assistant_type));
begin
  if not (former.requires_evaluation or present.requires_evaluation) then
    return;
  end if;
  if wanted is distinct from
      coalesce(former.model_version, switchboard.followed_model_id(former.assistant_type))
    and not switchboard.was_its_model(present, wanted)
    -- A watched switch that is taken back: the default of then may be the assistant's own now.
    and not exists (
      select from public.ai_rollouts as r
      where r.id = former.rollout_id and r.watch_until is not null
        and r.former_model_id = present.model_version)
  then
    perform switchboard.require_evaluation(present, wanted);
  end if;
  -- A rollout that ended never comes back: one that begins again is another.
  if present.canary_model_id is not null
    and (present.rollout_id is distinct from former.rollout_id
      or present.canary_share > former.canary_share)
    and not switchboard.was_so_before('ai_assistants', present.id::text, jsonb_build_object(
      'rollout_id', present.rollout_id, 'canary_share', present.canary_share))
  then
    perform switchboard.require_evaluation(present, present.canary_model_id);
  end if;
end;
$$;
comment on function switchboard.require_evaluated_change(
  public.ai_assistants, public.ai_assistants) is
  'PT409 evaluation_required where an assistant requires an evaluation that its new model, or a canary that begins or gets more, lacks; a model or share that it had before needs none.';
revoke execute on function switchboard.require_evaluated_change(
  public.ai_assistants, public.ai_assistants) from public, anon, authenticated, service_role;

create function switchboard.guard_assistant_model()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform switchboard.require_evaluated_change(old, new);
  return null;
end;
$$;
comment on function switchboard.guard_assistant_model() is
  'Trigger: switchboard.require_evaluated_change(). Definer, so that it sees the log and the evaluations under every role.';
revoke execute on function switchboard.guard_assistant_model()
  from public, anon, authenticated, service_role;

-- After the row, when it is known which rollout it belongs to.
create trigger guard_model
  after update of assistant_type, model_version, canary_model_id, canary_share
  on public.ai_assistants
  for each row when (
    (new.assistant_type, new.model_version, new.rollout_id, new.canary_share) is distinct from
      (old.assistant_type, old.model_version, old.rollout_id, old.canary_share))
  execute function switchboard.guard_assistant_model();

create function switchboard.guard_returning_assistants()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  present public.ai_assistants;
  deleted jsonb;
begin
  for present in select n.* from new_rows as n loop
    select ms.row_before into deleted
      from public.model_switches as ms
      where ms.table_name = 'ai_assistants' and ms.row_after is null and not ms.is_seeded
        and ms.assistant_type = present.assistant_type
      order by ms.id desc limit 1;
    if found then
      perform switchboard.require_evaluated_change(
        jsonb_populate_record(null::public.ai_assistants, deleted), present);
    end if;
  end loop;
  return null;
end;
$$;
comment on function switchboard.guard_returning_assistants() is
  'Trigger: switchboard.require_evaluated_change() for an assistant that was deleted and comes back. After the statement, when the log has what the same one deleted. Definer, as switchboard.guard_assistant_model().';
revoke execute on function switchboard.guard_returning_assistants()
  from public, anon, authenticated, service_role;

create trigger guard_returning after insert on public.ai_assistants
  referencing new table as new_rows
  for each statement execute function switchboard.guard_returning_assistants();

create function switchboard.unevaluated_followers(of_model_id text, of_use_case text default null)
returns setof public.ai_assistants
language sql
stable
security definer
set search_path = ''
as $$
  select a.* from public.ai_assistants as a
  where a.requires_evaluation and a.model_version is null
    and a.assistant_type = coalesce(of_use_case, a.assistant_type)
    and switchboard.lack_of_evaluation(a, of_model_id) is not null
  order by a.assistant_type;
$$;
comment on function switchboard.unevaluated_followers(text, text) is
  'The assistants without a model of their own, all or that of a use case, that require an evaluation which a model lacks. Definer, as switchboard.lack_of_evaluation().';
revoke execute on function switchboard.unevaluated_followers(text, text)
  from public, anon, authenticated, service_role;

create function switchboard.guard_followed_model()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- On an insert, old is null.
  becomes_default constant boolean := new.is_default
    and (new.model_id, true) is distinct from (old.model_id, old.is_default)
    and not switchboard.was_so_before('bedrock_models', new.id::text,
      jsonb_build_object('model_id', new.model_id, 'is_default', true));
  becomes_canary constant boolean := new.canary_share is not null
    and (new.rollout_id is distinct from old.rollout_id or new.model_id <> old.model_id
      or new.canary_share > old.canary_share)
    and not switchboard.was_so_before('bedrock_models', new.id::text, jsonb_build_object(
      'model_id', new.model_id, 'rollout_id', new.rollout_id, 'canary_share', new.canary_share));
  -- Without a model of its own, an assistant is answered by one of its use case.
  serves_use_case constant boolean := new.use_case is not null and new.is_available
    and (new.model_id, new.use_case, true)
      is distinct from (old.model_id, old.use_case, old.is_available)
    and not switchboard.was_so_before('bedrock_models', new.id::text, jsonb_build_object(
      'model_id', new.model_id, 'use_case', new.use_case, 'is_available', true));
  assistant public.ai_assistants;
begin
  if becomes_default or becomes_canary or serves_use_case then
    select * into assistant
    from switchboard.unevaluated_followers(
      new.model_id, case when not (becomes_default or becomes_canary) then new.use_case end)
    limit 1;
    if found then
      perform switchboard.require_evaluation(assistant, new.model_id);
    end if;
  end if;
  return null;
end;
$$;
comment on function switchboard.guard_followed_model() is
  'Trigger: PT409 evaluation_required where a row becomes the default, its canary or one with a larger share, or the model of a use case, for an assistant that requires an evaluation which it lacks; what the row was before needs none. Definer, as switchboard.guard_assistant_model().';
revoke execute on function switchboard.guard_followed_model()
  from public, anon, authenticated, service_role;

create trigger guard_followed
  after insert or update of model_id, is_default, canary_share, use_case, is_available
  on public.bedrock_models
  for each row execute function switchboard.guard_followed_model();

create function switchboard.guard_use_case_order()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  model public.bedrock_models;
  assistant public.ai_assistants;
begin
  -- The first of each use case whose order changed, where another was the first of those that can
  -- still answer.
  for model in
    select bm.*
    from (
      select distinct n.use_case from new_rows as n join old_rows as o on o.id = n.id
      where o.priority <> n.priority and n.use_case is not null
    ) as c
    join public.bedrock_models as bm on bm.model_id = switchboard.first_of_use_case(c.use_case)
    where bm.model_id <> (
      select former.model_id
      from public.bedrock_models as former left join old_rows as o on o.id = former.id
      where former.use_case = c.use_case and former.is_available and former.lifecycle <> 'retired'
      order by coalesce(o.priority, former.priority), former.model_id collate "C"
      limit 1)
      and not switchboard.was_so_before('bedrock_models', bm.id::text, jsonb_build_object(
        'model_id', bm.model_id, 'use_case', bm.use_case, 'is_available', true,
        'priority', bm.priority))
  loop
    select * into assistant
    from switchboard.unevaluated_followers(model.model_id, model.use_case) limit 1;
    if found then
      perform switchboard.require_evaluation(assistant, model.model_id);
    end if;
  end loop;
  return null;
end;
$$;
comment on function switchboard.guard_use_case_order() is
  'Trigger: PT409 evaluation_required where another model becomes the first of a use case by its priority, for an assistant that requires an evaluation which it lacks; what it was before needs none. Definer, as switchboard.guard_assistant_model().';
revoke execute on function switchboard.guard_use_case_order()
  from public, anon, authenticated, service_role;

create trigger guard_use_case_order after update on public.bedrock_models
  referencing old table as old_rows new table as new_rows
  for each statement execute function switchboard.guard_use_case_order();

create function public.missing_evaluations(
  p_model_id text,
  p_assistant_type text default null
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted constant text := coalesce(p_model_id, switchboard.followed_model_id(p_assistant_type));
  model public.bedrock_models;
  lacking public.ai_assistants[];
begin
  -- Where there is no model to follow, there is none to evaluate.
  if wanted is null then
    return '[]'::jsonb;
  end if;
  model := switchboard.find_model(wanted);
  if p_assistant_type is null then
    if not model.is_default and not switchboard.was_so_before('bedrock_models', model.id::text,
      jsonb_build_object('model_id', model.model_id, 'is_default', true))
    then
      lacking := array(select f from switchboard.unevaluated_followers(model.model_id) as f);
    end if;
  else
    lacking := array(
      select a from public.ai_assistants as a
      where a.assistant_type = p_assistant_type and a.requires_evaluation
        and coalesce(a.model_version, switchboard.followed_model_id(p_assistant_type))
          is distinct from model.model_id
        and not switchboard.was_its_model(
          jsonb_populate_record(a, jsonb_build_object('model_version', p_model_id)), wanted)
        and switchboard.lack_of_evaluation(a, model.model_id) is not null);
  end if;
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'assistant_type', l.assistant_type, 'model_id', model.model_id,
      'lack', switchboard.lack_of_evaluation(l, model.model_id)))
    from unnest(lacking) as l), '[]');
end;
$$;
comment on function public.missing_evaluations(text, text) is
  'Why a switch would be refused with evaluation_required: of a model to the default or, with p_assistant_type, to the assistant''s own (null: the one that it would follow). assistant_type, model_id and lack, the end of a sentence. PT404 model_not_found.';
revoke execute on function public.missing_evaluations(text, text)
  from public, anon, authenticated;
grant execute on function public.missing_evaluations(text, text) to service_role;
