-- What is to be said of alerts goes into an outbox in the transaction that found it, and from there
-- to the webhook by who calls `tick` over HTTP. A delivery that is claimed and never recorded, since
-- its instance died, is due again when the claim has run out: at least once, each with one id.

create table switchboard.alert_outbox (
  id uuid primary key default gen_random_uuid(),
  alert_id uuid not null
    constraint alert_outbox_alert_id_fkey references public.ai_alerts (id) on delete cascade,
  event text not null
    constraint alert_outbox_event_known check (event in ('opened', 'raised', 'closed')),
  payload jsonb not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0
    constraint alert_outbox_attempts_not_negative check (attempts >= 0),
  next_attempt_at timestamptz not null default now(),
  delivered_at timestamptz,
  last_error text
    constraint alert_outbox_last_error_length check (char_length(last_error) <= 200)
);
comment on table switchboard.alert_outbox is
  'Events of alerts for the webhook. Rows of the last 30 days; one that could not be delivered within 7 days is given up.';
comment on column switchboard.alert_outbox.alert_id is 'The alert that the event is of.';
comment on column switchboard.alert_outbox.event is
  '`opened`, `raised` to a higher level, or `closed`.';
comment on column switchboard.alert_outbox.delivered_at is
  'When the webhook had taken it; null: it has not.';
comment on column switchboard.alert_outbox.payload is
  'The body of the request; `id` in it is the row''s.';
comment on column switchboard.alert_outbox.attempts is 'How many times it was claimed.';
comment on column switchboard.alert_outbox.next_attempt_at is
  'When it is due; of one that is claimed, when the claim runs out.';
comment on column switchboard.alert_outbox.last_error is
  'What was wrong at the last attempt, in words without the webhook''s address.';

create index alert_outbox_alert_id_idx on switchboard.alert_outbox (alert_id);
create index alert_outbox_due_idx on switchboard.alert_outbox (next_attempt_at)
  where delivered_at is null;

revoke all on switchboard.alert_outbox from public, anon, authenticated, service_role;

create function switchboard.say_alert(alert public.ai_alerts, event text)
returns uuid
language sql
set search_path = ''
as $$
  insert into switchboard.alert_outbox (id, alert_id, event, payload)
  select e.id, alert.id, say_alert.event, jsonb_build_object(
    'id', e.id, 'alert_id', alert.id, 'event', say_alert.event, 'kind', alert.kind,
    'subject', alert.subject, 'level', alert.level, 'summary', alert.summary,
    -- What Slack and those who read its form show.
    'text', case say_alert.event
      when 'opened' then 'Alert: ' when 'raised' then 'Alert raised: ' else 'Closed: '
    end || alert.summary,
    'facts', alert.facts, 'opened_at', alert.opened_at, 'closed_at', alert.closed_at)
  from (select gen_random_uuid()) as e (id)
  returning id;
$$;
comment on function switchboard.say_alert(public.ai_alerts, text) is
  'Puts an event of an alert into the outbox. Returns its id.';
revoke execute on function switchboard.say_alert(public.ai_alerts, text)
  from public, anon, authenticated, service_role;

create function switchboard.awaits_delivery(event switchboard.alert_outbox)
returns boolean
language sql
stable
set search_path = ''
as $$
  select event.delivered_at is null and event.created_at > now() - interval '7 days';
$$;
comment on function switchboard.awaits_delivery(switchboard.alert_outbox) is
  'Whether an event is still to be delivered, now or later.';
revoke execute on function switchboard.awaits_delivery(switchboard.alert_outbox)
  from public, anon, authenticated, service_role;

create function public.discard_alert_deliveries()
returns bigint
language sql
security definer
set search_path = ''
as $$
  with discarded as (
    delete from switchboard.alert_outbox as o
    -- Others may know a webhook that was set a moment ago.
    where o.delivered_at is null and o.created_at < now() - interval '10 minutes'
    returning 1
  )
  select count(*) from discarded;
$$;
comment on function public.discard_alert_deliveries() is
  'Where no webhook is set: deletes events older than ten minutes that wait for one, so that a webhook that is set later gets none of them. Returns how many.';
revoke execute on function public.discard_alert_deliveries() from public, anon, authenticated;
grant execute on function public.discard_alert_deliveries() to service_role;

create function public.claim_alert_delivery(p_lease_seconds integer default 60)
returns jsonb
language sql
security definer
set search_path = ''
as $$
  update switchboard.alert_outbox as o
    set
      attempts = o.attempts + 1,
      next_attempt_at = now() + make_interval(secs => p_lease_seconds)
    where o.id = (
      select due.id from switchboard.alert_outbox as due
      where switchboard.awaits_delivery(due) and due.next_attempt_at <= now()
      -- Of one moment what opened comes before its end.
      order by due.next_attempt_at, due.created_at, due.event desc
      limit 1
      for update skip locked)
    returning jsonb_build_object('id', o.id, 'attempt', o.attempts, 'payload', o.payload);
$$;
comment on function public.claim_alert_delivery(integer) is
  'The event of an alert that has been due longest, for the caller alone until the lease runs out; null where none is due. Returns id, attempt (from 1) and payload.';
revoke execute on function public.claim_alert_delivery(integer) from public, anon, authenticated;
grant execute on function public.claim_alert_delivery(integer) to service_role;

create function public.record_alert_delivery(
  p_id uuid,
  p_attempt integer,
  p_error text default null,
  p_retry_after_seconds numeric default null
)
returns void
language sql
security definer
set search_path = ''
as $$
  update switchboard.alert_outbox as o
    set
      delivered_at = case when p_error is null then now() end,
      last_error = left(p_error, 200),
      -- 30 s, doubled up to an hour; longer where the webhook asks for it, up to a day.
      next_attempt_at = case when p_error is null then o.next_attempt_at
        else now() + interval '1 second' * greatest(
          least(30 * 2 ^ (least(p_attempt, 10) - 1), 3600), least(p_retry_after_seconds, 86400)) end
    -- A failure says nothing of a later attempt, which others may have begun meanwhile.
    where o.id = p_id and o.delivered_at is null and (p_error is null or o.attempts = p_attempt);
$$;
comment on function public.record_alert_delivery(uuid, integer, text, numeric) is
  'Records how a delivery that was claimed ended: p_error null where it arrived. Otherwise it is tried again, after p_retry_after_seconds if that is later.';
revoke execute on function public.record_alert_delivery(uuid, integer, text, numeric)
  from public, anon, authenticated;
grant execute on function public.record_alert_delivery(uuid, integer, text, numeric)
  to service_role;
