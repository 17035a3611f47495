-- Keys for clients that know a base URL and a key only. Of a key the database has its SHA-256 digest,
-- which is all that is ever sent to it, and its first characters, by which people know it. The digest
-- is granted to no role and recorded nowhere; begin_call() compares it.

create table public.ai_api_keys (
  id uuid primary key default gen_random_uuid(),
  name text not null
    constraint ai_api_keys_name_not_blank check (btrim(name) <> '')
    constraint ai_api_keys_name_length check (char_length(name) <= 100),
  -- 256 random bits need no slow hash.
  key_hash bytea not null
    constraint ai_api_keys_key_hash_key unique
    constraint ai_api_keys_key_hash_length check (octet_length(key_hash) = 32),
  prefix text not null
    constraint ai_api_keys_prefix_shape check (prefix ~ '^bsk_[A-Za-z0-9_-]{6}$'),
  assistant_type text
    constraint ai_api_keys_assistant_type_fkey
    references public.ai_assistants (assistant_type) on update cascade on delete restrict,
  models text[]
    constraint ai_api_keys_models_named check (
      cardinality(models) between 1 and 50 and array_position(models, null) is null),
  dialects text[]
    constraint ai_api_keys_dialects_known check (
      cardinality(dialects) > 0 and dialects <@ array['openai', 'anthropic']),
  expires_at timestamptz
    constraint ai_api_keys_expires_at_range
    check (expires_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00'),
  grace_ends_at timestamptz
    constraint ai_api_keys_grace_ends_at_finite check (isfinite(grace_ends_at)),
  revoked_at timestamptz
    constraint ai_api_keys_revoked_at_finite check (isfinite(revoked_at)),
  replaces uuid,
  owner_id uuid,
  created_by text not null
    default coalesce(nullif(current_setting('role', true), 'none'), session_user)
    constraint ai_api_keys_created_by_length check (char_length(created_by) between 1 and 200),
  created_at timestamptz not null default now()
    constraint ai_api_keys_created_at_finite check (isfinite(created_at)),
  last_used_on date
);
comment on table public.ai_api_keys is
  'Keys for callers of `openai` and `anthropic`, by their digests. One that is revoked or has expired is dead with the next request; its row stays, for the ledger names it.';
comment on column public.ai_api_keys.key_hash is
  'SHA-256 of the whole key. No role may read it, and no record of a change holds it.';
comment on column public.ai_api_keys.prefix is 'The first characters of the key: `bsk_` and six.';
comment on column public.ai_api_keys.assistant_type is
  'The assistant that every call with the key is with; null: the call names one, or none.';
comment on column public.ai_api_keys.models is
  'Ids or aliases of the only models that may answer, as fallbacks too; null: all.';
comment on column public.ai_api_keys.dialects is
  'The endpoints that take the key: `openai`, `anthropic`; null: both.';
comment on column public.ai_api_keys.expires_at is
  'When the key ends by itself; null: never. A key that takes its place has the same.';
comment on column public.ai_api_keys.grace_ends_at is
  'Of a key that another took the place of, when it ends if expires_at is not earlier; null: none did.';
comment on column public.ai_api_keys.revoked_at is
  'When the key was ended by an operator; null: it was not. Setting it is enough, and it stays set.';
comment on column public.ai_api_keys.replaces is
  'The key that it took the place of. No foreign key: it may be deleted.';
comment on column public.ai_api_keys.owner_id is
  'The user whose key it is, for operators; null: none. No foreign key: the key outlives the account until it is revoked.';
comment on column public.ai_api_keys.created_by is
  'Who made it: a user''s id, the name of a secret key, or a database role, as in model_switches.';
comment on column public.ai_api_keys.last_used_on is
  'The last day, in UTC, on which a call began with the key; null: none did.';

create index ai_api_keys_assistant_type_idx on public.ai_api_keys (assistant_type);
create index ai_api_keys_replaces_idx on public.ai_api_keys (replaces) where replaces is not null;

revoke all on public.ai_api_keys from public, anon, authenticated, service_role;
alter table public.ai_api_keys enable row level security;

create policy ai_api_keys_select_platform on public.ai_api_keys
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_api_keys_select_platform on public.ai_api_keys is
  'Platform admins see which keys there are. The digests are granted to no role.';

grant select (
  id, name, prefix, assistant_type, models, dialects, expires_at, grace_ends_at, revoked_at, replaces,
  owner_id, created_by, created_at, last_used_on
) on public.ai_api_keys to authenticated, service_role;

-- No rollback of a switch makes a key valid again. But the models that a key names follow a model
-- that is retired, and come back with it.
insert into switchboard.audited_tables (
  table_name, place, assistant_type_column, ignored_columns, secret_columns, actions,
  rolled_back_columns, restored_with)
values (
  'ai_api_keys', 6, 'assistant_type', '{last_used_on}', '{key_hash}',
  '[
    {"created_with": "replaces", "action": "rotate-api-key"},
    {"created_with": "id", "action": "create-api-key"},
    {"column": "revoked_at", "action": "revoke-api-key"},
    {"column": "models", "action": "set-key-models"}]',
  '{models}', 'restore_api_key_models');
