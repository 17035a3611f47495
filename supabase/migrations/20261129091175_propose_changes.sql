-- Proposing a change, and deciding on it.
--
-- A holder of a secret key may say anything of its actor. So who approves or signs is not said but
-- known: these functions are called with the user's own token, which the API server verified.

create function switchboard.require_proposable_times(effective_at timestamptz, expires_at timestamptz)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if effective_at <= now() or expires_at <= now()
    or greatest(effective_at, expires_at) >= '2999-12-31 00:00:00+00'
  then
    raise exception using
      errcode = 'PT400',
      message = 'effective_at and expires_at must be later than now.',
      detail = 'invalid_request',
      hint = 'Leave effective_at out for a change that is made when it is approved.';
  end if;
end;
$$;
comment on function switchboard.require_proposable_times(timestamptz, timestamptz) is
  'PT400 invalid_request for times of a proposal that are past, or too far ahead.';
revoke execute on function switchboard.require_proposable_times(timestamptz, timestamptz)
  from public, anon, authenticated, service_role;

-- Definers, from here on: the proposals are written by these functions only.

create function public.propose_change(
  p_change jsonb,
  p_effective_at timestamptz default null,
  p_expires_at timestamptz default null,
  p_probe_id bigint default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  proposal public.ai_change_proposals;
begin
  perform switchboard.require_proposable_times(p_effective_at, p_expires_at);
  select c.function_name, c.arguments into proposal.function_name, proposal.arguments
    from switchboard.call_of_change(p_change) as c;
  begin
    -- Tried and taken back, so that what could not be applied is not proposed.
    perform switchboard.lock_registry();
    insert into public.ai_change_proposals (
      change, function_name, arguments, decided_on, registry_version, probe_id, reason,
      proposed_by, proposed_by_key, database_role, is_applying)
    values (
      p_change, proposal.function_name, proposal.arguments, '{}', 0, p_probe_id, p_reason,
      p_actor_user_id, p_actor_key_name, 'none', true)
    returning * into proposal;
    proposal.decided_on := switchboard.rows_of_change(p_change, proposal.arguments);
    proposal.registry_version := (select rv.version from public.registry_version as rv);
    perform switchboard.call_proposed(proposal, p_actor_user_id, p_source);
    raise exception using errcode = 'SBDRY', message = 'It could be applied.';
  exception
    when sqlstate 'SBDRY' then null;
    when lock_not_available then
      perform switchboard.refuse_locked_registry();
  end;
  insert into public.ai_change_proposals (
    change, function_name, arguments, decided_on, registry_version, probe_id, reason,
    proposed_by, proposed_by_key, database_role, effective_at, expires_at)
  values (
    p_change, proposal.function_name, proposal.arguments, proposal.decided_on,
    proposal.registry_version, p_probe_id, p_reason, p_actor_user_id,
    left(p_actor_key_name, 200), coalesce(nullif(current_setting('role', true), 'none'), session_user),
    p_effective_at, coalesce(p_expires_at, greatest(now(), p_effective_at) + interval '7 days'))
  returning * into proposal;
  return jsonb_build_object(
    'proposal', switchboard.describe_proposal(proposal),
    'registry_version', proposal.registry_version);
end;
$$;
comment on function public.propose_change(
  jsonb, timestamptz, timestamptz, bigint, uuid, text, text, text) is
  'Proposes a change, given as the request of its action, for a second person to approve: set-default, set-assistant-model, set-assistant, enable, disable, retire, set-price, set-aliases, start-rollout, set-rollout-share, end-rollout, set-limit, remove-limit. It is tried first, and refused as it would be. p_effective_at: from when on it is applied (null: at once when it is approved); p_expires_at: until when it can be approved (null: 7 days); p_probe_id as in set_default_model(). Returns proposal and registry_version. PT400 invalid_request, and what the function of the change refuses.';
revoke execute on function public.propose_change(
  jsonb, timestamptz, timestamptz, bigint, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.propose_change(
  jsonb, timestamptz, timestamptz, bigint, uuid, text, text, text) to service_role;

create function public.list_change_proposals(
  p_status text default null,
  p_limit integer default 50
)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'proposals', coalesce((
      select jsonb_agg(found.proposal order by found.waits desc, found.id desc)
      from (
        select c.id, d.proposal, d.proposal ->> 'status' in ('open', 'approved') as waits
        from public.ai_change_proposals as c
        cross join lateral (select switchboard.describe_proposal(c) as proposal) as d
        where p_status is null or d.proposal ->> 'status' = p_status
        order by waits desc, c.id desc
        limit least(greatest(p_limit, 1), 200)
      ) as found), '[]'),
    'unsigned', coalesce((
      select jsonb_agg(switchboard.describe_switch(ms) order by ms.id desc)
      from (
        select ms.* from public.model_switches as ms
        where ms.approval in ('going-back', 'unapproved')
          and not switchboard.is_told_by_other_half(ms)
          and not exists (
            select from public.model_switch_signatures as s where s.switch_id = ms.id)
        order by ms.id desc
        limit 100
      ) as ms), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_change_proposals(text, integer) is
  'Proposals (1 to 200; 50), those that wait first and then the newest, and unsigned: the newest 100 entries of the audit log that a second person is still to sign. p_status: only of this one.';
revoke execute on function public.list_change_proposals(text, integer)
  from public, anon, authenticated;
grant execute on function public.list_change_proposals(text, integer) to service_role;

create function public.approve_change(p_id bigint, p_source text default null)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  proposal public.ai_change_proposals;
  person uuid;
begin
  -- The registry before the role, as set_user_role() locks them; and for admins alone.
  if switchboard.is_platform_user() then
    perform switchboard.lock_registry();
  end if;
  perform switchboard.require_second_person(null);
  proposal := switchboard.find_proposal(p_id);
  person := switchboard.require_second_person(proposal.proposed_by);
  -- Approved already, and perhaps by this very call, whose answer was lost.
  if proposal.status not in ('approved', 'applied', 'returned') then
    perform switchboard.require_open(proposal, 'approved');
    update public.ai_change_proposals as c
      set status = 'approved', decided_by = person, decided_at = now()
      where c.id = p_id
      returning * into proposal;
    if coalesce(proposal.effective_at <= now(), true) then
      -- Other sources are not for callers to claim.
      proposal := switchboard.apply_proposal(proposal, case when p_source = 'cli' then 'cli' end);
    end if;
  end if;
  return jsonb_build_object(
    'proposal', switchboard.describe_proposal(proposal),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.approve_change(bigint, text) is
  'Approves a proposal, as the user of the verified token, who must be another platform admin than the one who proposed it, and applies it at once or, with effective_at, by the tick. If the rows that it was decided on have changed, it is returned instead. May be repeated. Returns proposal and registry_version. PT404 proposal_not_found; PT403 second_person_required, forbidden, insufficient_aal; PT401 invalid_credentials; PT409 proposal_not_open, registry_locked, and what the function of the change refuses.';
revoke execute on function public.approve_change(bigint, text)
  from public, anon, authenticated, service_role;
grant execute on function public.approve_change(bigint, text) to authenticated;

create function public.reject_change(
  p_id bigint,
  p_actor_user_id uuid default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  proposal public.ai_change_proposals;
begin
  proposal := switchboard.find_proposal(p_id);
  if proposal.status <> 'rejected' then
    perform switchboard.require_open(proposal, 'rejected');
    update public.ai_change_proposals as c
      set status = 'rejected', decided_by = p_actor_user_id,
        decided_by_key = left(p_actor_key_name, 200), decided_at = now(),
        decision_reason = p_reason
      where c.id = p_id
      returning * into proposal;
  end if;
  return jsonb_build_object(
    'proposal', switchboard.describe_proposal(proposal),
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.reject_change(bigint, uuid, text, text) is
  'Rejects a proposal that is open, or that waits for its time; who proposed it may withdraw it so. May be repeated. Returns proposal and registry_version. PT404 proposal_not_found; PT409 proposal_not_open.';
revoke execute on function public.reject_change(bigint, uuid, text, text)
  from public, anon, authenticated;
grant execute on function public.reject_change(bigint, uuid, text, text) to service_role;

create function public.sign_switch(p_id bigint, p_reason text default null)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  entry public.model_switches;
  person uuid;
begin
  perform switchboard.require_second_person(null);
  select * into entry from public.model_switches as ms where ms.id = p_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no switch %s.', p_id),
      detail = 'switch_not_found',
      hint = 'The history lists the switches with their ids.';
  end if;
  if entry.approval is null or entry.approval = 'approved' then
    raise exception using
      errcode = 'PT409',
      message = format('Entry %s needs no signature.', p_id),
      detail = 'nothing_to_sign',
      hint = 'The list of proposals names the entries that do.';
  end if;
  person := switchboard.require_second_person(entry.actor_user_id);
  -- What one transaction changed is one switch.
  insert into public.model_switch_signatures (switch_id, signed_by, reason)
    select ms.id, person, p_reason
    from switchboard.entries_of_switch(entry) as e
    join public.model_switches as ms on ms.id between e.first_id and e.last_id
    where ms.approval in ('going-back', 'unapproved')
      and ms.actor_user_id is distinct from person
    on conflict (switch_id) do nothing;
  return jsonb_build_object(
    'switch', switchboard.describe_switch(entry),
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.sign_switch(bigint, text) is
  'Signs an entry of the audit log that went back, or was not approved, and those of the same transaction, as the user of the verified token, who must be another platform admin than its actor. The first signature stands. Returns switch and registry_version. PT404 switch_not_found; PT403 second_person_required, forbidden, insufficient_aal; PT401 invalid_credentials; PT409 nothing_to_sign.';
revoke execute on function public.sign_switch(bigint, text)
  from public, anon, authenticated, service_role;
grant execute on function public.sign_switch(bigint, text) to authenticated;

create function switchboard.apply_due_changes()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  proposal public.ai_change_proposals;
  found_problem text;
  applied integer := 0;
  returned integer := 0;
  expired integer;
begin
  -- The registry before its proposals, as approve_change() locks them.
  if exists (
    select from public.ai_change_proposals as c
    where c.status = 'approved' and c.effective_at <= now()
      or c.status = 'open' and c.expires_at <= now()
  ) then
    perform switchboard.lock_registry();
  end if;
  update public.ai_change_proposals as c set status = 'expired'
    where c.status = 'open' and c.expires_at <= now();
  get diagnostics expired = row_count;
  for proposal in
    select c.* from public.ai_change_proposals as c
    where c.status = 'approved' and c.effective_at <= now()
    order by c.effective_at, c.id
    for update skip locked
  loop
    begin
      proposal := switchboard.apply_proposal(proposal, null);
    -- The others go on.
    exception when others then
      found_problem := left(sqlerrm, 1000);
      update public.ai_change_proposals as c
        set status = 'returned', problem = found_problem where c.id = proposal.id
        returning * into proposal;
    end;
    applied := applied + (proposal.status = 'applied')::integer;
    returned := returned + (proposal.status = 'returned')::integer;
  end loop;
  return jsonb_build_object('applied', applied, 'returned', returned, 'expired', expired);
end;
$$;
comment on function switchboard.apply_due_changes() is
  'Applies the approved proposals whose time has come, and ends those that were not approved in time. What cannot be applied is returned, with why.';
revoke execute on function switchboard.apply_due_changes()
  from public, anon, authenticated, service_role;
