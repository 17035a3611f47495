-- What is guarded of an assistant is its state: its own columns, and the models that the rules of
-- selection name for it. A trigger compares that with the state that was last let pass, so the way in
-- which it changed does not matter.

-- The state of each protected assistant that was last let pass, and what was decided on the statement
-- that changed it last. Written by the guard alone.
create table switchboard.protected_assistants (
  assistant_id uuid
    constraint protected_assistants_pkey primary key,
  state jsonb,
  is_pending boolean not null default false,
  decided_in bigint,
  decision text
    constraint protected_assistants_decision_known
    check (decision in ('approved', 'going-back', 'unapproved'))
);
comment on table switchboard.protected_assistants is
  'What the guard of protected assistants compares with: one row for each of them.';
comment on column switchboard.protected_assistants.assistant_id is
  'The row of ai_assistants. No foreign key: a deletion is judged, not followed.';
comment on column switchboard.protected_assistants.state is
  'switchboard.state_of_assistant() as it was last let pass; null: it is protected no more.';
comment on column switchboard.protected_assistants.is_pending is
  'Whether a rollback is under way, which is judged at its end.';
comment on column switchboard.protected_assistants.decided_in is
  'The transaction that changed the state, from the guard to the record of the change.';
comment on column switchboard.protected_assistants.decision is
  'Why it was let pass, as model_switches.approval.';
revoke all on switchboard.protected_assistants from public, anon, authenticated, service_role;

create function switchboard.state_of_assistant(
  assistant jsonb,
  models jsonb,
  former_default text default null
)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  with recursive m as materialized (
    select r.*
    from jsonb_to_recordset(models) as r (
      model_id text, successor_model_id text, use_case text, priority integer, aliases text[],
      is_available boolean, is_default boolean, lifecycle text, canary_share integer,
      rollout_id bigint)
  ),
  named as (
    select 1 as place, 'own' as rule, m.* from m where m.model_id = assistant ->> 'model_version'
    union all
    select 2, 'use_case', m.* from m
    where assistant ->> 'model_version' is null and m.is_available
      and m.use_case = assistant ->> 'assistant_type'
    union all
    -- Until the former default has lost the flag, two have it.
    (select 3, 'default', m.* from m
    where assistant ->> 'model_version' is null and m.is_default
    order by coalesce(m.model_id = former_default, false) limit 1)
  ),
  canaries as (
    select 'assistant' as of, (assistant ->> 'rollout_id')::bigint as rollout_id,
      (assistant ->> 'canary_share')::integer as share, m.model_id, m.successor_model_id
    from m where m.model_id = assistant ->> 'canary_model_id'
    union all
    select 'default', m.rollout_id, m.canary_share, m.model_id, m.successor_model_id from m
    where m.canary_share is not null and assistant ->> 'model_version' is null
  ),
  chains as (
    select n.model_id as of_model_id, array[n.model_id] as ids, n.successor_model_id as next
    from (
      select model_id, successor_model_id from named
      union select model_id, successor_model_id from canaries
    ) as n
    union
    select c.of_model_id, c.ids || m.model_id, m.successor_model_id
    from chains as c join m on m.model_id = c.next
    where c.next <> all (c.ids)
  ),
  successors as (
    select distinct on (c.of_model_id) c.of_model_id as model_id, to_jsonb(c.ids[2:]) as ids
    from chains as c order by c.of_model_id, cardinality(c.ids) desc
  )
  select jsonb_build_object(
    'columns', jsonb_build_object(
      'id', assistant -> 'id', 'assistant_type', assistant -> 'assistant_type',
      'model_version', assistant -> 'model_version',
      'fallback_models', assistant -> 'fallback_models',
      'allowed_models', assistant -> 'allowed_models',
      'allow_provider_retention', assistant -> 'allow_provider_retention',
      'system_prompt', encode(sha256(convert_to(assistant ->> 'system_prompt', 'UTF8')), 'hex')),
    'models', coalesce((
      select jsonb_agg(jsonb_build_object(
          'rule', n.rule, 'model_id', n.model_id,
          'answers', n.is_available and n.lifecycle <> 'retired', 'successors', s.ids)
        order by n.place, n.priority, n.model_id collate "C")
      from named as n join successors as s on s.model_id = n.model_id), '[]'),
    'aliases', coalesce((
      select jsonb_agg(jsonb_build_object('name', a.name, 'model_id', m.model_id) order by a.name)
      from m cross join unnest(m.aliases) as a (name)
      where assistant -> 'allowed_models' ? a.name), '[]'),
    'canaries', coalesce((
      select jsonb_agg(jsonb_build_object('of', c.of, 'rollout_id', c.rollout_id,
        'model_id', c.model_id, 'share', c.share, 'successors', s.ids) order by c.of)
      from canaries as c join successors as s on s.model_id = c.model_id), '[]'));
