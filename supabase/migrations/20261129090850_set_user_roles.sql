-- Roles by address, recorded like switches. Only what comes this way is recorded: a project's own
-- trigger that gives a new user a role must not wait for the operators' lock, and the roles of
-- everyone who signs up are no changes of the registry. No rollback takes a role back: one of models
-- must not make a platform admin again of somebody who was dismissed.

insert into switchboard.audited_tables (
  table_name, place, assistant_type_column, actions, is_rolled_back)
values ('ai_user_roles', 4, 'assistant_type', '[{"action": "set-role"}]', false);

create function switchboard.role_of(of_user_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object('id', u.id, 'assistant_type', ur.assistant_type)
  from auth.users as u
  left join public.ai_user_roles as ur on ur.user_id = u.id
  where u.id = of_user_id;
$$;
comment on function switchboard.role_of(uuid) is
  'A user''s role as the audit log holds it, assistant_type null for a user without one; null where there is no such user. Definer, as switchboard.email_of().';
revoke execute on function switchboard.role_of(uuid) from public, anon, authenticated;
grant execute on function switchboard.role_of(uuid) to service_role;

create function switchboard.write_role(of_user_id uuid, wanted_type text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  former constant jsonb := switchboard.role_of(of_user_id);
begin
  if former ->> 'assistant_type' is not distinct from wanted_type then
    return;
  end if;
  if wanted_type is null then
    delete from public.ai_user_roles as ur where ur.user_id = of_user_id;
  else
    insert into public.ai_user_roles as ur (user_id, assistant_type)
    values (of_user_id, wanted_type)
    on conflict (user_id) do update
      set assistant_type = excluded.assistant_type, created_at = now();
  end if;
  perform switchboard.write_registry_change('ai_user_roles', jsonb_build_array(
    jsonb_build_object('before', former, 'after', switchboard.role_of(of_user_id))));
end;
$$;
comment on function switchboard.write_role(uuid, text) is
  'Gives a user a role, or takes it away (null), and records it. Definer, because the log is written by its owner only.';
revoke execute on function switchboard.write_role(uuid, text) from public, anon, authenticated;
grant execute on function switchboard.write_role(uuid, text) to service_role;

-- Without it a project could be left without an operator to undo it.
create function switchboard.require_admin_left(of_user_id uuid, wanted_type text)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  actor_id constant text := coalesce(
    nullif(current_setting('switchboard.actor_user_id', true), ''), auth.uid()::text);
begin
  if wanted_type = 'platform'
    or switchboard.role_of(of_user_id) ->> 'assistant_type' is distinct from 'platform'
  then
    return;
  end if;
  if not exists (
    select from public.ai_user_roles as ur
    join auth.users as u on u.id = ur.user_id
    where ur.assistant_type = 'platform' and u.id <> of_user_id and u.deleted_at is null
      and (u.banned_until is null or u.banned_until <= now())
      -- Read so, because the oldest Auth servers do not have the column.
      and (to_jsonb(u) ->> 'is_anonymous') is distinct from 'true'
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'This user is the last platform admin; without one, the console cannot manage models.',
      detail = 'last_platform_admin',
      hint = 'Make another user a platform admin first.';
  end if;
  if actor_id = of_user_id::text then
    raise exception using
      errcode = 'PT409',
      message = 'Platform admins cannot take the role platform from themselves.',
      detail = 'own_role',
      hint = 'Another platform admin can, or who has a secret key.';
  end if;
end;
$$;
comment on function switchboard.require_admin_left(uuid, text) is
  'Refuses to take the role of the last platform admin who can sign in and is not anonymous, and that of the actor. PT409 last_platform_admin, own_role. Definer, as switchboard.email_of().';
revoke execute on function switchboard.require_admin_left(uuid, text)
  from public, anon, authenticated;
grant execute on function switchboard.require_admin_left(uuid, text) to service_role;

create function switchboard.find_user(
  address text,
  out user_id uuid,
  out email text,
  out is_banned boolean
)
returns record
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  ids constant uuid[] := switchboard.ids_of_email(address);
  -- A sign-up that was never confirmed is not in the way of the user who has the address.
  confirmed constant uuid[] := array(
    select u.id from auth.users as u
    where u.id = any (ids) and u.email_confirmed_at is not null);
begin
  -- The address is personal, and errors are logged: none of them repeats it.
  if cardinality(ids) = 0 then
    raise exception using
      errcode = 'PT404',
      message = 'There is no user with this address.',
      detail = 'user_not_found',
      hint = 'Invite the user with Auth first.';
  elsif cardinality(confirmed) = 0 then
    raise exception using
      errcode = 'PT409',
      message = 'The user has not confirmed this address.',
      detail = 'email_not_confirmed',
      hint = 'Until then, the address may belong to another person.';
  elsif cardinality(confirmed) > 1 then
    raise exception using
      errcode = 'PT404',
      message = format('%s users have this address.', cardinality(confirmed)),
      detail = 'user_not_found',
      hint = 'Name the user by id; a role can be set in ai_user_roles.';
  end if;
  select u.id, u.email, coalesce(u.banned_until > now(), false)
    into user_id, email, is_banned
    from auth.users as u where u.id = confirmed[1];
end;
$$;
comment on function switchboard.find_user(text) is
  'The user of a confirmed address, and whether they are banned. PT404 user_not_found; PT409 email_not_confirmed. Definer, as switchboard.email_of().';
revoke execute on function switchboard.find_user(text)
  from public, anon, authenticated, service_role;

create function public.find_user_id(p_email text)
returns uuid
language sql
stable
security definer
set search_path = ''
as $$
  select u.user_id from switchboard.find_user(p_email) as u;
$$;
comment on function public.find_user_id(text) is
  'The id of the user of a confirmed address. Definer, as switchboard.email_of(). PT404 user_not_found; PT409 email_not_confirmed.';
revoke execute on function public.find_user_id(text) from public, anon, authenticated;
grant execute on function public.find_user_id(text) to service_role;

create function public.set_user_role(
  p_email text,
  p_assistant_type text default null,
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
  found_user record;
  former_type text;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();

  found_user := switchboard.find_user(p_email);
  if p_assistant_type is not null then
    perform switchboard.find_assistant(p_assistant_type);
  end if;
  former_type := switchboard.role_of(found_user.user_id) ->> 'assistant_type';
  perform switchboard.require_admin_left(found_user.user_id, p_assistant_type);
  perform switchboard.write_role(found_user.user_id, p_assistant_type);

  return jsonb_build_object(
    'user_id', found_user.user_id,
    'email', found_user.email,
    'assistant_type', p_assistant_type,
    'former_assistant_type', former_type,
    'assistant_is_active', exists (
      select from public.ai_assistants as a
      where a.assistant_type = coalesce(p_assistant_type, 'health') and a.is_active),
    'is_banned', found_user.is_banned,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_user_role(text, text, uuid, text, text, text) is
  'Gives the user of a confirmed address a role or, with null, takes it away, so that the user talks to `health`. Recorded without the address; no rollback takes it back, a call with former_assistant_type does. Definer, as switchboard.email_of(). PT404 user_not_found, assistant_not_found; PT409 email_not_confirmed, last_platform_admin, own_role.';
revoke execute on function public.set_user_role(text, text, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.set_user_role(text, text, uuid, text, text, text)
  to service_role;

create function public.list_user_roles(
  p_email text default null,
  p_assistant_type text default null,
  p_limit integer default 50,
  p_after text default null,
  p_after_id uuid default null
)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
      'user_id', listed.user_id, 'email', listed.email, 'assistant_type', listed.assistant_type,
      'since', listed.created_at)
    order by listed.address, listed.user_id), '[]')
  from (
    select ur.*, u.email, coalesce(lower(u.email::text), '') as address
    from public.ai_user_roles as ur
    join auth.users as u on u.id = ur.user_id and u.deleted_at is null
    where (p_email is null or strpos(lower(u.email::text), lower(p_email)) > 0)
      and (p_assistant_type is null or ur.assistant_type = p_assistant_type)
      and case
        when p_after_id is not null then (coalesce(lower(u.email::text), ''), ur.user_id)
          > (coalesce(lower(p_after), ''), p_after_id)
        else p_after is null or coalesce(lower(u.email::text), '') > lower(p_after)
      end
    order by address, ur.user_id
    limit least(greatest(p_limit, 1), 200)
  ) as listed;
$$;
comment on function public.list_user_roles(text, text, integer, text, uuid) is
  'The users who have a role (1 to 200; 50), in the order of their addresses; those without an address come first. p_email: a part of it; p_after: only those after an address; with p_after_id, also those of this address (without p_after: without one) who come after this user. Definer, as switchboard.email_of().';
revoke execute on function public.list_user_roles(text, text, integer, text, uuid)
  from public, anon, authenticated;
grant execute on function public.list_user_roles(text, text, integer, text, uuid) to service_role;