select switchboard.add_audit_triggers('ai_api_keys');
-- A call notes the day of use, and waits for no operator.
create or replace trigger lock_registry
  before insert or delete or update of
    id, name, key_hash, prefix, assistant_type, models, dialects, expires_at, grace_ends_at,
    revoked_at, replaces, owner_id, created_by, created_at
  on public.ai_api_keys
  for each statement execute function switchboard.lock_registry_before_write();

create function switchboard.refuse_revival_of_api_key()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
    raise exception using
      errcode = '42501',
      message = format('The API key %s… is revoked, and a revoked key stays revoked.', old.prefix),
      hint = 'Create another key.';
  end if;
  -- The audit log, which holds no digest, could not tell what such a change was.
  if (new.key_hash, new.prefix) is distinct from (old.key_hash, old.prefix) then
    raise exception using
      errcode = '42501',
      message = format('The digest and the prefix of the API key %s… do not change.', old.prefix),
      hint = 'Rotate it: rotate_api_key() makes another key in its place.';
  end if;
  return new;
end;
$$;
comment on function switchboard.refuse_revival_of_api_key() is
  'Trigger: no key that is revoked becomes valid again, and no row becomes that of another key, also by the owner.';
revoke execute on function switchboard.refuse_revival_of_api_key()
  from public, anon, authenticated, service_role;

create trigger refuse_revival before update of key_hash, prefix, revoked_at on public.ai_api_keys
  for each row execute function switchboard.refuse_revival_of_api_key();

