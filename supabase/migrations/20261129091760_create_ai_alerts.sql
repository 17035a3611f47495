-- What operators are told without asking: rules say what is looked for, and an alert is one finding
-- from its beginning to its end. No row holds a user's id or words.

create table public.ai_alert_rules (
  id uuid primary key default gen_random_uuid(),
  kind text not null
    constraint ai_alert_rules_kind_key unique
    constraint ai_alert_rules_kind_known check (kind in (
      'limit_near', 'error_rate', 'model_suspended', 'lifecycle_near', 'tick_late',
      'delivery_failing', 'audit_chain_broken', 'limits_differ', 'price_unknown',
      'rollout_judged', 'unapproved_change')),
  is_active boolean not null default true,
  open_at numeric,
  close_at numeric,
  least_count integer
    constraint ai_alert_rules_least_count_range check (least_count between 1 and 1000000),
  window_minutes integer
    constraint ai_alert_rules_window_minutes_range check (window_minutes between 1 and 1440),
  updated_at timestamptz not null default now()
    constraint ai_alert_rules_updated_at_finite check (isfinite(updated_at)),
  constraint ai_alert_rules_thresholds_fit_kind check (case kind
    when 'audit_chain_broken' then num_nonnulls(open_at, close_at) = 0
    when 'limits_differ' then num_nonnulls(open_at, close_at) = 0
    when 'unapproved_change' then num_nonnulls(open_at, close_at) = 0
    when 'rollout_judged' then num_nonnulls(open_at, close_at) = 0
    else num_nulls(open_at, close_at) = 0 end),
  constraint ai_alert_rules_least_count_fits_kind
    check ((least_count is not null) = (kind = 'error_rate')),
  constraint ai_alert_rules_window_minutes_fits_kind
    check ((window_minutes is not null) = (kind in ('error_rate', 'model_suspended', 'price_unknown'))),
  -- Bounded also above, which shuts out NaN and Infinity.
  constraint ai_alert_rules_thresholds_range check (case kind
    when 'limit_near' then open_at between 50 and 100 and close_at > 0 and close_at <= open_at
    when 'error_rate' then open_at <= 100 and close_at > 0 and close_at <= open_at
    when 'lifecycle_near' then open_at >= 0 and close_at >= open_at and close_at <= 3650
    else open_at <= 1000000 and close_at > 0 and close_at <= open_at end)
);
comment on table public.ai_alert_rules is
  'One row per kind of alert: whether it is looked for, and from where on. Read by the tick.';
comment on column public.ai_alert_rules.kind is 'What is looked for, by switchboard.find_<kind>().';
comment on column public.ai_alert_rules.is_active is
  'Whether it is looked for; open alerts of a rule that is switched off close.';
comment on column public.ai_alert_rules.open_at is
  'An alert opens at this value or above it; of lifecycle_near, at or below. Percent of limit_near and error_rate; days of lifecycle_near; minutes of tick_late; attempts of delivery_failing; answers of model_suspended and price_unknown. Null where the kind knows no degree.';
comment on column public.ai_alert_rules.close_at is
  'An open alert closes below this value; of lifecycle_near, above it.';
comment on column public.ai_alert_rules.least_count is
  'Of error_rate, the fewest answers that a rate is computed of.';
comment on column public.ai_alert_rules.window_minutes is
  'How far back the ledger is looked through; null where a rule looks at what is.';

revoke all on public.ai_alert_rules from public, anon, authenticated, service_role;
alter table public.ai_alert_rules enable row level security;

create policy ai_alert_rules_select_platform on public.ai_alert_rules
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_alert_rules_select_platform on public.ai_alert_rules is
  'Platform admins see the rules.';

grant select (id, kind, is_active, open_at, close_at, least_count, window_minutes, updated_at)
  on public.ai_alert_rules to authenticated;
grant select on public.ai_alert_rules to service_role;

-- Before the audit begins: what is there at install is no change.
insert into public.ai_alert_rules (kind, open_at, close_at, least_count, window_minutes)
values
  ('limit_near', 50, 45, null, null),
  ('error_rate', 20, 10, 20, 15),
  ('model_suspended', 1, 1, null, 5),
  ('lifecycle_near', 60, 60, null, null),
  ('tick_late', 10, 5, null, null),
  ('delivery_failing', 3, 1, null, null),
  ('audit_chain_broken', null, null, null, null),
  ('limits_differ', null, null, null, null),
  ('price_unknown', 1, 1, null, 60),
  ('unapproved_change', null, null, null, null),
  ('rollout_judged', null, null, null, null);

