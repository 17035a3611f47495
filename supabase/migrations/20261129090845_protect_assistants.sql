-- A second person: while an assistant is protected, what decides which model answers it, and with
-- which prompt, changes only by a proposal that another platform admin approved. Going back,
-- disabling and the end of a model need no approval, but are marked in the log until another platform
-- admin signs. The owner of the database passes, is marked too, and an alert says so.
--
-- What is guarded of an assistant is its state: its own columns, and the models that the rules of
-- selection name for it. A trigger compares that with the state that was last let pass, so the way in
-- which it changed does not matter.

create table public.ai_change_proposals (
  id bigint generated always as identity
    constraint ai_change_proposals_pkey primary key,
  created_at timestamptz not null default now(),
  status text not null default 'open'
    constraint ai_change_proposals_status_known check (
      status in ('open', 'approved', 'applied', 'returned', 'rejected', 'expired')),
  change jsonb not null
    constraint ai_change_proposals_change_names_action check (change ->> 'action' is not null),
  function_name text not null,
  arguments jsonb not null,
  decided_on jsonb not null,
  registry_version bigint not null,
  probe_id bigint,
  reason text
    constraint ai_change_proposals_reason_length check (char_length(reason) between 1 and 500),
  proposed_by uuid,
  proposed_by_key text
    constraint ai_change_proposals_proposed_by_key_length
    check (char_length(proposed_by_key) <= 200),
  database_role text not null,
  effective_at timestamptz,
  expires_at timestamptz not null default now() + interval '7 days',
  decided_by uuid,
  decided_by_key text,
  decided_at timestamptz,
  decision_reason text
    constraint ai_change_proposals_decision_reason_length
    check (char_length(decision_reason) between 1 and 500),
  applied_at timestamptz,
  applied_in bigint,
  is_applying boolean not null default false,
  problem text,
  constraint ai_change_proposals_times_in_range check (
    effective_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00'
    and expires_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00')
);
comment on table public.ai_change_proposals is
  'Proposed changes of the registry, until and after a second person decided on them. Written by their functions only.';
comment on column public.ai_change_proposals.status is
  '`open`, `approved` (waits for effective_at), `applied`, `returned` (could not be applied; see problem), `rejected` or `expired`.';
comment on column public.ai_change_proposals.change is
  'The request of the action that makes the change.';
comment on column public.ai_change_proposals.function_name is
  'The function of `public` that makes the change, as switchboard.call_of_change() found it.';
comment on column public.ai_change_proposals.arguments is
  'The named arguments that the function is called with, but for its author.';
comment on column public.ai_change_proposals.decided_on is
  'The rows that the change was decided on: of each its table, its id and the SHA-256 of each column; columns null: there was no such row.';
comment on column public.ai_change_proposals.registry_version is
  'The version of the registry when it was proposed.';
comment on column public.ai_change_proposals.probe_id is
  'The row of model_probes that the model passed when it was proposed; null: it was not called.';
comment on column public.ai_change_proposals.reason is
  'Why, in the words of who proposed it; null where none were given.';
comment on column public.ai_change_proposals.proposed_by is
  'The platform admin who proposed it, as database_role said; null for a secret key or SQL.';
comment on column public.ai_change_proposals.proposed_by_key is
  'The name of the secret key that proposed it; null otherwise.';
comment on column public.ai_change_proposals.database_role is
  'The Postgres role that proposed it.';
comment on column public.ai_change_proposals.effective_at is
  'From when on it is applied, by the tick; null: when it is approved.';
comment on column public.ai_change_proposals.expires_at is
  'Until when it can be approved.';
comment on column public.ai_change_proposals.decided_by is
  'Who approved it, which Postgres knows from the verified token, or who rejected it.';
comment on column public.ai_change_proposals.decided_by_key is
  'The name of the secret key that rejected it; a key approves nothing.';
comment on column public.ai_change_proposals.decided_at is
  'When it was approved or rejected; null: neither.';
comment on column public.ai_change_proposals.decision_reason is
  'Why it was rejected, in the words of who did; null where none were given.';
comment on column public.ai_change_proposals.applied_at is
  'When the change was made; null: it was not.';
comment on column public.ai_change_proposals.applied_in is
  'The transaction that applied it, as model_switches.transaction_id.';
comment on column public.ai_change_proposals.is_applying is
  'True only inside the transaction that applies it, while its function runs: this lets the change pass.';
comment on column public.ai_change_proposals.problem is
  'Why it was returned; null otherwise.';

create unique index ai_change_proposals_applying_key on public.ai_change_proposals (is_applying)
  where is_applying;
create index ai_change_proposals_waiting_idx on public.ai_change_proposals (id)
  where status in ('open', 'approved');

revoke all on public.ai_change_proposals from public, anon, authenticated, service_role;
revoke all on sequence public.ai_change_proposals_id_seq
  from public, anon, authenticated, service_role;
alter table public.ai_change_proposals enable row level security;
create policy ai_change_proposals_select_platform on public.ai_change_proposals
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_change_proposals_select_platform on public.ai_change_proposals is
  'Platform admins read the proposals.';
grant select (
  id, created_at, status, change, function_name, arguments, decided_on, registry_version, probe_id,
  reason, proposed_by, proposed_by_key, database_role, effective_at, expires_at, decided_by,
  decided_by_key, decided_at, decision_reason, applied_at, applied_in, is_applying, problem
) on public.ai_change_proposals to authenticated;
grant select on public.ai_change_proposals to service_role;

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

create function switchboard.acts_as_owner()
returns boolean
language sql
stable
set search_path = ''
as $$
  -- Triggers run as their owner; the `role` setting is still the caller's, also within a definer.
  select pg_catalog.pg_has_role(
    coalesce(nullif(current_setting('role', true), 'none'), session_user), c.relowner, 'MEMBER')
  from pg_catalog.pg_class as c
  where c.oid = 'public.ai_assistants'::regclass;
$$;
comment on function switchboard.acts_as_owner() is
  'Whether the session acts as the owner of the database, as Studio does, and not as a role of the API, whatever functions it calls.';
revoke execute on function switchboard.acts_as_owner()
  from public, anon, authenticated, service_role;

create function switchboard.retirement_behind(former jsonb, present jsonb)
returns public.bedrock_models
language sql
stable
set search_path = ''
as $$
  select bm.*
  from public.bedrock_models as bm
  where bm.lifecycle = 'retired' and bm.successor_model_id is not null
    and case when former -> 'columns' <> present -> 'columns'
      then present -> 'columns' = replace(former ->> 'columns',
        to_jsonb(bm.model_id)::text, to_jsonb(bm.successor_model_id)::text)::jsonb
      else
        former -> 'models' @> jsonb_build_array(
          jsonb_build_object('rule', 'default', 'model_id', bm.model_id))
        and present -> 'models' @> jsonb_build_array(
          jsonb_build_object('rule', 'default', 'model_id', bm.successor_model_id))
        or exists (
          select from jsonb_array_elements(present -> 'models') as m
          where m ->> 'model_id' = bm.model_id and m #>> '{successors,0}' = bm.successor_model_id
            and not former -> 'models' @> jsonb_build_array(m))
    end
  limit 1;
$$;
comment on function switchboard.retirement_behind(jsonb, jsonb) is
  'The retired model whose successor takes its place in a changed state; null: there is none.';
revoke execute on function switchboard.retirement_behind(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.change_to_propose(
  former jsonb,
  present jsonb,
  out command text,
  out change jsonb
)
returns record
language plpgsql
stable
set search_path = ''
as $$
declare
  of_type constant text := former #>> '{columns,assistant_type}';
  own constant text := present #>> '{columns,model_version}';
  retired constant public.bedrock_models := switchboard.retirement_behind(former, present);
  added constant jsonb := (
    select m from jsonb_array_elements(present -> 'models') as m
    where not former -> 'models' @> jsonb_build_array(m) limit 1);
  alias constant jsonb := (
    select a from jsonb_array_elements(present -> 'aliases') as a
    where not former -> 'aliases' @> jsonb_build_array(a) limit 1);
  canary constant jsonb := (
    select c from jsonb_array_elements(present -> 'canaries') as c
    where not former -> 'canaries' @> jsonb_build_array(c) limit 1);
  promoted constant jsonb := (
    select c from jsonb_array_elements(former -> 'canaries') as c
    where case c ->> 'of' when 'assistant' then c ->> 'model_id' = own
      else added @> jsonb_build_object('rule', 'default', 'model_id', c -> 'model_id') end limit 1);
begin
  select t.command, t.change into command, change
  from (values
    (present is null, format('assistant set %s --protected false', of_type), jsonb_build_object(
      'action', 'set-assistant', 'assistant_type', of_type, 'is_protected', false)),
    (retired.id is not null, format('%s retire --successor %s', retired.model_id,
      retired.successor_model_id), jsonb_build_object('action', 'retire',
      'model_id', retired.model_id, 'successor_model_id', retired.successor_model_id)),
    (promoted is not null, format('rollout end %s promote', promoted ->> 'rollout_id'),
      jsonb_build_object('action', 'end-rollout', 'id', promoted -> 'rollout_id',
        'outcome', 'promote')),
    (own is distinct from former #>> '{columns,model_version}',
      coalesce(own || ' assign ' || of_type, 'unassign ' || of_type), jsonb_build_object(
        'action', 'set-assistant-model', 'assistant_type', of_type, 'model_id', own)),
    (present -> 'columns' <> former -> 'columns', format('assistant set %s with its options',
      of_type), jsonb_build_object('action', 'set-assistant', 'assistant_type', of_type)),
    (former -> 'canaries' @> jsonb_build_array(canary - 'share'), format('rollout share %s %s',
      canary ->> 'rollout_id', canary ->> 'share'), jsonb_build_object(
      'action', 'set-rollout-share', 'id', canary -> 'rollout_id', 'share', canary -> 'share')),
    (canary is not null and not former -> 'canaries' @> jsonb_build_array(jsonb_build_object(
      'rollout_id', canary -> 'rollout_id')), format('%s rollout --share %s', canary ->> 'model_id',
      canary ->> 'share') || case canary ->> 'of' when 'assistant'
        then ' --assistant ' || of_type else '' end, jsonb_strip_nulls(jsonb_build_object(
      'action', 'start-rollout', 'model_id', canary -> 'model_id', 'share', canary -> 'share',
      'assistant_type', case canary ->> 'of' when 'assistant' then of_type end))),
    (added ->> 'rule' = 'default', format('%s switch', added ->> 'model_id'), jsonb_build_object(
      'action', 'set-default', 'model_id', added -> 'model_id')),
    (alias is not null, format('%s aliases with its names', alias ->> 'model_id'),
      jsonb_build_object('action', 'set-aliases', 'model_id', alias -> 'model_id')),
    -- Else its successors alone have changed.
    (added -> 'answers' = 'true' and not former -> 'models' @> jsonb_build_array(
      added - 'successors'), format('%s enable', added ->> 'model_id'), jsonb_build_object(
      'action', 'enable', 'model_id', added -> 'model_id'))
  ) as t (applies, command, change)
  where t.applies
  limit 1;
end;
$$;
comment on function switchboard.change_to_propose(jsonb, jsonb, out text, out jsonb) is
  'The command and the request that make the change of a protected assistant; null where no action does. What the states do not tell of it, as a prompt, is left out.';
revoke execute on function switchboard.change_to_propose(jsonb, jsonb, out text, out jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.refuse_unapproved(former jsonb, present jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  proposed constant record := switchboard.change_to_propose(former, present);
begin
  raise exception using
    errcode = 'PT409',
    message = format('The assistant %s is protected: %s only with the approval of a second person.',
      former #>> '{columns,assistant_type}', case
        when present is null then 'the protection ends, and it is deleted or gets another id,'
        when present -> 'columns' <> former -> 'columns' then (
          select string_agg(c.key, ', ' order by c.key) || ' of it changes'
          from jsonb_each(present -> 'columns') as c
          where c.value <> former #> array['columns', c.key])
        else 'another model becomes due for it'
      end),
    detail = 'approval_required',
    hint = concat_ws(' ',
      case when proposed.command is not null then format(
        'Propose it: %s --propose, or over REST {"action":"propose","change":%s}.',
        proposed.command, proposed.change) end,
      case when coalesce(proposed.change ->> 'action', 'enable') = 'enable' then
        'Use case, priority and successor, which no action sets, are changed by the owner of the database; then another platform admin signs.'
      end);
end;
$$;
comment on function switchboard.refuse_unapproved(jsonb, jsonb) is
  'PT409 approval_required, with what changes of a protected assistant and how to propose it.';
revoke execute on function switchboard.refuse_unapproved(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function switchboard.judge_protected(
  settled switchboard.protected_assistants,
  unlogged jsonb,
  ends boolean
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  -- Of the state that was let pass: a statement that moves the flag shows two defaults.
  former_default constant text := (
    select m ->> 'model_id' from jsonb_array_elements(settled.state -> 'models') as m
    where m ->> 'rule' = 'default');
  present constant jsonb := switchboard.present_state(settled.assistant_id, former_default);
  decided text;
begin
  if present is not distinct from settled.state then
    update switchboard.protected_assistants as p set is_pending = false
      where p.assistant_id = settled.assistant_id and p.is_pending;
    return;
  end if;
  decided := case
    when exists (select from public.ai_change_proposals as c where c.is_applying) then 'approved'
    else coalesce(switchboard.decision_of_rollout(settled.state, present), case
      when present is not null and (
        switchboard.only_takes_away(settled.state, present)
        or switchboard.was_in_force(settled.assistant_id, present, unlogged)) then 'going-back'
      when switchboard.acts_as_owner() then 'unapproved'
    end)
  end;
  -- A rollback restores row by row; what lies between need never have been. Whoever says that it is
  -- one gains nothing: at its end, and at commit, it is judged like any change.
  if present is not null and not ends and decided is distinct from 'approved'
    and nullif(current_setting('switchboard.rollback_of', true), '') is not null
  then
    update switchboard.protected_assistants as p
      set is_pending = true, decided_in = pg_current_xact_id()::text::bigint, decision = 'going-back'
      where p.assistant_id = settled.assistant_id;
    return;
  end if;
  if decided is null then
    perform switchboard.refuse_unapproved(settled.state, present);
  end if;
  update switchboard.protected_assistants as p
    set
      state = present, is_pending = false,
      decided_in = pg_current_xact_id()::text::bigint, decision = decided
    where p.assistant_id = settled.assistant_id;
end;
$$;
comment on function switchboard.judge_protected(switchboard.protected_assistants, jsonb, boolean) is
  'Compares a protected assistant with its state that was last let pass: what differs is let pass where it was approved, goes back, only takes away, or is the owner''s, and otherwise refused. ends: whether a rollback is judged now too. PT409 approval_required.';
revoke execute on function
  switchboard.judge_protected(switchboard.protected_assistants, jsonb, boolean)
  from public, anon, authenticated, service_role;

-- A definer: what it compares with is no role's to read or write.
create function switchboard.guard_protected()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  settled switchboard.protected_assistants;
  unlogged jsonb := '[]';
begin
  if not exists (select from switchboard.protected_assistants)
    and not exists (select from public.ai_assistants as a where a.is_protected)
  then
    return null;
  end if;
  if tg_op <> 'DELETE' then
    unlogged := (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table_name', tg_table_name, 'row_id', n.id, 'row_before', null)), '[]')
      from new_rows as n);
  end if;
  if tg_op <> 'INSERT' then
    -- An update that keeps the id has come with its new row too: the old one counts.
    unlogged := (
      select coalesce(jsonb_agg(u), '[]') from jsonb_array_elements(unlogged) as u
      where u ->> 'row_id' not in (select o.id::text from old_rows as o)
    ) || (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table_name', tg_table_name, 'row_id', o.id, 'row_before', to_jsonb(o))), '[]')
      from old_rows as o);
  end if;
  -- What was decided on the statement before is in the log.
  delete from switchboard.protected_assistants as p where p.state is null;
  update switchboard.protected_assistants as p
    set decided_in = null, decision = null where p.decided_in is not null;
  for settled in
    select p.* from switchboard.protected_assistants as p
    where p.state is not null order by p.assistant_id
  loop
    perform switchboard.judge_protected(settled, unlogged, ends => false);
  end loop;
  insert into switchboard.protected_assistants as p (assistant_id, state)
    select a.id, switchboard.present_state(a.id) from public.ai_assistants as a
    where a.is_protected
    on conflict (assistant_id) do update set state = excluded.state where p.state is null;
  return null;
end;
$$;
comment on function switchboard.guard_protected() is
  'Trigger: after each statement that changes assistants or models, judges every protected assistant, before the change is recorded. PT409 approval_required.';
revoke execute on function switchboard.guard_protected()
  from public, anon, authenticated, service_role;

create function switchboard.judge_rollback()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  settled switchboard.protected_assistants;
begin
  select * into settled from switchboard.protected_assistants as p
    where p.assistant_id = new.assistant_id;
  if settled.is_pending then
    perform switchboard.judge_protected(settled, '[]', ends => true);
  end if;
  return null;
end;
$$;
comment on function switchboard.judge_rollback() is
  'Trigger: judges at its end a rollback that changed a protected assistant. PT409 approval_required.';
revoke execute on function switchboard.judge_rollback()
  from public, anon, authenticated, service_role;

create constraint trigger judge_rollback after insert or update
  on switchboard.protected_assistants
  deferrable initially deferred
  for each row when (new.is_pending)
  execute function switchboard.judge_rollback();

-- By their names they come before the triggers that record a change, so that its entry can say how it
-- was let pass, and before the one that takes the flag from a former default.
create trigger guard_protected_insert after insert on public.ai_assistants
  referencing new table as new_rows
  for each statement execute function switchboard.guard_protected();
create trigger guard_protected_update after update on public.ai_assistants
  referencing old table as old_rows new table as new_rows
  for each statement execute function switchboard.guard_protected();
create trigger guard_protected_delete after delete on public.ai_assistants
  referencing old table as old_rows
  for each statement execute function switchboard.guard_protected();
create trigger guard_protected_insert after insert on public.bedrock_models
  referencing new table as new_rows
  for each statement execute function switchboard.guard_protected();
create trigger guard_protected_update after update on public.bedrock_models
  referencing old table as old_rows new table as new_rows
  for each statement execute function switchboard.guard_protected();
create trigger guard_protected_delete after delete on public.bedrock_models
  referencing old table as old_rows
  for each statement execute function switchboard.guard_protected();

create function switchboard.approval_of(
  changed_table text,
  row_before jsonb,
  row_after jsonb,
  out approval text,
  out proposal_id bigint
)
returns record
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Of a model, what the states of assistants are made of.
  counting constant text[] := array[
    'model_id', 'successor_model_id', 'use_case', 'priority', 'aliases', 'is_available',
    'is_default', 'lifecycle', 'canary_share'];
begin
  select 'approved', c.id into approval, proposal_id
  from public.ai_change_proposals as c where c.is_applying;
  if found then
    return;
  end if;
  -- The flag of a former default goes with the one that took it.
  if changed_table = 'bedrock_models' and row_before -> 'is_default' = 'true'
    and row_after -> 'is_default' = 'false'
  then
    select ms.approval into approval from public.model_switches as ms
      where ms.transaction_id = pg_current_xact_id()::text::bigint and ms.action = 'set-default'
      order by ms.id desc limit 1;
    if approval is not null then
      return;
    end if;
  end if;
  select p.decision into approval
  from switchboard.protected_assistants as p
  where p.decided_in = pg_current_xact_id()::text::bigint
    and case changed_table
      when 'ai_assistants' then coalesce(row_before, row_after) ->> 'id' = p.assistant_id::text
      when 'bedrock_models' then row_before is null or row_after is null or exists (
        select from unnest(counting) as c (name)
        where row_before -> c.name is distinct from row_after -> c.name)
      else false
    end
  order by p.decision = 'unapproved' desc
  limit 1;
end;
$$;
comment on function switchboard.approval_of(text, jsonb, jsonb) is
  'How a change that is being recorded passed the guard of protected assistants: `approved` with its proposal, `going-back`, `unapproved`; null: it needed no approval.';
revoke execute on function switchboard.approval_of(text, jsonb, jsonb)
  from public, anon, authenticated, service_role;
