-- A second person: while an assistant is protected, what decides which model answers it, and with
-- which prompt, changes only by a proposal that another platform admin approved. Going back,
-- disabling and the end of a model need no approval, but are marked in the log until another platform
-- admin signs. The owner of the database passes, is marked too, and an alert says so.

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
  -- A rollback restores row by row; what lies between need never have been. To call a
  -- change a rollback gains nothing: at its end, and at commit, it is judged like any other.
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
