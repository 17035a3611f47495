-- Takes the switchboard out of a database: its tables with all that is in them, its functions and
-- views, its schema, and the records of its migrations. Nothing else is touched, and nothing at all
-- if anything fails: the script is one statement. docs/install.md says how to run it.
--
-- Where there are conversations or records of use, it is refused unless the line
--
--   set switchboard.delete_conversations = 'yes';
--
-- is put above the script and run with it. A session that is kept, as psql's is, may say it before.
--
-- Objects of the project's own are never dropped. Those that only have the name of one of the
-- switchboard's, as after a push that failed there, stay; they are told by their comments. Those
-- that depend on the switchboard's, such as a view of ai_messages, and triggers and policies on its
-- tables make the script fail, and it names them. What else was added to a table of the switchboard
-- goes with it: columns, constraints, indexes, privileges.

do $uninstall$
declare
  -- What the switchboard has in `public`, with the beginning of each comment.
  relations constant jsonb := '{
    "ai_alert_rules": "One row per kind of alert",
    "ai_alerts": "Alerts, open and closed",
    "ai_api_keys": "Keys for callers of `openai` and `anthropic`",
    "ai_assistants": "One row per kind of helper",
    "ai_change_proposals": "Proposed changes of the registry",
    "ai_conversations": "Messages of one user with one assistant",
    "ai_erasures": "Erasures: receipts of those that are done",
    "ai_evaluations": "Evaluations: results of promptfoo",
    "ai_latency_buckets": "The times of whole answers as a histogram per day and model",
    "ai_latency_days": "How long whole answers took on days that are over",
    "ai_legal_holds": "Users whose conversations may not be erased",
    "ai_limits": "Limits: so much of a unit in a period for a scope",
    "ai_messages": "One row per message. Turn n of a conversation has seq 2n-1",
    "ai_rollout_verdicts": "What was found of rollouts",
    "ai_rollouts": "Rollouts and watched switches",
    "ai_usage": "The ledger: one row per ended attempt at a turn",
    "ai_usage_days": "The ledger of days that are over",
    "ai_user_roles": "The assistant of each user",
    "bedrock_models": "The models that assistants may answer with",
    "daily_latency": "How long answers took per day",
    "daily_usage": "Use per day (of UTC), model and assistant",
    "hourly_usage": "Use per hour, model and assistant",
    "latest_model_probes": "The newest probe of each model that was ever probed",
    "model_prices": "The prices of each model with the time for which they held",
    "model_probes": "Probes: real calls of a model before a switch",
    "model_switch_signatures": "Signatures of a second person",
    "model_switches": "The audit log of the registry",
    "month_costs": "What this month (of UTC) has cost so far",
    "registry_settings": "One row: what holds for every model",
    "registry_version": "One row: the version of bedrock_models"
  }';
  functions constant jsonb := '{
    "acknowledge_alert(uuid,uuid,text,text,text)": "Notes who knows of an alert",
    "adopt_due_prices()": "Writes scheduled prices that hold by now",
    "apply_catalog_changes(jsonb,uuid,text,text,text)": "Applies what a comparison with AWS",
    "approve_change(bigint,text)": "Approves a proposal",
    "assign_model(text,text,boolean,text[],uuid,text,bigint,bigint,text,text,integer)": "Gives an assistant a model of its own",
    "attach_evaluation(text,text,jsonb,uuid,text,text,text)": "Records a result of promptfoo",
    "begin_call(jsonb)": "Verifies the caller of a call",
    "begin_chat_turn(jsonb)": "Stores a question as pending and returns the turn",
    "begin_tick_step(text)": "Whether a step over HTTP is due",
    "claim_alert_delivery(integer)": "The event of an alert that has been due longest",
    "claim_erasure_objects(integer)": "What is to be removed from the bucket",
    "complete_call(jsonb)": "Enters an ended call in the ledger",
    "complete_chat_turn(jsonb)": "Ends a turn: stores the answer",
    "continue_erasures(integer)": "Goes on with the erasures that run",
    "cost_report(timestamptz,timestamptz,text)": "USD of [p_from, p_to) per model",
    "create_api_key(jsonb,uuid,text,text,text)": "Stores a key that was just made",
    "create_assistant(text,jsonb,uuid,text,text,text)": "Adds an assistant, which follows",
    "disable_model(text,boolean,uuid,text,text,text)": "Takes a model from new conversations",
    "discard_alert_deliveries()": "Where no webhook is set",
    "enable_model(text,uuid,text,text,text)": "Makes a model available, also",
    "end_rollout(bigint,text,uuid,text,text,text)": "Ends a rollout",
    "end_tick_step(text,jsonb,text)": "Records how a step over HTTP ended",
    "erase_conversation(uuid,uuid,text,text,text)": "Erases one conversation",
    "erase_user(uuid,uuid,text,text,text)": "Erases what a user wrote",
    "explain_turn(uuid,uuid)": "The facts of the last attempt at a turn",
    "export_user(uuid,text,integer)": "A user''s conversations and messages",
    "foresee_retirement(text,text)": "What retire_model() would find",
    "impact_figures(jsonb,text[])": "Of moves (assistant_type",
    "latency_figures(timestamptz,timestamptz,text)": "Milliseconds until the whole answer and until its first piece",
    "limit_status(bigint,integer)": "All limits, or one, with how far",
    "list_alert_rules()": "The rule of each kind of alert",
    "list_alerts(boolean,integer)": "Alerts, the open ones first",
    "list_api_keys()": "All keys without their digests",
    "list_change_proposals(text,integer)": "Proposals (1 to 200",
    "list_erasures(integer,bigint)": "Erasures, those that run too",
    "list_evaluations(text,text,integer)": "Evaluations, of a model or an assistant",
    "list_legal_holds()": "All legal holds",
    "list_lifecycle()": "The models whose end AWS has announced",
    "list_limits()": "All limits, and registry_version",
    "list_model_prices(text)": "The periods of a model",
    "list_model_switches(integer,bigint,text,text,text[],text,text,timestamptz,timestamptz)": "The newest entries of the audit log",
    "list_rollouts(bigint,integer)": "Rollouts, those under way first",
    "find_user_id(text)": "The id of the user of a confirmed address",
    "list_user_roles(text,text,integer,text,uuid)": "The users who have a role",
    "metrics_report()": "Counts of the present day",
    "missing_evaluations(text,text)": "Why a switch would be refused",
    "next_rollback()": "The switch that roll_back_switches() would take back now",
    "performance_report(timestamptz,timestamptz,text)": "latency_figures() as one JSON",
    "propose_change(jsonb,timestamptz,timestamptz,bigint,uuid,text,text,text)": "Proposes a change",
    "read_evidence(uuid,uuid,boolean,uuid)": "The evidence of the last attempt at a turn",
    "read_registry()": "All models, assistants and settings",
    "read_registry_after_rollback(bigint)": "As read_registry(), as roll_back_switches()",
    "read_registry_as_of(bigint,timestamptz)": "As read_registry(), of an earlier version",
    "read_registry_part(text[])": "As read_registry(), but of the models",
    "record_aws_list(text[],text[])": "Notes which models of the registry AWS''s list has",
    "record_model_end(text)": "Notes that a call was told that AWS has ended a model",
    "record_data_retention(text,text)": "Notes the data retention mode of the AWS account",
    "record_alert_delivery(uuid,integer,text,numeric)": "Records how a delivery that was claimed ended",
    "record_erased_objects(jsonb)": "Records what became of claimed objects",
    "record_export(uuid,bigint,uuid,text,text,text)": "Records in the audit log that an operator exports",
    "record_model_probe(text,jsonb)": "Records a probe that has just been made",
    "record_trial(jsonb)": "Enters a trial of a model in the ledger",
    "reject_change(bigint,uuid,text,text)": "Rejects a proposal",
    "remove_legal_hold(uuid,uuid,text,text,text)": "Ends the legal hold on a user",
    "remove_limit(bigint,uuid,text,text,text)": "Removes a limit",
    "raise_hold(uuid, numeric, numeric)": "Raises what a run holds to so much in total",
    "release_holds(uuid)": "Gives back what a turn or a call holds",
    "require_present_operator(uuid,uuid,text)": "Refuses a change by a platform admin",
    "retire_model(text,text,uuid,text,bigint,text,text)": "Takes a model out of use",
    "revoke_api_key(uuid,uuid,text,text,text)": "Ends a key for good",
    "roll_back_switches(bigint,uuid,text,bigint,text,text)": "Takes back the newest switch in force",
    "rotate_api_key(uuid,text,text,numeric,uuid,text,text,text)": "Stores a key in the place of another",
    "roll_up_usage(boolean,integer)": "Sums up the days that are over and not summed up yet",
    "schedule_tick(text,text)": "Has Supabase Cron run the tick each minute",
    "set_alert_rule(text,jsonb,uuid,text,text,text)": "Sets what p_rule names of the rule of a kind",
    "set_assistant(text,jsonb,uuid,text,bigint,text,text)": "Sets what p_assistant names",
    "set_default_model(text,uuid,text,bigint,bigint,text,text,integer)": "Makes an available model the default",
    "set_legal_hold(uuid,date,uuid,text,text,text)": "Keeps what a user wrote",
    "set_limit(jsonb,uuid,text,text,text,boolean)": "Sets the limit of a scope",
    "set_model_aliases(text,text[],uuid,text,bigint,text,text)": "Gives a model these aliases",
    "set_model_price(text,jsonb,timestamptz,uuid,text,bigint,text,text)": "Sets prices of a model, by column",
    "set_provider_retention(text,text,text,date,uuid,text,bigint,text,text)": "Sets what the provider of a model keeps",
    "set_registry_settings(jsonb,uuid,text,text,text)": "Sets the settings that p_settings names",
    "set_user_role(text,text,uuid,text,text,text)": "Gives the user of a confirmed address a role",
    "set_retention(text,integer,uuid,text,text,text)": "Has the conversations of an assistant",
    "set_rollout_share(bigint,integer,uuid,text,text,text)": "Changes the share of a rollout",
    "sign_switch(bigint,text)": "Signs an entry of the audit log",
    "start_rollout(text,integer,text,jsonb,text,uuid,text,bigint,bigint,text,text)": "Gives a model p_share percent",
    "switch_effect_report(timestamptz,timestamptz,integer,integer)": "The switches of [p_from, p_to)",
    "tick()": "Does what is due",
    "tick_status()": "When the tick and each of its steps last ran",
    "unschedule_tick()": "Takes the tick out of Supabase Cron",
    "usage_by_caller(timestamptz,timestamptz,text,text,text,text,integer)": "As usage_report(), per",
    "usage_figures(timestamptz,timestamptz,text,text,text,text,text)": "Turns, conversations, tokens and USD",
    "usage_report(timestamptz,timestamptz,text,text,text,text)": "usage_figures() with totals",
    "user_may_manage_models(uuid)": "Whether a user is a platform admin",
    "verify_limits()": "Whether, in every window, what is spent",
    "verify_model_switches(text)": "Whether the audit log is as it was written",
    "verify_verdict(bigint)": "Computes the figures of a verdict of a rollout once more",
    "watch_metrics()": "For a scraper: how many alerts of each kind are open",
    "what_if_report(text,timestamptz,timestamptz)": "What the tokens of the turns of [p_from, p_to) cost"
  }';
  policies constant text[] := array[
    'ai_alert_rules_select_platform', 'ai_alerts_select_platform',
    'ai_api_keys_select_platform', 'ai_assistants_select_active',
    'ai_change_proposals_select_platform', 'ai_conversations_delete_own',
    'ai_conversations_select_own', 'ai_conversations_update_own', 'ai_latency_buckets_select_platform',
    'ai_erasures_select_platform', 'ai_evaluations_select_platform', 'ai_latency_days_select_platform',
    'ai_legal_holds_select_platform', 'ai_limits_select_platform', 'ai_messages_select_own',
    'ai_rollout_verdicts_select_platform', 'ai_rollouts_select_platform',
    'ai_usage_days_select_platform', 'ai_usage_select_platform', 'ai_user_roles_select_own',
    'bedrock_models_select_available', 'model_prices_select_platform',
    'model_probes_select_platform', 'model_switch_signatures_select_platform',
    'model_switches_select_platform',
    'registry_settings_select_platform', 'registry_version_select_platform'];
  migrations constant text[] := array[
    'create_switchboard_schema', 'create_ai_user_roles', 'create_bedrock_models',
    'check_capabilities', 'keep_model_prices', 'create_ai_assistants', 'keep_models_in_geographies',
    'keep_functions_in_geographies', 'keep_from_providers', 'record_registry_changes',
    'read_registry', 'switch_models', 'set_model_aliases', 'set_provider_retention',
    'set_model_prices', 'set_assistants', 'roll_back_switches', 'guard_model_changes',
    'keep_evaluations', 'require_evaluations', 'create_ai_rollouts', 'run_rollouts',
    'create_ai_change_proposals', 'read_assistant_states', 'protect_assistants', 'set_user_roles',
    'create_ai_api_keys', 'create_ai_limits', 'follow_aws', 'create_ai_conversations',
    'keep_content_in_storage', 'keep_legal_holds', 'retire_models', 'keep_usage_ledger',
    'keep_erased_turns', 'record_model_ends', 'record_data_retention',
    'count_limits', 'hold_limits', 'show_limits', 'set_limits', 'apply_proposals',
    'propose_changes', 'weigh_rollouts', 'begin_chat_turns', 'complete_chat_turns',
    'create_ai_erasures', 'erase_people', 'continue_erasures', 'export_people', 'serve_calls',
    'roll_up_usage', 'report_usage', 'report_performance', 'report_switches', 'create_ai_alerts',
    'deliver_alerts', 'judge_rollouts', 'verify_verdicts', 'watch_alerts', 'run_tick', 'schedule_tick',
    'report_metrics', 'explain_turns', 'read_evidence', 'insert_first_rows'];
  own_relations regclass[];
  own_functions regprocedure[];
  found record;
  kept bigint := 0;
  names text;
