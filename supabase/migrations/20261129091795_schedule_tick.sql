-- The tick in Supabase Cron, where a project has it. Nothing here needs an extension to be installed:
-- what is missing is said when the tick is to be scheduled.

create function switchboard.cron_jobs()
returns text[]
language sql
immutable
set search_path = ''
as $$
  select array['switchboard-tick', 'switchboard-tick-http'];
$$;
comment on function switchboard.cron_jobs() is 'The names of the jobs of Supabase Cron.';
revoke execute on function switchboard.cron_jobs()
  from public, anon, authenticated, service_role;

create function switchboard.clean_cron_log()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- pg_cron keeps a row for each run, for ever. Its tables exist where it was enabled.
  runs constant regclass := to_regclass('cron.job_run_details');
  jobs constant regclass := to_regclass('cron.job');
  deleted integer;
begin
  if runs is null or jobs is null then
    return null;
  end if;
  execute format($query$
    delete from %s as d
    where d.end_time < now() - interval '7 days'
      and d.jobid in (select j.jobid from %s as j where j.jobname = any ($1))
  $query$, runs, jobs) using switchboard.cron_jobs();
  get diagnostics deleted = row_count;
  return jsonb_build_object('deleted', deleted);
end;
$$;
comment on function switchboard.clean_cron_log() is
  'Deletes what Supabase Cron recorded of runs of the tick more than seven days ago.';
revoke execute on function switchboard.clean_cron_log()
  from public, anon, authenticated, service_role;

create function switchboard.require_extension(is_there boolean, problem text, remedy text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if is_there is not true then
    raise exception using errcode = '55000', message = problem, hint = remedy;
  end if;
end;
$$;
comment on function switchboard.require_extension(boolean, text, text) is
  '55000 where something that Supabase Cron needs is not there.';
revoke execute on function switchboard.require_extension(boolean, text, text)
  from public, anon, authenticated, service_role;

create function switchboard.command_of_tick(url text, vault_secret text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  secrets constant regclass := to_regclass('vault.decrypted_secrets');
  secret_exists boolean;
begin
  if url !~ '^(https://|http://(localhost|127\.0\.0\.1|kong|host\.docker\.internal)[:/])[^\s]+/tick$' then
    raise exception using
      errcode = '22023',
      message = 'p_url is not the address of a tick over https.',
      hint = 'It reads https://<project>.supabase.co/functions/v1/manage-bedrock-models/tick.';
  end if;
  perform switchboard.require_extension(
    to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is not null,
    'pg_net is not enabled in this database.',
    'Enable it (create extension pg_net), or schedule the tick without p_url.');
  perform switchboard.require_extension(
    secrets is not null,
    'The Vault is not enabled in this database.',
    'Enable it (create extension supabase_vault), or schedule the tick without p_url.');
  execute format('select exists (select from %s as d where d.name = $1)', secrets)
    into secret_exists using vault_secret;
  perform switchboard.require_extension(
    secret_exists,
    'The Vault has no secret of the name in p_vault_secret.',
    'Store a secret key of the project there: vault.create_secret(<key>, <name>).');
  return format(
    'select net.http_post(url := %L, headers := jsonb_build_object(''content-type'', '
      || '''application/json'', ''apikey'', (select d.decrypted_secret from '
      || 'vault.decrypted_secrets as d where d.name = %L)), body := ''{}''::jsonb, '
      || 'timeout_milliseconds := 60000)', url, vault_secret);
end;
$$;
comment on function switchboard.command_of_tick(text, text) is
  'The statement with which Supabase Cron calls the tick over HTTP, with a secret key that it reads from the Vault. 55000 where pg_net, the Vault or the secret is missing; 22023 for another address.';
revoke execute on function switchboard.command_of_tick(text, text)
  from public, anon, authenticated, service_role;

-- For the owner alone: the caller decides what runs as the owner, and where a secret goes.

create function public.unschedule_tick()
returns text[]
language plpgsql
set search_path = ''
as $$
declare
  jobs constant regclass := to_regclass('cron.job');
  unschedule constant regproc := to_regprocedure('cron.unschedule(bigint)')::oid;
  job_id bigint;
  job_name text;
  ended text[] := array[]::text[];
begin
  if jobs is null or unschedule is null then
    return ended;
  end if;
  for job_id, job_name in execute format(
    'select j.jobid, j.jobname::text from %s as j where j.jobname = any ($1) order by j.jobname', jobs)
    using switchboard.cron_jobs()
  loop
    execute format('select %s($1)', unschedule) using job_id;
    ended := ended || job_name;
  end loop;
  return ended;
end;
$$;
comment on function public.unschedule_tick() is
  'Takes the tick out of Supabase Cron, and returns the names of the jobs that ended; none where it was not scheduled.';
revoke execute on function public.unschedule_tick() from public, anon, authenticated, service_role;

create function public.schedule_tick(p_url text default null, p_vault_secret text default null)
returns text[]
language plpgsql
set search_path = ''
as $$
declare
  names constant text[] := switchboard.cron_jobs();
  schedule constant regproc := to_regprocedure('cron.schedule(text,text,text)')::oid;
  over_http text;
begin
  perform switchboard.require_extension(
    to_regclass('cron.job') is not null and schedule is not null,
    'Supabase Cron (pg_cron) is not enabled in this database.',
    'Enable it (create extension pg_cron), or let any other cron call the tick over HTTP.');
  if (p_url is null) <> (p_vault_secret is null) then
    raise exception using
      errcode = '22023', message = 'p_url and p_vault_secret are given together.';
  end if;
  if p_url is not null then
    over_http := switchboard.command_of_tick(p_url, p_vault_secret);
  end if;
  perform public.unschedule_tick();
  execute format('select %s($1, ''* * * * *'', ''select public.tick()'')', schedule) using names[1];
  if over_http is null then
    return names[1:1];
  end if;
  execute format('select %s($1, ''* * * * *'', $2)', schedule) using names[2], over_http;
  return names;
end;
$$;
comment on function public.schedule_tick(text, text) is
  'Has Supabase Cron run the tick each minute, in place of what was scheduled before; with p_url and the name of a secret in the Vault also over HTTP, which delivers alerts and asks AWS. Returns the names of the jobs. 55000 where an extension or the secret is missing.';
revoke execute on function public.schedule_tick(text, text)
  from public, anon, authenticated, service_role;
