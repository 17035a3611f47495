-- An assistant may require a passing evaluation before another model answers it. Triggers hold that on
-- every surface, whichever rule of selection it is by.

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
