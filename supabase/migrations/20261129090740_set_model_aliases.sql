-- Names of models that clients may use in place of their ids. A name means one model: aliases are
-- unique among themselves and among the ids, over all rows.

create function switchboard.refuse_taken_alias(alias text, of_model_id text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT409',
    message = format('"%s" is a name of %s already.', left(alias, 200), of_model_id),
    detail = 'alias_taken',
    hint = 'Take it from that model first, or choose another name.';
end;
$$;
comment on function switchboard.refuse_taken_alias(text, text) is
  'PT409 alias_taken for a name that means a model already.';
revoke execute on function switchboard.refuse_taken_alias(text, text)
  from public, anon, authenticated, service_role;

-- After the statement, so that one statement may pass an alias from one row to another; a rollback of
-- several changes asks at its end. Two writers never run at once: each statement that writes models
-- holds the registry's lock until commit.
create function switchboard.require_free_names()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  named public.bedrock_models;
  taken text;
  holder text;
begin
  -- As it is when this is asked.
  select * into named from public.bedrock_models as bm where bm.id = new.id;
  select a.alias, named.model_id into taken, holder
  from unnest(named.aliases) as a (alias)
  group by a.alias having count(*) > 1 or a.alias = named.model_id
  limit 1;
  -- By the indexes of both columns.
  if not found then
    select bm.model_id, bm.model_id into taken, holder
    from public.bedrock_models as bm where bm.model_id = any (named.aliases) limit 1;
  end if;
  if not found then
    select a.alias, bm.model_id into taken, holder
    from public.bedrock_models as bm
    cross join unnest(bm.aliases) as a (alias)
    where bm.aliases && (named.aliases || named.model_id) and bm.id <> named.id
      and a.alias = any (named.aliases || named.model_id)
    limit 1;
  end if;
  if taken is not null then
    perform switchboard.refuse_taken_alias(taken, holder);
  end if;
  return null;
end;
$$;
comment on function switchboard.require_free_names() is
  'Trigger: PT409 alias_taken for an alias or an id that is a name of another model, or twice one of the same. Definer, so that a role that may write models need not read all.';
revoke execute on function switchboard.require_free_names()
  from public, anon, authenticated, service_role;

create constraint trigger require_free_names after insert or update of aliases, model_id
  on public.bedrock_models
  deferrable initially immediate
  for each row execute function switchboard.require_free_names();

create function switchboard.require_model_names(names text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  name text;
begin
  foreach name in array coalesce(names, '{}') loop
    -- The words for a name that is none are those for an id.
    if not exists (select from public.bedrock_models as bm where bm.aliases @> array[name]) then
      perform switchboard.find_model(name);
    end if;
  end loop;
end;
$$;
comment on function switchboard.require_model_names(text[]) is
  'PT404 model_not_found for what is neither the id nor an alias of a model.';
revoke execute on function switchboard.require_model_names(text[])
  from public, anon, authenticated;
grant execute on function switchboard.require_model_names(text[]) to service_role;

create function public.set_model_aliases(
  p_model_id text,
  p_aliases text[],
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_version bigint;
  model public.bedrock_models;
begin
  perform switchboard.lock_registry();
  former_version := (select rv.version from public.registry_version as rv);
  model := switchboard.find_model(p_model_id);
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id);
  if 'default' = any (p_aliases) then
    raise exception using
      errcode = 'PT409',
      message = '"default" is the name of the registry''s default.',
      detail = 'alias_taken',
      hint = 'Choose another name.';
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);

  update public.bedrock_models as bm
    set aliases = p_aliases
    where bm.id = model.id and bm.aliases <> p_aliases;

  return jsonb_build_object(
    'former_aliases', to_jsonb(model.aliases),
    'former_version', former_version,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_model_aliases(text, text[], uuid, text, bigint, text, text) is
  'Gives a model these aliases, and no others. Returns former_aliases and the registry''s version before and after. p_expected_version as in set_default_model(). PT404 model_not_found; PT409 alias_taken, registry_changed.';
revoke execute on function public.set_model_aliases(text, text[], uuid, text, bigint, text, text)
  from public, anon, authenticated;
grant execute on function public.set_model_aliases(text, text[], uuid, text, bigint, text, text)
  to service_role;