create trigger touch_updated_at before update on public.ai_alert_rules
  for each row execute function switchboard.touch_updated_at();
create trigger refuse_removal before delete or truncate on public.ai_alert_rules
  for each statement execute function switchboard.refuse_removal();

-- A rollback is of models and assistants.
insert into switchboard.audited_tables (table_name, place, actions, is_rolled_back)
values ('ai_alert_rules', 8, '[{"action": "set-alert-rule"}]', false);
select switchboard.add_audit_triggers('ai_alert_rules');

create table public.ai_alerts (
  id uuid primary key default gen_random_uuid(),
  -- No foreign key: nothing may wait for an operator who edits a rule.
  kind text not null,
  subject text not null default '',
  level smallint
    constraint ai_alerts_level_known check (case kind
      when 'lifecycle_near' then level between 0 and 3650 else level in (50, 80, 100) end),
  summary text not null,
  facts jsonb not null default '{}'
    constraint ai_alerts_facts_is_object check (jsonb_typeof(facts) = 'object'),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledgement text
    constraint ai_alerts_acknowledgement_length
    check (char_length(acknowledgement) between 1 and 500),
  constraint ai_alerts_acknowledged_by_fits check ((acknowledged_at is null) = (acknowledged_by is null))
);
comment on table public.ai_alerts is
  'Alerts, open and closed. Written by the tick and by acknowledge_alert(); at most one is open of each kind and subject.';
comment on column public.ai_alerts.kind is 'The rule that opened it.';
comment on column public.ai_alerts.subject is
  'What the alert is about: the id of a limit, a model, a rollout''s verdict or an entry of the audit log, or empty where there is only one such thing.';
comment on column public.ai_alerts.level is
  'Of limit_near, the share of the limit in percent that was reached since it opened: 50, 80 or 100. Of lifecycle_near, the days before the end at which it was last told: 60, 30, 14, 7, 1, or 0 on the day itself; more where the rule opens earlier; null without a date.';
comment on column public.ai_alerts.summary is 'One sentence; of a closed alert, as it last was.';
comment on column public.ai_alerts.facts is 'The figures and names behind the summary.';
comment on column public.ai_alerts.opened_at is 'When a tick found it.';
comment on column public.ai_alerts.closed_at is
  'When a tick found that it was over; null: it is open.';
comment on column public.ai_alerts.acknowledged_at is
  'When an operator said that it is known; null: none did.';
comment on column public.ai_alerts.acknowledged_by is
  'Who said that it is known: a user''s id, the name of a secret key, or a database role. A rising level takes it back.';
comment on column public.ai_alerts.acknowledgement is 'Why, in that operator''s words; null where none were given.';

create unique index ai_alerts_open_key on public.ai_alerts (kind, subject) where closed_at is null;
create index ai_alerts_opened_at_idx on public.ai_alerts (opened_at);

revoke all on public.ai_alerts from public, anon, authenticated, service_role;
alter table public.ai_alerts enable row level security;

create policy ai_alerts_select_platform on public.ai_alerts
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_alerts_select_platform on public.ai_alerts is 'Platform admins see the alerts.';

grant select (
  id, kind, subject, level, summary, facts, opened_at, closed_at, acknowledged_at, acknowledged_by,
  acknowledgement
) on public.ai_alerts to authenticated;
grant select on public.ai_alerts to service_role;

create function switchboard.count_open_alerts()
returns bigint
language sql
stable
set search_path = ''
as $$
  select count(*) from public.ai_alerts as a where a.closed_at is null;
$$;
comment on function switchboard.count_open_alerts() is 'How many alerts are open.';
revoke execute on function switchboard.count_open_alerts()
  from public, anon, authenticated, service_role;

