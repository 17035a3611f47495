-- A person's words, page by page, for themselves and for operators who are asked for them. What
-- operators took is in the audit log; what users read of their own is not.

create function switchboard.attachments_of(of_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'type', a.medium -> 'type', 'media_type', a.medium -> 'mediaType', 'name', a.medium -> 'name',
      'size', a.medium #> '{source,size}', 'bucket', a.medium #> '{source,bucket}',
      'path', a.medium #> '{source,path}'))), '[]')
    from public.ai_messages as m
    cross join lateral (
      select jsonb_path_query(m.blocks, '$[*] ? (@.type == "image" || @.type == "document")')
      union all
      select jsonb_path_query(m.blocks,
        '$[*] ? (@.type == "tool-result").content[*] ? (@.type == "image" || @.type == "document")')
    ) as a (medium)
    where m.id = of_message_id);
end;
$$;
comment on function switchboard.attachments_of(uuid) is
  'The images and documents of a message: type, media_type, name, size, bucket, path. For secret keys; users cannot read where theirs lie.';
revoke execute on function switchboard.attachments_of(uuid) from public, anon;
grant execute on function switchboard.attachments_of(uuid) to authenticated, service_role;

create function switchboard.export_lines(of_user_id uuid, after text, most integer)
returns table (place text, line jsonb)
language plpgsql
stable
set search_path = ''
as $$
declare
  after_created constant timestamptz := nullif(split_part(after, ' ', 1), '')::timestamptz;
  after_id constant uuid := nullif(split_part(after, ' ', 2), '')::uuid;
  after_seq constant integer := nullif(split_part(after, ' ', 3), '')::integer;
begin
  -- By name, for users may not read every column.
  return query
    select
      to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || ' ' || c.id || ' ' || coalesce(m.seq, 0),
      case when m.seq is null
        then jsonb_build_object(
          'type', 'conversation', 'id', c.id, 'assistant_type', a.assistant_type,
          'title', c.title, 'use_case', c.use_case, 'model_id', c.model_id,
          'answered_turns', c.answered_turns, 'created_at', c.created_at,
          'updated_at', c.updated_at)
        else jsonb_build_object(
          'type', 'message', 'id', m.id, 'conversation_id', c.id, 'seq', m.seq, 'role', m.role,
          'content', m.content, 'blocks', m.shown_blocks, 'status', m.status,
          'model_used', m.model_used, 'stop_reason', m.stop_reason, 'error_code', m.error_code,
          'request_id', m.request_id, 'created_at', m.created_at)
          || case when auth.uid() is null
            then jsonb_build_object('attachments', switchboard.attachments_of(m.id)) else '{}' end
      end
    from (
      select o.id, o.assistant_id, o.title, o.use_case, o.model_id, o.answered_turns, o.created_at,
        o.updated_at
      from public.ai_conversations as o
      where o.user_id = of_user_id
        and (after_created is null or (o.created_at, o.id) >= (after_created, after_id))
      order by o.created_at, o.id
      -- Of the first, nothing may be left.
      limit most + 1
    ) as c
    left join public.ai_assistants as a on a.id = c.assistant_id
    cross join lateral (
      select null::uuid as id, null::integer as seq, null::text as role, null::text as content,
        null::jsonb as shown_blocks, null::text as status, null::text as model_used,
        null::text as stop_reason, null::text as error_code, null::uuid as request_id,
        null::timestamptz as created_at
      where c.id is distinct from after_id
      union all (
        select o.id, o.seq, o.role, o.content, o.shown_blocks, o.status, o.model_used,
          o.stop_reason, o.error_code, o.request_id, o.created_at
        from public.ai_messages as o
        where o.conversation_id = c.id
          and o.seq > case when c.id = after_id then after_seq else 0 end
        order by o.seq
        limit most)
    ) as m
    order by c.created_at, c.id, coalesce(m.seq, 0)
    limit most;
