-- Takes the switchboard out of a database: its tables with all that is in them, its functions and
-- views, its schema, and the records of its migrations. Nothing else is touched, and nothing at all
-- if anything fails: the script is one statement. docs/install.md says how to run it.
--
-- Where there are conversations or records of use, it is refused unless the same session has said:
--
--   set switchboard.delete_conversations = 'yes';
--
-- Objects of the project's own that depend on the switchboard's, such as a view of ai_messages, are
-- never dropped: the script fails and names them.

do $uninstall$
declare
  public_views constant text[] := array[
    'daily_latency', 'daily_usage', 'hourly_usage', 'latest_model_probes', 'month_costs'];
  public_functions constant text[] := array[
    'apply_catalog_changes(jsonb,uuid,text,text)',
    'assign_model(text,text,boolean,text[],uuid,text,bigint,text,text)',
    'begin_chat_turn(jsonb)',
    'complete_chat_turn(jsonb)',
    'cost_report(timestamptz,timestamptz,text)',
    'disable_model(text,boolean,uuid,text,text)',
    'enable_model(text,uuid,text,text)',
    'latency_figures(timestamptz,timestamptz,text)',
    'list_model_switches(integer,bigint)',
    'metrics_report()',
    'performance_report(timestamptz,timestamptz,text)',
    'read_registry()',
    'read_registry_part(text[])',
    'retire_model(text,uuid,text)',
    'roll_back_switches(bigint,uuid,text,bigint,text)',
    'roll_up_usage(boolean,integer)',
    'set_allowed_geographies(text[],uuid,text,text)',
    'set_default_model(text,uuid,text,bigint,text,text)',
    'switch_effect_report(timestamptz,timestamptz,integer,integer)',
    'usage_figures(timestamptz,timestamptz,text,text,text)',
    'usage_report(timestamptz,timestamptz,text,text,text)',
    'user_may_manage_models(uuid)',
    'verify_model_switches(text)',
    'what_if_report(text,timestamptz,timestamptz)'];
  -- Of tables that refer to each other, all are dropped in one statement.
  public_tables constant text[] := array[
    'ai_assistants', 'ai_conversations', 'ai_latency_buckets', 'ai_latency_days', 'ai_messages',
    'ai_usage', 'ai_usage_days', 'ai_user_roles', 'bedrock_models', 'model_prices', 'model_probes',
    'model_switches', 'registry_settings', 'registry_version'];
  migrations constant text[] := array[
    'create_switchboard_schema', 'create_ai_user_roles', 'create_bedrock_models',
    'create_ai_assistants', 'keep_models_in_geographies', 'record_registry_changes',
    'read_registry', 'switch_models', 'roll_back_switches', 'follow_aws',
    'create_ai_conversations', 'keep_usage_ledger', 'begin_chat_turns', 'complete_chat_turns',
    'roll_up_usage', 'report_usage', 'report_performance', 'report_switches', 'report_metrics',
    'insert_first_rows'];
  found record;
  kept bigint := 0;
  present text;
begin
  if to_regprocedure('switchboard.refuse_truncate()') is null then
    raise exception 'The switchboard is not installed in this database.';
  end if;

  foreach present in array array['ai_conversations', 'ai_usage'] loop
    if to_regclass('public.' || present) is not null then
      execute format('select $1 + count(*) from public.%I', present) into kept using kept;
    end if;
  end loop;
  if kept > 0 and current_setting('switchboard.delete_conversations', true) is distinct from 'yes' then
    raise exception using
      errcode = '55000',
      message = format(
        'Nothing was dropped: the database has %s conversations and records of use.', kept),
      hint = 'To delete them with the switchboard, run in the same session: '
        || 'set switchboard.delete_conversations = ''yes'';';
  end if;

  foreach present in array public_views loop
    execute format('drop view if exists public.%I', present);
  end loop;
  foreach present in array public_functions loop
    execute format('drop function if exists public.%s', present);
  end loop;

  -- Functions that take rows of a table go before it, and those that its triggers and policies call
  -- after it.
  for found in
    select p.oid::regprocedure as name
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'switchboard'::regnamespace
      and not exists (
        select from pg_catalog.pg_depend as d
        where d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid)
  loop
    execute format('drop function %s', found.name);
  end loop;
  select string_agg(format('public.%I', t.name), ', ') into present
    from unnest(public_tables) as t (name)
    where to_regclass(format('public.%I', t.name)) is not null;
  if present is not null then
    execute format('drop table %s', present);
  end if;
  for found in
    select p.oid::regprocedure as name
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'switchboard'::regnamespace
  loop
    execute format('drop function %s', found.name);
  end loop;
  drop table if exists switchboard.audited_tables, switchboard.usage_rolled_up;
  drop type if exists switchboard.run_record, switchboard.turn_request, switchboard.turn_end;
  drop schema switchboard;

  -- Without their records `supabase db push` would not install it again. A project may have a
  -- migration of the same name; those of the switchboard name its objects.
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    delete from supabase_migrations.schema_migrations as m
      where m.name = any (migrations)
        and array_to_string(m.statements, ' ') ~ '\mswitchboard\.[a-z]|\mpublic\.bedrock_models\M';
  end if;
end;
$uninstall$;