$$;
comment on function switchboard.state_of_assistant(jsonb, jsonb, text) is
  'What is guarded of an assistant: its columns (of the prompt the SHA-256), and the models that the rules of selection name for it in their order, each with whether it answers and with its successors; the models that aliases in allowed_models stand for; and its canaries with their rollouts, shares and successors. models: rows of bedrock_models; of two defaults, the former one does not count.';
revoke execute on function switchboard.state_of_assistant(jsonb, jsonb, text)
  from public, anon, authenticated, service_role;

create function switchboard.present_state(of_id uuid, former_default text default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select switchboard.state_of_assistant(to_jsonb(a), (
      select coalesce(jsonb_agg(jsonb_build_object(
        'model_id', bm.model_id, 'successor_model_id', bm.successor_model_id,
        'use_case', bm.use_case, 'priority', bm.priority, 'aliases', bm.aliases,
        'is_available', bm.is_available, 'is_default', bm.is_default, 'lifecycle', bm.lifecycle,
        'canary_share', bm.canary_share, 'rollout_id', bm.rollout_id)), '[]')
      from public.bedrock_models as bm), former_default)
  from public.ai_assistants as a
  where a.id = of_id and a.is_protected;
$$;
comment on function switchboard.present_state(uuid, text) is
  'The state of a protected assistant as it is now; null where there is no such assistant, or it is not protected.';
revoke execute on function switchboard.present_state(uuid, text)
  from public, anon, authenticated, service_role;

create function switchboard.state_before(of_id uuid, entry_id bigint, unlogged jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with since as (
    -- Each row as the first change since found it; what the statement under way changed is not in
    -- the log yet.
    select distinct on (c.table_name, c.row_id) c.table_name, c.row_id, c.row_before
    from (
      select ms.id as place, ms.table_name, coalesce(ms.row_before, ms.row_after) ->> 'id' as row_id,
        ms.row_before
      from public.model_switches as ms
      where ms.id >= entry_id and not ms.is_seeded
        and ms.table_name in ('bedrock_models', 'ai_assistants')
      union all
      select 9223372036854775807, u.table_name, u.row_id, nullif(u.row_before, 'null')
      from jsonb_to_recordset(unlogged) as u (table_name text, row_id text, row_before jsonb)
    ) as c
    order by c.table_name, c.row_id, c.place
  ),
  present as (
    select 'bedrock_models' as table_name, to_jsonb(bm) as content from public.bedrock_models as bm
    union all
    select 'ai_assistants', to_jsonb(a) from public.ai_assistants as a where a.id = of_id
  ),
  then_there as (
    select coalesce(p.table_name, s.table_name) as table_name,
      case when s.row_id is null then p.content else s.row_before end as content
    from present as p
    full join since as s on s.table_name = p.table_name and s.row_id = p.content ->> 'id'
  )
  select switchboard.state_of_assistant(t.content, coalesce((
    select jsonb_agg(m.content) from then_there as m
    where m.table_name = 'bedrock_models' and m.content is not null), '[]'))
  from then_there as t
  where t.table_name = 'ai_assistants' and t.content ->> 'id' = of_id::text;
$$;
comment on function switchboard.state_before(uuid, bigint, jsonb) is
  'The state of an assistant just before an entry of the audit log, whether or not it was protected then; null where it did not exist. unlogged: rows that a statement under way changed, as they were (table_name, row_id, row_before).';
revoke execute on function switchboard.state_before(uuid, bigint, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.was_in_force(of_id uuid, wanted jsonb, unlogged jsonb default '[]')
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  named constant text[] := array(
    select m ->> 'model_id' from jsonb_array_elements(wanted -> 'models') as m
    union
    select s from jsonb_array_elements(wanted -> 'models') as m
    cross join jsonb_array_elements_text(m -> 'successors') as s);
  boundary bigint;
  found_state jsonb;
begin
  -- Only what was so between two transactions was ever in force.
  for boundary in
    select distinct e.first_id
    from (
      select ms.* from public.model_switches as ms
      where not ms.is_seeded and (
        ms.table_name = 'ai_assistants' and ms.row_before ->> 'id' = of_id::text
        or ms.table_name = 'bedrock_models' and (
          ms.row_before -> 'is_default' = 'true' or ms.row_before ->> 'model_id' = any (named)
          or ms.row_before ->> 'use_case' = wanted #>> '{columns,assistant_type}'))
      order by ms.id desc
      limit 200
    ) as ms
    cross join lateral switchboard.entries_of_switch(ms) as e
    order by e.first_id desc
  loop
    found_state := switchboard.state_before(of_id, boundary, unlogged);
    -- A canary is that of its rollout, which has ended or not; without one it is the same.
    if found_state = wanted
      or wanted -> 'canaries' = '[]' and found_state - 'canaries' = wanted - 'canaries'
    then
      return true;
    end if;
  end loop;
  return false;
end;
$$;
comment on function switchboard.was_in_force(uuid, jsonb, jsonb) is
  'Whether the audit log shows an assistant in this very state between two transactions, among the newest 200 entries that can tell. unlogged as in switchboard.state_before().';
revoke execute on function switchboard.was_in_force(uuid, jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.only_takes_away(former jsonb, present jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  with f as (
    select e.place, e.entry, concat_ws(' ', e.entry ->> 'rule', e.entry ->> 'model_id') as name
    from jsonb_array_elements(former -> 'models') with ordinality as e (entry, place)
  ),
  p as (
    select e.place, e.entry, concat_ws(' ', e.entry ->> 'rule', e.entry ->> 'model_id') as name
    from jsonb_array_elements(present -> 'models') with ordinality as e (entry, place)
  )
  select former -> 'columns' = present -> 'columns'
    and present -> 'aliases' <@ (former -> 'aliases')
    and not exists (
      select from jsonb_array_elements(present -> 'canaries') as c
      where not exists (
        select from jsonb_array_elements(former -> 'canaries') as o
        where o - 'share' = c - 'share' and (o -> 'share')::integer >= (c -> 'share')::integer))
    and (select array_agg(p.name order by p.place) from p) is not distinct from (
      select array_agg(f.name order by f.place) from f where f.name in (select p.name from p))
    -- What is named by another rule stays named: else a model that no rule names would be due.
    and not exists (
      select from f where f.entry ->> 'rule' <> 'use_case' and f.name not in (select p.name from p))
    and not exists (
      select from p join f on f.name = p.name
      where p.entry -> 'answers' = 'true' and f.entry -> 'answers' = 'false'
        or p.entry -> 'successors' <> (
          select coalesce(jsonb_agg(s.id order by s.place), '[]')
          from jsonb_array_elements(f.entry -> 'successors') with ordinality as s (id, place)
          where s.place <= jsonb_array_length(p.entry -> 'successors')));
$$;
comment on function switchboard.only_takes_away(jsonb, jsonb) is
  'Whether a state differs from a former one only by models that answer no more, as when they are disabled or retired, by aliases that mean nothing any more, and by smaller shares.';
revoke execute on function switchboard.only_takes_away(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.place_in_state(
  state jsonb,
  is_of_assistant boolean,
  out model_id text,
  out successors jsonb,
  out others jsonb
)
returns record
language sql
immutable
set search_path = ''
as $$
  select i.model ->> 'model_id', i.model -> 'successors', case
    when is_of_assistant then state - array['models', 'canaries'] #- '{columns,model_version}'
    else state - 'canaries' || jsonb_build_object('models', (
      select jsonb_agg(m) from jsonb_array_elements(state -> 'models') as m
      where m ->> 'rule' <> 'default')) end
  from (
    select jsonb_path_query_first(state -> 'models', '$[*] ? (@.rule == $rule)',
      jsonb_build_object('rule', case when is_of_assistant then 'own' else 'default' end)) as model
  ) as i;
$$;
comment on function switchboard.place_in_state(jsonb, boolean, out text, out jsonb, out jsonb) is
  'Of a state, the model in the place that a rollout is about (the assistant''s own model, or the default), its successors, and all but these and the canaries.';
revoke execute on function
  switchboard.place_in_state(jsonb, boolean, out text, out jsonb, out jsonb)
  from public, anon, authenticated, service_role;

-- In PL/pgSQL, since rollouts come in a later migration.
create function switchboard.decision_of_rollout(former jsonb, present jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select case when r.watch_until is null then 'approved' else 'going-back' end
    from public.ai_rollouts as r
    cross join lateral switchboard.place_in_state(former, r.assistant_type is not null) as f
    cross join lateral switchboard.place_in_state(present, r.assistant_type is not null) as p
    where coalesce(r.assistant_type = former #>> '{columns,assistant_type}', true)
      -- By the time of the guard, this very change may have ended it.
      and (r.ended_at is null or r.ended_at >= now() and r.outcome <> 'kept')
      and p.others = f.others and present -> 'canaries' <@ (former -> 'canaries')
      and case when r.watch_until is null
        -- Who approved the rollout approved what its verdict leads to, and only that.
        then p.model_id = r.model_id and r.on_verdict = 'promote'
          and exists (
            select from jsonb_array_elements(former -> 'canaries') as c
            where (c -> 'rollout_id')::bigint = r.id and c -> 'successors' = p.successors)
          and exists (
            select from public.ai_rollout_verdicts as v
            where v.rollout_id = r.id and v.verdict = 'not_worse'
              and (v.figures -> 'stage')::integer = (
                select max(s.stage) from switchboard.rollout_stages as s
                where s.rollout_id = r.id))
        else f.model_id = r.model_id and p.model_id = r.former_model_id
      end
    limit 1);
end;
$$;
comment on function switchboard.decision_of_rollout(jsonb, jsonb) is
  'How a state passes that differs from a former one only by what a rollout leads to: `approved`, a canary that was to be promoted when proven not worse, and was; `going-back`, a watched switch that is taken back; null: neither.';
revoke execute on function switchboard.decision_of_rollout(jsonb, jsonb)
  from public, anon, authenticated, service_role;