end;
$$;
comment on function switchboard.export_lines(uuid, text, integer) is
  'The next lines of a user''s export, in the order of their conversations, each with where the next page begins.';
revoke execute on function switchboard.export_lines(uuid, text, integer) from public, anon;
grant execute on function switchboard.export_lines(uuid, text, integer)
  to authenticated, service_role;

-- As its caller: a user's rights lead to their own conversations only.
create function public.export_user(
  p_user_id uuid,
  p_after text default null,
  p_limit integer default 200
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  most constant integer := least(greatest(p_limit, 1), 1000);
  page jsonb;
  next_place text;
begin
  if auth.uid() <> p_user_id or p_after !~
    '^$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} \d{1,9}$'
  then
    raise exception using
      errcode = 'PT400',
      message = 'p_user_id is the caller, and p_after what the page before returned as next.',
      detail = 'invalid_request';
  end if;
  select
    jsonb_agg(l.line order by l.number),
    -- A page that is not full is the last.
    case when count(*) = most or bool_or(l.is_more)
      then (array_agg(l.place order by l.number desc))[1] end
  into page, next_place
  from (
    select e.place, e.line, e.number, e.bytes > 4000000 as is_more
    from (
      select n.*, sum(pg_column_size(n.line)) over (order by n.number) as bytes,
        coalesce(sum(pg_column_size(n.line)) over (
          order by n.number rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from switchboard.export_lines(p_user_id, nullif(p_after, ''), most)
        with ordinality as n (place, line, number)
    ) as e
    -- One line at least, then as many as go into four megabytes.
    where e.bytes_before <= 4000000
  ) as l;
  return jsonb_build_object(
    'lines', case when p_after is null then jsonb_build_array(jsonb_build_object(
      'type', 'user', 'id', p_user_id, 'exported_at', now())) else '[]' end
      || coalesce(page, '[]'),
    'next', next_place);
end;
$$;
comment on function public.export_user(uuid, text, integer) is
  'A user''s conversations and messages as they read them, in a stable order, page by page: lines (objects with `type`: `user` first, `conversation`, then its `message`s) and next, which is p_after of the next page; null after the last. At most p_limit lines (200, 1 to 1000) and about four megabytes. No reasoning. With a secret key also `attachments`, where images and documents lie. Users read their own only. PT400 invalid_request.';
revoke execute on function public.export_user(uuid, text, integer) from public, anon;
grant execute on function public.export_user(uuid, text, integer) to authenticated, service_role;

-- A definer: the log is written by its owner only.
create function public.record_export(
  p_user_id uuid,
  p_lines bigint default null,
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
  of_hash constant text := switchboard.keyed_hash('user', p_user_id::text);
begin
  if switchboard.role_of(p_user_id) is null
    and not exists (select from public.ai_conversations as c where c.user_id = p_user_id)
  then
    raise exception using
      errcode = 'PT404',
      message = 'There is no user with this id.',
      detail = 'user_not_found',
      hint = 'The ids are those of Auth.';
  end if;
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.write_registry_change('ai_conversations', jsonb_build_array(
    jsonb_build_object('after', jsonb_build_object(
      'id', of_hash, 'user_hash', of_hash, 'lines', p_lines,
      'conversations', (
        select count(*) from public.ai_conversations as c where c.user_id = p_user_id),
      'messages', (
        select count(*) from public.ai_messages as m
        join public.ai_conversations as c on c.id = m.conversation_id
        where c.user_id = p_user_id)))));
  return jsonb_build_object(
    'user_hash', of_hash,
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.record_export(uuid, bigint, uuid, text, text, text) is
  'Records in the audit log that an operator exports a user''s data (`export-user`): the user as a keyed hash, how many conversations and messages there are, and how many lines were sent (null: it begins now). PT404 user_not_found; PT409 registry_locked.';
revoke execute on function public.record_export(uuid, bigint, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.record_export(uuid, bigint, uuid, text, text, text)
  to service_role;
