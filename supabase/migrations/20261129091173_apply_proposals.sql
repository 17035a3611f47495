-- Changes that a second person decides on. A proposal holds the request of the action that makes the
-- change, the function and the arguments that follow from it, and the rows that it was decided on.
-- Approving applies it through that very function, in one transaction with its new status, if those
-- rows are unchanged.

create function switchboard.arguments_of_change(called text, terms jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_strip_nulls(case called
    when 'set_default_model' then jsonb_build_object(
      'p_model_id', terms -> 'model_id', 'p_watch_minutes', terms -> 'watch_minutes')
    when 'assign_model' then jsonb_build_object(
      'p_assistant_type', terms -> 'assistant_type', 'p_model_id', terms -> 'model_id',
      'p_sets_fallback_models', terms ? 'fallback_models',
      'p_fallback_models', terms -> 'fallback_models',
      'p_watch_minutes', terms -> 'watch_minutes')
    when 'set_assistant' then jsonb_build_object('p_assistant_type', terms -> 'assistant_type')
    when 'enable_model' then jsonb_build_object('p_model_id', terms -> 'model_id')
    when 'disable_model' then jsonb_build_object(
      'p_model_id', terms -> 'model_id', 'p_at_once', terms -> 'now')
    when 'set_model_price' then jsonb_build_object(
      'p_model_id', terms -> 'model_id', 'p_valid_from', terms -> 'valid_from')
    when 'set_model_aliases' then jsonb_build_object(
      'p_model_id', terms -> 'model_id', 'p_aliases', terms -> 'aliases')
    when 'retire_model' then jsonb_build_object(
      'p_model_id', terms -> 'model_id', 'p_successor_model_id', terms -> 'successor_model_id')
    when 'start_rollout' then jsonb_build_object(
      'p_model_id', terms -> 'model_id', 'p_assistant_type', terms -> 'assistant_type',
      'p_share', terms -> 'share', 'p_guards', terms -> 'guards',
      'p_on_verdict', terms -> 'on_verdict')
    when 'set_rollout_share' then
      jsonb_build_object('p_id', terms -> 'id', 'p_share', terms -> 'share')
    when 'end_rollout' then
      jsonb_build_object('p_id', terms -> 'id', 'p_outcome', terms -> 'outcome')
    when 'remove_limit' then jsonb_build_object('p_id', terms -> 'id')
    else '{}'
  end) || case called
    -- In these a null is a value.
    when 'set_assistant' then jsonb_build_object('p_assistant', terms - 'assistant_type')
    when 'set_model_price' then
      jsonb_build_object('p_prices', terms - array['model_id', 'valid_from'])
    when 'set_limit' then jsonb_build_object('p_limit',
      terms - 'scope' || jsonb_build_object('scope', terms #> '{scope,kind}')
      || case when terms #>> '{scope,id}' is null then '{}'
        else jsonb_build_object(case terms #>> '{scope,kind}'
          when 'user' then 'user_id' when 'api_key' then 'api_key_id' else 'assistant_type' end,
          terms #> '{scope,id}') end)
    else '{}'
  end;
$$;
comment on function switchboard.arguments_of_change(text, jsonb) is
  'The named arguments of a function that makes a change, but for its author, from the fields of the action''s request.';
revoke execute on function switchboard.arguments_of_change(text, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.call_of_change(
  change jsonb,
  out function_name text,
  out arguments jsonb
)
returns record
language plpgsql
immutable
set search_path = ''
as $$
declare
  terms constant jsonb := change - array['action', 'reason', 'expected_version', 'probe', 'force'];
  known text[];
begin
  select c.called, c.takes into function_name, known
  from (values
    ('set-default', 'set_default_model', '{model_id,watch_minutes}'::text[]),
    ('set-assistant-model', 'assign_model',
      '{assistant_type,model_id,fallback_models,watch_minutes}'),
    -- Columns of assistants and prices are left to their functions, which refuse what they do not
    -- know.
    ('set-assistant', 'set_assistant', null),
    ('enable', 'enable_model', '{model_id}'),
    ('disable', 'disable_model', '{model_id,now}'),
    ('retire', 'retire_model', '{model_id,successor_model_id}'),
    ('set-price', 'set_model_price', null),
    ('set-aliases', 'set_model_aliases', '{model_id,aliases}'),
    ('start-rollout', 'start_rollout', '{model_id,assistant_type,share,guards,on_verdict}'),
    ('set-rollout-share', 'set_rollout_share', '{id,share}'),
    ('end-rollout', 'end_rollout', '{id,outcome}'),
    ('set-limit', 'set_limit', '{scope,unit,amount,period,time_zone,enforcement}'),
    ('remove-limit', 'remove_limit', '{id}')
  ) as c (action, called, takes)
  where c.action = change ->> 'action';
  if not found or terms - known <> '{}' then
    raise exception using
      errcode = 'PT400',
      message = case when function_name is null then 'This change cannot be proposed.'
        else format('The change has a field that %s does not take.', change ->> 'action') end,
      detail = 'invalid_request',
      hint = 'Proposed can be: set-default, set-assistant-model, set-assistant, enable, disable, retire, set-price, set-aliases, start-rollout, set-rollout-share, end-rollout, set-limit and remove-limit, each with the fields of its request.';
  end if;
  arguments := switchboard.arguments_of_change(function_name, terms);
end;
$$;
comment on function switchboard.call_of_change(jsonb, out text, out jsonb) is
  'The function of `public` that makes a change, given as the request of its action, and its named arguments but for the author. PT400 invalid_request for a change that cannot be proposed, and for a field that its action does not take.';
revoke execute on function switchboard.call_of_change(jsonb, out text, out jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.models_of_change(change jsonb)
returns setof text
language sql
stable
set search_path = ''
as $$
  select change ->> 'model_id' where change ->> 'model_id' is not null
  union
  select coalesce(change ->> 'successor_model_id', (switchboard.recorded_successor(bm)).model_id)
  from public.bedrock_models as bm
  where change ->> 'action' = 'retire' and bm.model_id = change ->> 'model_id'
  union
  -- Of an assistant that is to follow the rules of selection, those that may answer it by them.
  select bm.model_id
  from public.bedrock_models as bm
  where change ->> 'action' = 'set-assistant-model' and change ->> 'model_id' is null
    and bm.use_case = change ->> 'assistant_type' and bm.is_available;
$$;
comment on function switchboard.models_of_change(jsonb) is
  'The ids of the models that a change is decided on, but for the default.';
revoke execute on function switchboard.models_of_change(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.is_decided_on_default(change jsonb)
returns boolean
language sql
stable
set search_path = ''
as $$
  select case change ->> 'action'
    when 'set-default' then true
    when 'retire' then true
    when 'set-assistant-model' then change ->> 'model_id' is null
    when 'start-rollout' then not exists (
      select from public.ai_assistants as a
      where a.assistant_type = change ->> 'assistant_type' and a.model_version is not null)
    else false
  end;
$$;
comment on function switchboard.is_decided_on_default(jsonb) is
  'Whether a change is decided on which model is the default.';
revoke execute on function switchboard.is_decided_on_default(jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.rows_of_change(change jsonb, arguments jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  limit_before public.ai_limits;
begin
  if change ->> 'action' = 'set-limit' then
    limit_before := switchboard.limit_in_place_of(
      switchboard.read_limit_terms(arguments -> 'p_limit'));
  elsif change ->> 'action' = 'remove-limit' then
    limit_before := switchboard.find_limit((arguments ->> 'p_id')::bigint);
  end if;
  return (
    select coalesce(jsonb_object_agg(r.label, jsonb_build_object(
      'table', r.table_name, 'id', r.content -> 'id', 'columns', (
        select jsonb_object_agg(c.key, encode(sha256(convert_to(c.value::text, 'UTF8')), 'hex'))
        from jsonb_each(r.content - 'updated_at') as c))), '{}')
    from (
      select 'model ' || m.model_id as label, 'bedrock_models' as table_name, (
        -- The default is another row's concern.
        select to_jsonb(bm) - 'is_default' from public.bedrock_models as bm
        where bm.model_id = m.model_id) as content
      from switchboard.models_of_change(change) as m (model_id)
      where m.model_id is not null
      union all
      select 'the default', 'bedrock_models', (
        select jsonb_build_object('id', bm.id, 'model_id', bm.model_id)
        from public.bedrock_models as bm where bm.is_default)
      where switchboard.is_decided_on_default(change)
      union all
      select 'assistant ' || a.assistant_type, 'ai_assistants', to_jsonb(a)
      from public.ai_assistants as a
      where a.assistant_type = change ->> 'assistant_type'
        or change ->> 'action' = 'retire' and change ->> 'model_id' = any (
          a.fallback_models || a.allowed_models || a.model_version)
      union all
      select 'rollout ' || r.id, 'ai_rollouts', to_jsonb(r) || jsonb_build_object('share', (
        select s.share from switchboard.rollout_stages as s
        where s.rollout_id = r.id order by s.stage desc limit 1))
      from public.ai_rollouts as r
      where change ->> 'action' in ('set-rollout-share', 'end-rollout')
        and r.id = (arguments ->> 'p_id')::bigint
      union all
      select 'the limit', 'ai_limits',
        case when limit_before.id is not null then to_jsonb(limit_before) end
      where change ->> 'action' in ('set-limit', 'remove-limit')
    ) as r);
end;
$$;
comment on function switchboard.rows_of_change(jsonb, jsonb) is
  'The rows that a change is decided on, by what they are: table, id, and the SHA-256 of each column; columns null where there is no such row.';
revoke execute on function switchboard.rows_of_change(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.describe_differences(former jsonb, present jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  select string_agg(coalesce(f.key, p.key) || case
      when p.value -> 'columns' is null or p.value -> 'columns' = 'null' then ' is gone'
      when f.value -> 'columns' is null or f.value -> 'columns' = 'null' then ' is new'
      when f.value -> 'id' <> p.value -> 'id' then ' is another one now'
      else ' has changed: ' || (
        select string_agg(c.key, ', ' order by c.key)
        from jsonb_each(p.value -> 'columns') as c
        where c.value is distinct from f.value -> 'columns' -> c.key)
    end, '; ' order by coalesce(f.key, p.key))
  from jsonb_each(former) as f
  full join jsonb_each(present) as p on p.key = f.key
  where f.value is distinct from p.value;
$$;
comment on function switchboard.describe_differences(jsonb, jsonb) is
  'What has changed of the rows that a change was decided on, in words; null: nothing.';
revoke execute on function switchboard.describe_differences(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.describe_proposal(proposal public.ai_change_proposals)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(proposal)
    - array['function_name', 'arguments', 'decided_on', 'is_applying', 'applied_in']
    || jsonb_build_object(
      'status', case when proposal.status = 'open' and proposal.expires_at <= now()
        then 'expired' else proposal.status end,
      'proposed_by_email', switchboard.email_of(proposal.proposed_by),
      'decided_by_email', switchboard.email_of(proposal.decided_by));
$$;
comment on function switchboard.describe_proposal(public.ai_change_proposals) is
  'A proposal as it is listed, with the addresses of its people as they are now.';
revoke execute on function switchboard.describe_proposal(public.ai_change_proposals)
  from public, anon, authenticated, service_role;

create function switchboard.call_proposed(
  proposal public.ai_change_proposals,
  author_id uuid,
  source text
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  given constant jsonb := proposal.arguments || jsonb_strip_nulls(jsonb_build_object(
    'p_actor_user_id', author_id, 'p_source', source, 'p_reason', proposal.reason,
    'p_probe_id', proposal.probe_id));
  call text;
  result jsonb;
begin
  select format('select public.%I(%s) from jsonb_to_record($1) as a (%s)', p.proname,
      string_agg(format('%1$I => a.%1$I', g.name), ', '),
      string_agg(format('%I %s', g.name, pg_catalog.format_type(g.type, null)), ', '))
    into strict call
    from pg_catalog.pg_proc as p
    cross join unnest(p.proargnames, p.proargtypes::oid[]) as g (name, type)
    where p.pronamespace = 'public'::regnamespace and p.proname = proposal.function_name
      and given ? g.name
    group by p.oid, p.proname;
  execute call into result using given;
  return result;
end;
$$;
comment on function switchboard.call_proposed(public.ai_change_proposals, uuid, text) is
  'Calls the function of a proposal with its arguments and this author.';
revoke execute on function switchboard.call_proposed(public.ai_change_proposals, uuid, text)
  from public, anon, authenticated, service_role;

create function switchboard.find_proposal(wanted_id bigint)
returns public.ai_change_proposals
language plpgsql
set search_path = ''
as $$
declare
  proposal public.ai_change_proposals;
begin
  select * into proposal from public.ai_change_proposals as c where c.id = wanted_id for update;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no proposal %s.', wanted_id),
      detail = 'proposal_not_found',
      hint = 'The ids are in the list of proposals.';
  end if;
  return proposal;
end;
$$;
comment on function switchboard.find_proposal(bigint) is
  'A proposal, locked until commit; PT404 proposal_not_found without one.';
revoke execute on function switchboard.find_proposal(bigint)
  from public, anon, authenticated, service_role;

create function switchboard.require_open(proposal public.ai_change_proposals, wanted text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  status constant text := switchboard.describe_proposal(proposal) ->> 'status';
begin
  if status <> 'open' and not (wanted = 'rejected' and status = 'approved') then
    raise exception using
      errcode = 'PT409',
      message = format('Proposal %s is %s and cannot be %s.', proposal.id, status, wanted),
      detail = 'proposal_not_open',
      hint = 'Propose the change again if it is still wanted.';
  end if;
end;
$$;
comment on function switchboard.require_open(public.ai_change_proposals, text) is
  'PT409 proposal_not_open for a proposal that was decided on, or has expired. One that waits for its time can still be rejected.';
revoke execute on function switchboard.require_open(public.ai_change_proposals, text)
  from public, anon, authenticated, service_role;

-- As this very moment finds the user: the token may be an hour old.
create function switchboard.require_second_person(other_than uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  person constant uuid := auth.uid();
begin
  if person is null or current_setting('role', true) is distinct from 'authenticated' then
    raise exception using
      errcode = 'PT403',
      message = 'Only a platform admin can do this, with an access token of their own.',
      detail = 'second_person_required',
      hint = 'Sign in to the console, or send the user''s access token; a secret key does not do.';
  end if;
  perform public.require_present_operator(
    person, switchboard.session_of_token(), auth.jwt() ->> 'aal');
  -- Locked until commit, so that the role is not taken away in between.
  perform from public.ai_user_roles as ur
    where ur.user_id = person and ur.assistant_type = 'platform' for share;
  if not found or auth.jwt() ->> 'is_anonymous' = 'true' then
    raise exception using
      errcode = 'PT403', message = 'Only platform admins may do this.', detail = 'forbidden';
  end if;
  if person = other_than then
    raise exception using
      errcode = 'PT403',
      message = 'A second person has to do this: it is your own change.',
      detail = 'second_person_required',
      hint = 'Ask another platform admin.';
  end if;
  return person;
end;
$$;
comment on function switchboard.require_second_person(uuid) is
  'The user of the verified token, who must be a platform admin, present, and another than this one (null: another person''s, or no person''s). PT403 second_person_required, forbidden, insufficient_aal; PT401 invalid_credentials.';
revoke execute on function switchboard.require_second_person(uuid)
  from public, anon, authenticated, service_role;

create function switchboard.problem_of_people(proposal public.ai_change_proposals)
returns text
language sql
stable
set search_path = ''
as $$
  select string_agg(w.word || ' is no platform admin any more', '; ')
  from (values ('who proposed it', proposal.proposed_by), ('who approved it', proposal.decided_by))
    as w (word, user_id)
  where w.user_id is not null and not (
    public.user_may_manage_models(w.user_id) and exists (
      select from auth.users as u
      where u.id = w.user_id and u.deleted_at is null
        and (u.banned_until is null or u.banned_until <= now())));
$$;
comment on function switchboard.problem_of_people(public.ai_change_proposals) is
  'Which of the people of a proposal may not manage models any more, in words; null: all may.';
revoke execute on function switchboard.problem_of_people(public.ai_change_proposals)
  from public, anon, authenticated, service_role;

create function switchboard.apply_proposal(proposal public.ai_change_proposals, source text)
returns public.ai_change_proposals
language plpgsql
set search_path = ''
as $$
declare
  found_problem constant text := coalesce(
    switchboard.problem_of_people(proposal),
    switchboard.describe_differences(
      proposal.decided_on, switchboard.rows_of_change(proposal.change, proposal.arguments)));
begin
  if found_problem is not null then
    update public.ai_change_proposals as c
      set status = 'returned', problem = found_problem where c.id = proposal.id
      returning * into proposal;
    return proposal;
  end if;
  update public.ai_change_proposals as c set is_applying = true where c.id = proposal.id;
  perform switchboard.call_proposed(proposal, proposal.decided_by, source);
  update public.ai_change_proposals as c
    set is_applying = false, status = 'applied', applied_at = clock_timestamp(),
      applied_in = pg_current_xact_id()::text::bigint
    where c.id = proposal.id
    returning * into proposal;
  return proposal;
end;
$$;
comment on function switchboard.apply_proposal(public.ai_change_proposals, text) is
  'Makes the change of an approved proposal, or returns it with what is in its way: its people, or what has changed of the rows that it was decided on. What the function refuses is refused.';
revoke execute on function switchboard.apply_proposal(public.ai_change_proposals, text)
  from public, anon, authenticated, service_role;
