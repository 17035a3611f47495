-- Evaluations: results of promptfoo for a model with an assistant's prompt. They are evidence, not
-- configuration: attaching one raises no version.

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