create function public.list_alerts(p_open boolean default null, p_most integer default 100)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'alerts', coalesce((
      select jsonb_agg(to_jsonb(found) order by found.closed_at is null desc, found.opened_at desc, found.id)
      from (
        select a.* from public.ai_alerts as a
        where p_open is null or p_open = (a.closed_at is null)
        order by a.closed_at is null desc, a.opened_at desc, a.id
        limit p_most
      ) as found), '[]'),
    'open_count', switchboard.count_open_alerts(),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_alerts(boolean, integer) is
  'Alerts, the open ones first and then the newest first, how many are open, and registry_version. p_open: only open or only closed ones.';
revoke execute on function public.list_alerts(boolean, integer) from public, anon, authenticated;
grant execute on function public.list_alerts(boolean, integer) to service_role;

create function public.acknowledge_alert(
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
as $$
declare
  alert public.ai_alerts;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  update public.ai_alerts as a
    set
      acknowledged_at = now(),
      acknowledged_by = coalesce(
        p_actor_user_id::text, left(p_actor_key_name, 200),
        nullif(current_setting('role', true), 'none'), session_user),
      acknowledgement = switchboard.stated_reason()
    -- The first who knows of it stays named.
    where a.id = p_id and a.acknowledged_at is null;
  select * into alert from public.ai_alerts as a where a.id = p_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('There is no alert %s.', p_id),
      detail = 'alert_not_found',
      hint = 'The ids are in the list of alerts.';
  end if;
  return jsonb_build_object(
    'alert', to_jsonb(alert),
    'registry_version', (select rv.version from public.registry_version as rv));
end;
$$;
comment on function public.acknowledge_alert(uuid, uuid, text, text, text) is
  'Notes who knows of an alert, which stays open until its cause is gone. May be repeated. Returns alert and registry_version. PT404 alert_not_found.';
revoke execute on function public.acknowledge_alert(uuid, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.acknowledge_alert(uuid, uuid, text, text, text) to service_role;

create function public.list_alert_rules()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'rules', (
      select jsonb_agg(to_jsonb(r) - array['id', 'updated_at'] order by r.kind)
      from public.ai_alert_rules as r),
    'registry_version', (select rv.version from public.registry_version as rv));
$$;
comment on function public.list_alert_rules() is
  'The rule of each kind of alert, and registry_version.';
revoke execute on function public.list_alert_rules() from public, anon, authenticated;
grant execute on function public.list_alert_rules() to service_role;

create function public.set_alert_rule(
  p_kind text,
  p_rule jsonb,
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
  former public.ai_alert_rules;
  wanted public.ai_alert_rules;
begin
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);
  perform switchboard.lock_registry();
  select * into former from public.ai_alert_rules as r where r.kind = p_kind;
  if not found then
    raise exception using
      errcode = 'PT400', message = format('There is no kind of alert %s.', p_kind),
      detail = 'invalid_request', hint = 'The kinds are in the list of rules.';
  end if;
  wanted := jsonb_populate_record(former, p_rule - array['id', 'kind', 'updated_at']);
  update public.ai_alert_rules as r
    set
      is_active = wanted.is_active, open_at = wanted.open_at, close_at = wanted.close_at,
      least_count = wanted.least_count, window_minutes = wanted.window_minutes
    where r.id = former.id and wanted is distinct from former;
  return jsonb_build_object(
    'rule', to_jsonb(wanted) - array['id', 'updated_at'],
    'former', to_jsonb(former) - array['id', 'updated_at'],
    'registry_version', (select rv.version from public.registry_version as rv));
exception
  when lock_not_available then
    perform switchboard.refuse_locked_registry();
    return null;
  when check_violation or not_null_violation then
    raise exception using
      errcode = 'PT400',
      message = format('The values do not fit the rule %s.', p_kind),
      detail = 'invalid_request',
      hint = 'An alert opens at open_at and closes below close_at, which is not larger; of lifecycle_near, opens at or below open_at days and closes above close_at. limit_near opens at 50 to 100 percent. A field that the rule has as null stays null.';
end;
$$;
comment on function public.set_alert_rule(text, jsonb, uuid, text, text, text) is
  'Sets what p_rule names of the rule of a kind: is_active, open_at, close_at, least_count, window_minutes. Returns rule, former and registry_version. PT400 invalid_request.';
revoke execute on function public.set_alert_rule(text, jsonb, uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.set_alert_rule(text, jsonb, uuid, text, text, text)
  to service_role;