create function switchboard.restore_api_key_models(state jsonb)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not switchboard.was_so_before(
    'ai_api_keys', state ->> 'row_id', jsonb_build_object('models', state #> '{known,models}'))
  then
    raise exception using
      errcode = '42501',
      message = format('The API key %s never had these models.', state ->> 'row_id'),
      hint = 'Only a rollback changes the models of a key, to what they were.';
  end if;
  update public.ai_api_keys as k
    set models = (jsonb_populate_record(k, state -> 'known')).models
    where k.id = (state ->> 'row_id')::uuid;
end;
$$;
comment on function switchboard.restore_api_key_models(jsonb) is
  'Part of a rollback: gives a key the models that it named before. Definer, because no role may write keys; it writes only what the audit log shows.';
revoke execute on function switchboard.restore_api_key_models(jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.restore_api_key_models(jsonb) to service_role;

create function switchboard.has_ended(key public.ai_api_keys, moment timestamptz)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- Nulls are no ends.
  return key.revoked_at is not null or coalesce(least(key.expires_at, key.grace_ends_at) <= moment, false);
end;
$$;
comment on function switchboard.has_ended(public.ai_api_keys, timestamptz) is
  'Whether a key is revoked or, at that time, has expired, by itself or after its time of grace.';
revoke execute on function switchboard.has_ended(public.ai_api_keys, timestamptz)
  from public, anon, authenticated, service_role;

create function switchboard.key_family(of_key_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  if of_key_id is null then
    return null;
  end if;
  return array(
    with recursive former as (
      select of_key_id as id
      union
      select k.replaces
      from former as f
      join public.ai_api_keys as k on k.id = f.id and k.replaces is not null
    ),
    family as (
      select f.id from former as f
      union
      select k.id from family as f join public.ai_api_keys as k on k.replaces = f.id
    )
    select f.id from family as f);
end;
$$;
comment on function switchboard.key_family(uuid) is
  'A key with those that it took the place of, and those that took its or theirs: to limits they are one.';
revoke execute on function switchboard.key_family(uuid)
  from public, anon, authenticated, service_role;

create function switchboard.describe_api_key(key public.ai_api_keys)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(key) - 'key_hash';
$$;
comment on function switchboard.describe_api_key(public.ai_api_keys) is
  'A key as operators read it: without its digest.';
revoke execute on function switchboard.describe_api_key(public.ai_api_keys)
  from public, anon, authenticated, service_role;

create function switchboard.answer_with_key(key public.ai_api_keys)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'api_key', switchboard.describe_api_key(key),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function switchboard.answer_with_key(public.ai_api_keys) is
  'What the writers of keys return.';
revoke execute on function switchboard.answer_with_key(public.ai_api_keys)
  from public, anon, authenticated, service_role;

create function switchboard.find_api_key(wanted_id uuid)
returns public.ai_api_keys
language plpgsql
set search_path = ''
as $$
declare
  key public.ai_api_keys;
begin
  select * into key from public.ai_api_keys as k where k.id = wanted_id for update;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no API key %s.', wanted_id),
      detail = 'key_not_found',
      hint = 'The ids are in the list of API keys.';
  end if;
  return key;
end;
$$;
comment on function switchboard.find_api_key(uuid) is
  'A key, locked until commit; PT404 key_not_found without one.';
revoke execute on function switchboard.find_api_key(uuid)
  from public, anon, authenticated, service_role;

create function switchboard.store_api_key(key public.ai_api_keys, digest text)
returns public.ai_api_keys
language plpgsql
set search_path = ''
as $$
declare
  problem text;
begin
  key.id := gen_random_uuid();
  key.key_hash := decode(digest, 'hex');
  key.created_at := now();
  key.grace_ends_at := null;
  key.revoked_at := null;
  key.last_used_on := null;
  key.created_by := coalesce(
    nullif(current_setting('switchboard.actor_user_id', true), ''),
    left(nullif(current_setting('switchboard.actor_key_name', true), ''), 200),
    nullif(current_setting('role', true), 'none'), session_user);
  insert into public.ai_api_keys select key.*;
  return key;
exception when check_violation or unique_violation then
  -- The details of these errors hold the row, and with it the digest.
  get stacked diagnostics problem = message_text;
  raise exception using errcode = sqlstate, message = problem;
end;
$$;
comment on function switchboard.store_api_key(public.ai_api_keys, text) is
  'Stores a new key with the digest, made by the actor of the transaction. 23505, 23514 without the row.';
revoke execute on function switchboard.store_api_key(public.ai_api_keys, text)
  from public, anon, authenticated, service_role;

-- Definers, because no role may write keys by other means or read their digests.

create function public.create_api_key(
  p_key jsonb,
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
  key public.ai_api_keys := jsonb_populate_record(
    null::public.ai_api_keys, p_key - array['key_hash', 'replaces']);
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  if key.assistant_type is not null then
    perform switchboard.find_assistant(key.assistant_type);
  end if;
  perform switchboard.require_model_names(key.models);
  if key.expires_at <= clock_timestamp() then
    raise exception using
      errcode = 'PT400',
      message = 'expires_at is in the past.',
      detail = 'invalid_request',
      hint = 'Name a later time, or leave it out for a key that does not expire.';
  end if;
  key := switchboard.store_api_key(key, p_key ->> 'digest');
  return switchboard.answer_with_key(key);
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.create_api_key(jsonb, uuid, text, text, text) is
  'Stores a key that was just made. p_key: name, digest (SHA-256 of the key, in hexadecimal), prefix, assistant_type, models, dialects, expires_at, owner_id. Returns api_key, without the digest, and registry_version. PT404 assistant_not_found, model_not_found; PT400 invalid_request.';
revoke execute on function public.create_api_key(jsonb, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.create_api_key(jsonb, uuid, text, text, text) to service_role;

create function switchboard.find_replaceable_api_key(wanted_id uuid)
returns public.ai_api_keys
language plpgsql
set search_path = ''
as $$
declare
  former constant public.ai_api_keys := switchboard.find_api_key(wanted_id);
  -- Under the writers' lock: another rotation may have ended the key since the transaction began.
  moment constant timestamptz := clock_timestamp();
  successor text;
begin
  if switchboard.has_ended(former, moment) then
    raise exception using
      errcode = 'PT409',
      message = format('The API key %s… %s.', former.prefix, case
        when former.revoked_at is not null then 'is revoked' else 'has expired' end),
      detail = 'key_not_active',
      hint = 'Create a new key.';
  end if;
  select k.prefix into successor
  from public.ai_api_keys as k
  where k.replaces = wanted_id and not switchboard.has_ended(k, moment)
  limit 1;
  if found then
    raise exception using
      errcode = 'PT409',
      message = format('The API key %s… is replaced already, by %s….', former.prefix, successor),
      detail = 'key_not_active',
      hint = 'Rotate its successor, or revoke that one first.';
  end if;
  return former;
end;
$$;
comment on function switchboard.find_replaceable_api_key(uuid) is
  'A key that another may take the place of, locked until commit. PT404 key_not_found; PT409 key_not_active where it is revoked or has expired, or has a successor that is valid.';
revoke execute on function switchboard.find_replaceable_api_key(uuid)
  from public, anon, authenticated, service_role;

-- A definer, as create_api_key().
create function public.rotate_api_key(
  p_id uuid,
  p_digest text,
  p_prefix text,
  p_grace_hours numeric default 0,
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
  former public.ai_api_keys;
  key public.ai_api_keys;
begin
  if p_grace_hours is null or p_grace_hours not between 0 and 8760 then
    raise exception using
      errcode = 'PT400', message = 'grace_hours must be between 0 and 8760.',
      detail = 'invalid_request';
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  former := switchboard.find_replaceable_api_key(p_id);
  key := former;
  key.prefix := p_prefix;
  key.replaces := former.id;
  key := switchboard.store_api_key(key, p_digest);
  update public.ai_api_keys as k
    set grace_ends_at = least(
      k.grace_ends_at, clock_timestamp() + p_grace_hours * interval '1 hour')
    where k.id = former.id
    returning * into former;
  -- They go on counting the two together. Or a rotation would give its holder as much once more.
  update public.ai_limits as l set api_key_id = key.id where l.api_key_id = former.id;
  return switchboard.answer_with_key(key)
    || jsonb_build_object('former', switchboard.describe_api_key(former));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.rotate_api_key(
  uuid, text, text, numeric, uuid, text, text, text) is
  'Stores a key in the place of another, with the same scopes and expires_at, and with its limits, which go on counting the two together; the former one ends after p_grace_hours (0: now), or when it would have. A key is rotated once, as long as its successor is valid. Returns api_key (the new one) and former, without digests, and registry_version. PT404 key_not_found; PT409 key_not_active; PT400 invalid_request.';
revoke execute on function public.rotate_api_key(
  uuid, text, text, numeric, uuid, text, text, text) from public, anon, authenticated;
grant execute on function public.rotate_api_key(
  uuid, text, text, numeric, uuid, text, text, text) to service_role;

create function public.revoke_api_key(
  p_id uuid,
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
  key public.ai_api_keys;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  key := switchboard.find_api_key(p_id);
  if key.revoked_at is null then
    update public.ai_api_keys as k set revoked_at = now() where k.id = p_id returning * into key;
  end if;
  return switchboard.answer_with_key(key);
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.revoke_api_key(uuid, uuid, text, text, text) is
  'Ends a key for good, with the next request; one that is revoked already stays so. Returns api_key, without the digest, and registry_version. PT404 key_not_found.';
revoke execute on function public.revoke_api_key(uuid, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.revoke_api_key(uuid, uuid, text, text, text) to service_role;

create function public.list_api_keys()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'api_keys', coalesce((
      select jsonb_agg(switchboard.describe_api_key(k) order by k.created_at desc, k.id)
      from public.ai_api_keys as k), '[]'),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_api_keys() is
  'All keys without their digests, the newest first, and registry_version.';
revoke execute on function public.list_api_keys() from public, anon, authenticated;
grant execute on function public.list_api_keys() to service_role;