begin
  if to_regprocedure('switchboard.refuse_truncate()') is null then
    raise exception 'The switchboard is not installed in this database.';
  end if;

  select coalesce(array_agg(c.oid), '{}') into own_relations
    from jsonb_each_text(relations) as r (name, comment)
    join pg_catalog.pg_class as c on c.oid = to_regclass(format('public.%I', r.name))
    where starts_with(obj_description(c.oid, 'pg_class'), r.comment);
  select coalesce(array_agg(p.oid), '{}') into own_functions
    from jsonb_each_text(functions) as f (signature, comment)
    join pg_catalog.pg_proc as p on p.oid = to_regprocedure('public.' || f.signature)
    where starts_with(obj_description(p.oid, 'pg_proc'), f.comment);

  select string_agg(o.name, ', ' order by o.name) into names
    from (
      select format('trigger %I on %s', t.tgname, t.tgrelid::regclass)
      from pg_catalog.pg_trigger as t
      join pg_catalog.pg_proc as p on p.oid = t.tgfoid
      where t.tgrelid = any (own_relations) and not t.tgisinternal
        and p.pronamespace <> 'switchboard'::regnamespace
      union all
      select format('policy %I on %s', p.polname, p.polrelid::regclass)
      from pg_catalog.pg_policy as p
      where p.polrelid = any (own_relations) and p.polname <> all (policies)
    ) as o (name);
  if names is not null then
    raise exception using
      errcode = '2BP01',
      message = 'Nothing was dropped: tables of the switchboard have triggers or policies of the '
        || 'project''s own.',
      detail = names,
      hint = 'Drop them first.';
  end if;

  for found in
    select r.name from unnest(array['public.ai_conversations', 'public.ai_usage']) as r (name)
    where to_regclass(r.name) = any (own_relations)
  loop
    execute format('select $1 + count(*) from %s', found.name) into kept using kept;
  end loop;
  if kept > 0 and current_setting('switchboard.delete_conversations', true) is distinct from 'yes' then
    raise exception using
      errcode = '55000',
      message = format(
        'Nothing was dropped: the database has %s conversations or records of use.', kept),
      hint = 'To delete them with the switchboard, put this line above the script and run both at '
        || 'once: set switchboard.delete_conversations = ''yes'';';
  end if;

  if to_regprocedure('public.unschedule_tick()') = any (own_functions) then
    perform public.unschedule_tick();
  end if;
  for found in
    select c.oid::regclass as name from pg_catalog.pg_class as c
    where c.oid = any (own_relations) and c.relkind = 'v'
  loop
    execute format('drop view %s', found.name);
  end loop;
  for found in select f.name from unnest(own_functions) as f (name) loop
    execute format('drop function %s', found.name);
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
  -- Of tables that refer to each other, all are dropped in one statement; of types too.
  select string_agg(c.oid::regclass::text, ', ') into names
    from pg_catalog.pg_class as c
    where c.relkind = 'r'
      and (c.oid = any (own_relations) or c.relnamespace = 'switchboard'::regnamespace);
  if names is not null then
    execute format('drop table %s', names);
  end if;
  for found in
    select p.oid::regprocedure as name
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'switchboard'::regnamespace
  loop
    execute format('drop function %s', found.name);
  end loop;
  select string_agg(c.oid::regclass::text, ', ') into names
    from pg_catalog.pg_class as c
    where c.relkind = 'c' and c.relnamespace = 'switchboard'::regnamespace;
  if names is not null then
    execute format('drop type %s', names);
  end if;
  drop schema switchboard;

  for found in
    select 'public.' || r.name as name from jsonb_object_keys(relations) as r (name)
      where to_regclass(format('public.%I', r.name)) <> all (own_relations)
    union all
    select 'public.' || f.signature from jsonb_object_keys(functions) as f (signature)
      where to_regprocedure('public.' || f.signature) <> all (own_functions)
  loop
    raise notice '% stays: its comment is not the switchboard''s.', found.name;
  end loop;

  -- Storage refuses a deletion in SQL unless it is meant: the files of a bucket would be left behind.
  if to_regclass('storage.buckets') is not null then
    perform set_config('storage.allow_delete_query', 'true', true);
    delete from storage.buckets as b
      where b.id = 'switchboard-content'
        and not exists (select from storage.objects as o where o.bucket_id = b.id);
    if exists (select from storage.buckets as b where b.id = 'switchboard-content') then
      raise notice 'The bucket "switchboard-content" stays: delete it with its files in Storage.';
    end if;
  end if;

  -- Without their records `supabase db push` would not install it again. A project may have a
  -- migration of the same name; those of the switchboard name its objects.
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    delete from supabase_migrations.schema_migrations as m
      where m.name = any (migrations)
        and array_to_string(m.statements, ' ') ~ '\mswitchboard(\.[a-z]|-content\M)|\mpublic\.bedrock_models\M';
  end if;
end;
$uninstall$;
